import Testing

@testable import StintConfig

private let base = """
    [window]
    length = 32

    [[head]]
    name = "a"
    kind = "classification"
    target = "label:a"
    [[head]]
    name = "h"
    kind = "anomaly"

    """

@Suite struct OverrideTests {
    @Test("an override takes the place of a value, or joins what is not there; the last one holds")
    func values() throws {
        let config = try parse(
            base,
            [
                "window.length=1 s", " window.every = 3 ", "memory.seed=7", "memory.budget=\"1 MiB\"", "stream.rate=10 Hz",
                "window.every=4",
                "encoder.blocks=[\"last\"]", "device.id=a=b", "control.bind='tcp://127.0.0.1:*'",
            ])
        #expect(config.window == Config.Window(length: .seconds(1), every: .samples(4)))
        #expect(config.memory.seed == 7)
        #expect(config.memory.budgetBytes == 1 << 20)
        #expect(config.stream.rateHz == 10)
        #expect(config.encoder.blocks == [.last])
        #expect(config.device.id == "a=b")
        #expect(config.control.bind.text == "tcp://127.0.0.1:*")
    }

    @Test("a table of a list is found by name, by number, or by being the only one")
    func lists() throws {
        let config = try parse(base, ["head.a.classes=3", "head.1.false_alarms=2 per week", "stream.name=arm"])
        #expect(config.heads[0].kind == .classification(.labels(["a"]), classes: 3))
        #expect(config.heads[1].kind == .anomaly(.perSeconds(count: 2, seconds: 604_800)))
        #expect(config.stream.name == "arm")
        #expect(
            problems(base, ["head.b.classes=3"]).map(\.description) == ["--set head.b.classes: no table called \"b\"; there are a or h"])
    }

    @Test("an override can mend the file")
    func mends() throws {
        #expect(
            try parse("[window]\nlength = 0\n[[head]]\nname = \"h\"\nkind = \"anomaly\"\n", ["window.length=5"]).window.length
                == .samples(5))
    }

    @Test("a problem of an override is placed at its --set, after those of the file")
    func places() {
        let found = problems(base + "[memroy]\n", ["window.length=0", "window.lenght=3", "memory=3"]).map(\.description)
        #expect(found.count == 4)
        #expect(found[0].hasPrefix("device.toml:11:2: "))
        #expect(
            Set(found[1...]) == [
                "--set window.length: window.length must be between 1 and 65536 samples, got 0",
                "--set window.lenght: window has no key `lenght`; did you mean `length`?",
                "--set memory: memory must be a table under [memory], got 3",
            ])
    }

    @Test(
        "what is no KEY=VALUE is refused",
        arguments: ["", "=", "window.length", "=3", "a b=3", "a..b=3", "[a]=3", "a=1\nb=2", "\"a=3", "a\n=3"])
    func refused(_ text: String) {
        // A line feed in the value makes it a text of two lines, which no key takes.
        #expect(throws: ConfigError.self) { try parse(base, [text]) }
    }

    @Test("a flag that stands for a key gives its text as it is")
    func flags() throws {
        let items = [
            ConfigOverride("state.directory", string: "3", flag: "--state"), ConfigOverride("memory.seed", integer: 4, flag: "--seed"),
            ConfigOverride("stream.rate", string: "10 Hz", flag: "--rate"),
        ]
        let config = try Config.parse(Array(base.utf8), fileName: "f", overrides: items)
        #expect(config.state.directory == "3")
        #expect(config.memory.seed == 4)
        #expect(config.stream.rateHz == 10)
        do throws(ConfigError) {
            _ = try Config.parse(Array(base.utf8), fileName: "f", overrides: [ConfigOverride("memory.seed", integer: -1, flag: "--seed")])
            Issue.record("a seed of -1 is taken")
        } catch {
            #expect(error.problems.map(\.place) == [Place(source: "--seed")])
        }
    }
}
