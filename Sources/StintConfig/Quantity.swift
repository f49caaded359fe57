import Stint

/// Why a value does not fit its key: the rest of the sentence "… must be".
struct Misfit: Error {
    var code: ConfigProblem.Code
    var expected: String
    var hint: String?

    init(_ code: ConfigProblem.Code, _ expected: String, hint: String? = nil) {
        self.code = code
        self.expected = expected
        self.hint = hint
    }
}

/// Numbers with units, as config files and command lines write them: `"8 MiB"`, `"64 ms"`, `"100 Hz"`, `"1 per day"`.
///
/// A number is decimal, with an optional point and exponent; the space before the unit is optional. Units are case-sensitive.
/// Every function returns nil for a text that is not of its form; ranges are the caller's.
public enum Quantity {
    /// Bytes: B, kB, MB, GB (powers of 1000), KiB, MiB, GiB (powers of 1024). Parts of a byte are refused.
    public static func size(_ text: String) -> Int? {
        guard let (number, unit) = split(text), let factor = value(of: unit, in: sizes) else { return nil }
        let bytes = number * factor
        // 2^53: beyond it a Double does not hold every integer.
        guard bytes >= 0, bytes <= 0x1p53, bytes.rounded() == bytes else { return nil }
        return Int(bytes)
    }

    /// Seconds: µs, ms, s, min, h, day, week, and their words.
    public static func duration(_ text: String) -> Double? {
        guard let (number, unit) = split(text) else { return nil }
        return seconds(number, unit)
    }

    /// Hertz: mHz, Hz, kHz, MHz, or a count per unit of time: `5 per min`, `3 per 10 s`.
    public static func rate(_ text: String) -> Double? {
        guard let (number, unit) = split(text) else { return nil }
        if let factor = value(of: unit, in: frequencies) { return number * factor }
        switch unit {
        case "mHz": return number / 1000
        default: break
        }
        guard let rest = afterPer(unit), let period = period(rest), period > 0 else { return nil }
        return number / period
    }

    /// A budget of false alarms: `1 per day`, `2 per 3 h`, `3 per 10000 rows`.
    public static func falseAlarms(_ text: String) -> FalseAlarms? {
        guard let (count, unit) = split(text), let rest = afterPer(unit) else { return nil }
        let (rows, name) = split(String(rest)) ?? (1, rest)
        if name == "rows" || name == "row" { return .perRows(count: count, rows: rows) }
        guard let seconds = period(rest) else { return nil }
        return .perSeconds(count: count, seconds: seconds)
    }

    /// Bytes a day: a size per unit of time, `256 MiB/day`.
    public static func wear(_ text: String) -> Int? {
        let unspaced = text.filter { $0 != " " }
        guard let slash = unspaced.firstIndex(of: "/"), let bytes = size(String(unspaced[..<slash])),
            let seconds = period(unspaced[unspaced.index(after: slash)...]), seconds > 0
        else { return nil }
        let daily = Double(bytes) * (86_400 / seconds)
        return daily <= 0x1p53 ? Int(daily.rounded()) : nil
    }

    static let sizeUnits = sizes.map(\.name)
    static let durationUnits = ["us", "µs", "ms", "s", "min", "h", "day", "week"]
    static let rateUnits = ["mHz", "Hz", "kHz", "MHz"]

    private static let sizes: [(name: String, value: Double)] = [
        ("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30),
    ]
    private static let frequencies: [(name: String, value: Double)] = [("Hz", 1), ("kHz", 1e3), ("MHz", 1e6)]

    private static func value(of unit: Substring, in units: [(name: String, value: Double)]) -> Double? {
        units.first { $0.name == unit }?.value
    }

    /// Parts of a second divide, so that "64 ms" is the Double nearest to 0.064.
    private static func seconds(_ number: Double, _ unit: Substring) -> Double? {
        switch unit {
        case "us", "µs", "μs": number / 1e6
        case "ms", "millisecond", "milliseconds": number / 1e3
        case "s", "sec", "second", "seconds": number
        case "min", "minute", "minutes": number * 60
        case "h", "hour", "hours": number * 3600
        case "d", "day", "days": number * 86_400
        case "week", "weeks": number * 604_800
        default: nil
        }
    }

    /// `day`, or `10 min`.
    private static func period(_ text: Substring) -> Double? {
        let (number, unit) = split(String(text)) ?? (1, text)
        return seconds(number, unit)
    }

    private static func afterPer(_ text: Substring) -> Substring? {
        guard text.hasPrefix("per ") else { return nil }
        return text.dropFirst(4).drop { $0 == " " }
    }

    /// The number at the start of a text and what follows it, or nil if there is none. Never infinite, never NaN.
    static func split(_ text: String) -> (number: Double, unit: Substring)? {
        let bytes = Array(text.utf8)
        var end = 0
        func digits() -> Bool {
            let start = end
            while end < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[end]) { end += 1 }
            return end > start
        }
        if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") { end = 1 }
        guard digits() else { return nil }
        if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
            end += 1
            guard digits() else { return nil }
        }
        let mantissa = end
        if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
            end += 1
            if end < bytes.count, bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+") { end += 1 }
            if !digits() { end = mantissa }
        }
        guard let number = Double(String(decoding: bytes[..<end], as: UTF8.self)), number.isFinite else { return nil }
        let unit = text.utf8.dropFirst(end)
        var rest = Substring(unit).drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return (number, rest)
    }
}
