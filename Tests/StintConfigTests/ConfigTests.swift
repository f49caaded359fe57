import Testing

@testable import StintConfig

func parse(_ toml: String, _ overrides: [String] = []) throws(ConfigError) -> Config {
    var items: [ConfigOverride] = []
    for text in overrides { items.append(try ConfigOverride(text)) }
    return try Config.parse(Array(toml.utf8), fileName: "device.toml", overrides: items)
}

func problems(_ toml: String, _ overrides: [String] = []) -> [ConfigProblem] {
    do throws(ConfigError) {
        _ = try parse(toml, overrides)
        return []
    } catch {
        return error.problems
    }
}

@Suite struct ConfigTests {
    @Test("a good config is taken", arguments: goodCases)
    func good(_ item: Case) {
        #expect(problems(item.toml).map(\.description) == [])
    }

    @Test("a bad config is refused at its line, with a suggestion where one is near", arguments: badCases + streamCases)
    func bad(_ item: Case) {
        let found = problems(item.toml)
        #expect(!found.isEmpty)
        if let line = item.line { #expect(found.map(\.line).contains(line)) }
        if let word = item.suggestion { #expect(found.contains { $0.message.contains("`\(word)`") }) }
    }
}

@Suite struct ConfigDetailTests {
    private let head = "[[head]]\nname = \"h\"\nkind = \"anomaly\"\n"

    @Test("a config of heads alone has the defaults of the contract")
    func defaults() throws {
        let config = try parse(head)
        #expect(config.memory == Config.Memory(budgetBytes: 8 << 20, seed: 1))
        #expect(config.stream == Config.Stream(name: "input", channels: .all, rateHz: nil, maxHold: 10))
        #expect(config.window == Config.Window(length: .samples(64), every: .samples(1)))
        #expect(config.encoder == Config.Encoder(blocks: nil, warmUp: 500))
        #expect(config.heads == [Config.Head(name: "h", kind: .anomaly(.perSeconds(count: 1, seconds: 86_400)))])
        #expect(config.label == Config.LabelMatching(pending: 1024, toleranceSeconds: nil))
        #expect(config.drift.detector == .adwin)
        #expect(config.drift.reaction == .auto)
        #expect(config.drift.regimes == 4 && config.drift.coolDown == 200)
        #expect(config.compute == Config.Compute(maxAgeSeconds: nil, perFrameSeconds: nil))
        #expect(config.output.bind == nil)
        #expect(config.control.bind.text == "tcp://127.0.0.1:5557")
        #expect(config.state == Config.State(directory: nil, everySeconds: 900, wearBytesPerDay: 256 << 20))
        #expect(
            try parse("[[head]]\nname = \"c\"\nkind = \"classification\"\ntarget = \"label:a\"\n").heads[0].kind
                == .classification(.labels(["a"]), classes: 32))
    }

    @Test("every problem is reported, from top to bottom")
    func all() {
        let toml = """
            [memory]
            budget = 8
            seed = -1
            color = "red"
            [window]
            length = 0
            every = "1 pc"
            [[head]]
            kind = "regresion"
            target = 5
            classes = 1
            [[head]]
            name = "h"
            kind = "anomaly"
            target = "label:x"
            classes = 2
            false_alarms = "0 per day"
            [state]
            every = "1 ms"
            wear = 5
            directory = ""
            """
        #expect(problems(toml).map(\.line) == [2, 3, 4, 6, 7, 8, 9, 10, 11, 15, 16, 17, 19, 20, 21])
    }

    @Test("a problem reads: where, what was expected, what came")
    func sentence() {
        #expect(
            problems("\n[window]\n  length = 0\n" + head).map(\.description)
                == ["device.toml:3:12: window.length must be between 1 and 65536 samples, got 0"])
        #expect(problems(head + "[window]\nlength = 1.5\n")[0].description.hasSuffix("got 1.5"))
        #expect(problems(head + "[window]\nlength = 2020-01-01\n")[0].description.hasSuffix("got a date"))
        #expect(problems(head + "[window]\nlength = nan\n")[0].code == .wrongType)
        #expect(problems(head + "[device]\nid = \"a\\u0000b\"\n")[0].message.contains("\"a\\u0000b\""))
    }

    @Test("a key says where it belongs, and a section how it is written")
    func homes() {
        #expect(problems(head + "[window]\nbudget = 3\n")[0].message == "window has no key `budget`; it belongs in [memory]")
        #expect(
            problems("seed = 3\n" + head)[0].message == "seed is no section, and keys stand under one; did you mean `seed` in [memory]?")
        #expect(problems("[head]\nname = \"h\"\nkind = \"anomaly\"\n").map(\.code) == [.wrongType])
        #expect(problems(head + "[[memory]]\nseed = 3\n")[0].message == "[[memory]] must be written [memory], and there can be only one")
        #expect(problems("head = []\n").map(\.code) == [.missing])
        #expect(problems("head = [3]\n").map(\.code) == [.wrongType])
        #expect(problems("head = [{name = \"h\", kind = \"anomaly\"}]\n") == [])
    }

    @Test(
        "what this version cannot do is said at its place, never passed over",
        arguments: [
            ("[encoder]\nblocks = [\"last\", \"minirocket\"]\n", 5),
            ("[drift]\ndetector = \"cusum\"\n", 5),
        ])
    func later(_ toml: String, _ line: Int) {
        let found = problems(head + toml)
        #expect(found.map(\.code) == [.notAvailable])
        #expect(found.map(\.line) == [line])
        #expect(found.allSatisfy { $0.message.contains("not available in this version: ") })
    }

    @Test(
        "an endpoint beyond this machine needs a key and a list, and is refused at its place for want of either",
        arguments: [
            "[output]\nbind = \"tcp://*:5555\"\n", "[control]\nbind = \"tcp://10.0.0.7:5557\"\n",
            "[input]\nbind = [\"tcp://0.0.0.0:1\"]\n", "[input]\nconnect = [\"tcp://camera:1\"]\n", "[control]\nconnect = [\"tcp://fleet:1\"]\n",
        ])
    func keys(_ toml: String) {
        for part in ["", "[security]\nallow = \"a\"\n", "[security]\nsecret_key = \"a\"\n"] {
            let found = problems(head + toml + part)
            #expect(found.map(\.code) == [.conflict] && found.map(\.line) == [5])
        }
        #expect(problems(head + toml + "[security]\nsecret_key = \"a\"\nallow = \"b\"\n") == [])
    }

    @Test("what is for later is still checked for its form")
    func laterForm() {
        #expect(problems(head + "[encoder]\ncalibration = 3\n").map(\.code) == [.wrongType])
        #expect(problems(head + "[security]\nallow = \"\"\n").map(\.code) == [.invalidValue])
        #expect(problems(head + "[drift]\ndetector = \"page-hinkly\"\n")[0].message.contains("`page-hinkley`"))
    }

    @Test("two targets are either names that differ or label:* alone")
    func targets() {
        func target(_ text: String) -> [ConfigProblem.Code] {
            problems("[[head]]\nname = \"y\"\nkind = \"regression\"\ntarget = \(text)\n").map(\.code)
        }
        #expect(target("[\"label:a\", \"label:b\"]") == [])
        #expect(target("[\"label:*\"]") == [])
        #expect(target("[\"label:*\", \"label:a\"]") == [.conflict])
        #expect(target("[\"label:a\", \"label:a\"]") == [.duplicate])
        #expect(target("[]") == [.outOfRange])
        #expect(target("\"label:\"") == [.invalidValue])
    }

    @Test("who dials out has a name to be called by")
    func named() throws {
        let dials = head + "[control]\nconnect = [\"tcp://127.0.0.1:1\"]\n"
        #expect(try parse(dials).control.connect.map(\.text) == ["tcp://127.0.0.1:1"])
        #expect(try parse(dials).problems(for: .daemon).contains { $0.path == "device.id" && $0.line == 5 })
        #expect(try !parse(dials + "[device]\nid = \"arm\"\n").problems(for: .daemon).contains { $0.path == "device.id" })
    }

    @Test("the daemon says all that it needs, at the section that lacks it")
    func daemon() throws {
        let toml = "[input]\n[[stream]]\nname = \"arm\"\n[[head]]\nname = \"y\"\nkind = \"regression\"\ntarget = \"label:*\"\n"
        let config = try parse(toml)
        #expect(config.problems(for: .replay) == [])
        let found = config.problems(for: .daemon)
        #expect(found.map(\.path) == ["output.bind", "state.directory", "input", "stream[0].channels", "stream[0].rate", "head[0].target"])
        #expect(found.map(\.line) == [1, 1, 1, 2, 2, 7])
        let whole = """
            [input]
            connect = ["ipc:///tmp/in"]
            [[stream]]
            name = "input"
            channels = ["a", "b"]
            rate = "64 Hz"
            [[head]]
            name = "y"
            kind = "regression"
            target = ["label:a"]
            [output]
            bind = "ipc:///tmp/out"
            [state]
            directory = "/tmp/state"
            wear = 0
            """
        #expect(try parse(whole).problems(for: .daemon) == [])
    }

    @Test("a config cut at any byte, or with any byte replaced, is read or refused, and never crashes")
    func fuzz() {
        let bytes =
            Array(DefaultText.text(kind: .classification).utf8)
            + Array("\n[label]\ntolerance = \"é \\u0041 '''\"\nx = { y = [1, 2.5, 2020-01-01, {z = true}] }\n".utf8)
        var taken = 0
        var refused = 0
        func feed(_ bytes: [UInt8]) {
            do throws(ConfigError) {
                _ = try Config.parse(bytes, fileName: "f").problems(for: .daemon)
                taken += 1
            } catch {
                #expect(!error.problems.isEmpty && error.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty })
                refused += 1
            }
        }
        for end in 0...bytes.count { feed(Array(bytes[..<end])) }
        for index in bytes.indices {
            var changed = bytes
            changed[index] = UInt8(truncatingIfNeeded: index &* 151 &+ 7)
            feed(changed)
        }
        #expect(taken > 0 && refused > 0)
    }

    @Test("invalid UTF-8, zero bytes and hostile nesting are refused with a place")
    func hostile() {
        func lines(_ bytes: [UInt8]) -> [Int] {
            do throws(ConfigError) {
                _ = try Config.parse(bytes, fileName: "f")
                return []
            } catch { return error.problems.map(\.line) }
        }
        func text(_ text: String) -> [Int] { lines(Array(text.utf8)) }
        #expect(lines(Array("[device]\nid = \"".utf8) + [0xFF, 0x22, 0x0A]) == [2])
        #expect(lines([0xFF, 0xFE, 0x61, 0x00]) == [1])
        #expect(text("[device]\nid = \"a\0b\"\n") == [2])
        #expect(text("# a\0b\n") == [1])
        #expect(text("\n[[[head]]]\n") == [2])
        #expect(text("\né = 1\n") == [2])
        #expect(text("\na = +[\"é\u{FBEF}\"]\n") == [2])
        #expect(text("\na = " + String(repeating: "[", count: 100_000)) == [2])
        #expect(text("\na = " + String(repeating: "{a=", count: 100_000)) == [2])
        #expect(text("\na" + String(repeating: ".a", count: 300_000) + " = 1") == [2])
        #expect(text("\na" + String(repeating: ".a", count: 4000) + " = 1") == [2])
        #expect(text("\n[a" + String(repeating: ".a", count: 4000) + "]") != [])
        #expect(text(String(repeating: "#", count: 1 << 20) + "#") == [1])
        #expect(text((0..<20_000).map { "k\($0) = 1\n" }.joined()).count == 1001)
    }

    @Test("a byte order mark and CRLF change nothing")
    func clothes() throws {
        let plain = try parse(head)
        #expect(try parse("\u{FEFF}" + head) == plain)
        let crlf = (head + "[window]\nlength = 0\n").split(separator: "\n").joined(separator: "\r\n") + "\r\n"
        #expect(problems(crlf).map(\.description) == ["device.toml:5:10: window.length must be between 1 and 65536 samples, got 0"])
    }
}
