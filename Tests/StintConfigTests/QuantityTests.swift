import Stint
import Testing

@testable import StintConfig

@Suite struct QuantityTests {
    @Test(
        "a size is bytes, with decimal and binary units",
        arguments: [
            ("8 MiB", 8_388_608), ("8MiB", 8_388_608), ("1 KiB", 1024), ("1 kB", 1000), ("2 MB", 2_000_000), ("3 GB", 3_000_000_000),
            ("1 GiB", 1 << 30), ("0 B", 0), ("512 B", 512), ("1.5 KiB", 1536), ("1e3 kB", 1_000_000), ("  ", nil), ("8  MiB ", 8_388_608),
            ("8", nil), ("MiB", nil), ("8 mib", nil), ("8 KB", nil), ("-1 B", nil), ("0.5 B", nil), ("1e30 B", nil), ("0x10 B", nil),
            ("inf B", nil), ("nan B", nil), ("1. B", nil), (".5 KiB", nil), ("1 MiB MiB", nil), ("1 MiB\n", nil), ("", nil),
            ("1e999 B", nil),
        ] as [(String, Int?)])
    func size(_ text: String, _ bytes: Int?) { #expect(Quantity.size(text) == bytes) }

    @Test(
        "a duration is seconds, and the nearest Double of what is written",
        arguments: [
            ("64 ms", 0.064), ("1 s", 1), ("15 min", 900), ("2 h", 7200), ("1 day", 86_400), ("2 days", 172_800), ("1 week", 604_800),
            ("0.64 s", 0.64), ("100us", 0.0001), ("100 µs", 0.0001), ("1e-3 s", 0.001), ("1.5 hours", 5400), ("0 s", 0), ("-1 s", -1),
            ("1 pc", nil), ("s", nil), ("1", nil), ("never", nil), ("1 S", nil), ("1 m", nil), ("1 h 30 min", nil), ("", nil),
        ] as [(String, Double?)])
    func duration(_ text: String, _ seconds: Double?) { #expect(Quantity.duration(text) == seconds) }

    @Test(
        "a rate is in hertz or in counts per time",
        arguments: [
            ("100 Hz", 100), ("1 kHz", 1000), ("0.1 Hz", 0.1), ("64.0 Hz", 64), ("5 mHz", 0.005), ("1 MHz", 1e6), ("1e-05 Hz", 1e-5),
            ("30 per min", 0.5),
            ("5 per s", 5), ("1 per day", 1 / 86_400.0), ("3 per 10 s", 0.3), ("0 Hz", 0), ("1 per 0 s", nil), ("fast", nil), ("100", nil),
            ("100 hz", nil), ("1 per", nil), ("1 per ", nil), ("1 per parsec", nil),
        ] as [(String, Double?)])
    func rate(_ text: String, _ hertz: Double?) { #expect(Quantity.rate(text) == hertz) }

    @Test("a budget of false alarms is per time or per rows")
    func falseAlarms() {
        let cases: [(String, FalseAlarms?)] = [
            ("1 per day", .perSeconds(count: 1, seconds: 86_400)), ("2 per hour", .perSeconds(count: 2, seconds: 3600)),
            ("1 per min", .perSeconds(count: 1, seconds: 60)), ("0.5 per week", .perSeconds(count: 0.5, seconds: 604_800)),
            ("1 per 10 min", .perSeconds(count: 1, seconds: 600)), ("1 per 10000 rows", .perRows(count: 1, rows: 10_000)),
            ("3 per 10000 rows", .perRows(count: 3, rows: 10_000)), ("1 per row", .perRows(count: 1, rows: 1)), ("few", nil), ("1", nil),
            ("1 a day", nil), ("per day", nil), ("1 per", nil), ("1 per 10 parsecs", nil), ("1 perday", nil),
        ]
        for (text, alarms) in cases { #expect(Quantity.falseAlarms(text) == alarms, "\(text)") }
    }

    @Test(
        "wear is bytes a day",
        arguments: [
            ("256 MiB/day", 256 << 20), ("256 MiB / day", 256 << 20), ("1 MiB/h", 24 << 20), ("7 GiB/week", 1 << 30), ("256 MiB", nil),
            ("/day", nil),
            ("1 MiB/", nil), ("1 MiB/0 s", nil), ("1 day/MiB", nil),
        ] as [(String, Int?)])
    func wear(_ text: String, _ bytes: Int?) { #expect(Quantity.wear(text) == bytes) }
}
