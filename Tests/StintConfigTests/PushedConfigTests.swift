import Testing

@testable import StintConfig

@Suite struct PushedConfigTests {
    private let local = """
        [device]
        id = "arm"
        [[head]]
        name = "a"
        kind = "regression"
        target = "label:y"
        [[head]]
        name = "b"
        kind = "classification"
        target = "label:z"
        classes = 8
        [state]
        directory = "/var/lib/stint"
        [security]
        trusted = "trusted.keys"

        """

    private func push(_ text: String, _ rails: String? = nil) throws -> Config {
        let rails = try rails.map { try GuardRails(Array($0.utf8), fileName: "guard.toml") }
        return try Config.parse(pushed: Array(text.utf8), name: "revision 1", local: Array(local.utf8), localName: "local.toml", rails: rails)
    }

    private func problems(_ text: String, _ rails: String? = nil) -> [ConfigProblem] {
        do {
            _ = try push(text, rails)
            return []
        } catch let error as ConfigError {
            return error.problems
        } catch {
            return []
        }
    }

    @Test("what is the device's own comes from its file, and a push that says it otherwise is refused at its place")
    func own() throws {
        let bare = "[[head]]\nname = \"h\"\nkind = \"anomaly\"\n"
        let config = try push(bare)
        #expect(config.device.id == "arm" && config.state.directory == "/var/lib/stint" && config.security.trustedPath == "trusted.keys")
        #expect(try push(bare + "[device]\nid = \"arm\"\n") == config)
        #expect(try push(bare + "[state]\nevery = \"1 min\"\n").state.directory == "/var/lib/stint")
        for text in ["[device]\nid = \"leg\"\n", "[security]\ntrusted = \"mine.keys\"\n", "[security]\nguard = \"none\"\n", "[state]\ndirectory = \"/tmp\"\n"] {
            let found = problems(bare + text)
            #expect(found.map(\.code) == [.notPermitted] && found.map(\.line) == [5], "\(text): \(found)")
        }
    }

    @Test("the effective config has the device's own keys besides those that were pushed, and no secret")
    func effective() throws {
        let own = "[device]\nid = \"arm\"\n[state]\ndirectory = \"/var/lib/stint\"\nkey = \"states.key\"\n[security]\nsecret_key = \"arm.secret\"\nallow = \"a.keys\"\n"
        let pushed = "[[head]]\nname = \"h\"\nkind = \"anomaly\"\n[state]\nevery = \"1 min\"\n"
        let leaves = try Config.effective(Array(pushed.utf8), over: Array(own.utf8))
        let texts = Dictionary(uniqueKeysWithValues: leaves.map { ($0.path, $0.text) })
        #expect(
            texts == [
                "head.h.name": "\"h\"", "head.h.kind": "\"anomaly\"", "state.every": "\"1 min\"", "device.id": "\"arm\"",
                "state.directory": "\"/var/lib/stint\"", "state.key": "\"***\"", "security.secret_key": "\"***\"", "security.allow": "\"a.keys\"",
            ])
    }

    @Test("an endpoint that the guard does not name is not dialled either")
    func dialled() {
        let dials = local + "[control]\nconnect = [\"tcp://127.0.0.1:5600\"]\n"
        let rails = "endpoints = [\"tcp://127.0.0.1:5557\", \"tcp://127.0.0.1:5600\"]\n"
        #expect(problems(dials, rails).isEmpty)
        #expect(problems(dials.replacing("5600", with: "5601"), rails).map(\.path) == ["control.connect"])
    }

    @Test("keys are settable by name or by what they lie under, and what is said as in the file is no change")
    func settable() {
        let rails = "settable = [\"drift\", \"head.classes\", \"head.c\"]\n"
        #expect(problems(local, rails).isEmpty)
        #expect(problems(local + "[drift]\nregimes = 2\n", rails).isEmpty)
        #expect(problems(local.replacing("classes = 8", with: "classes = 9"), rails).isEmpty)
        #expect(problems(local + "[[head]]\nname = \"c\"\nkind = \"anomaly\"\n", rails).isEmpty)
        #expect(problems(local + "[[head]]\nname = \"d\"\nkind = \"anomaly\"\n", rails).map(\.path) == ["head.d.name", "head.d.kind"])
        #expect(problems(local + "[label]\npending = 7\n", rails).map(\.path) == ["label.pending"])
        // A prefix of a word is no rule for it.
        #expect(problems(local + "[drift]\nregimes = 2\n", "settable = [\"dri\"]\n").map(\.path) == ["drift.regimes"])
        // To leave out what the file says is a change as well.
        #expect(problems(local.replacing("classes = 8\n", with: ""), "settable = [\"drift\"]\n").map(\.path) == ["head.b.classes"])
    }

    @Test("ranges hold for numbers and for quantities, whatever their unit; the edges are in")
    func ranges() {
        let rails = "[range]\n\"label.pending\" = [64, 128]\n\"state.every\" = [\"1 min\", \"1 h\"]\n"
        for (text, isFine) in [
            ("[label]\npending = 64\n", true), ("[label]\npending = 128\n", true), ("[label]\npending = 129\n", false), ("[label]\npending = 63\n", false),
        ] {
            #expect(problems(local + text, rails).isEmpty == isFine, "\(text)")
        }
        for (every, isFine) in [("60 s", true), ("60 min", true), ("59 s", false), ("61 min", false)] {
            let text = local.replacing("[security]", with: "every = \"\(every)\"\n[security]")
            #expect(problems(text, rails).isEmpty == isFine, "\(every)")
        }
    }

    @Test("ceilings and endpoints hold for what the config means, not only for what it says")
    func ceilings() {
        #expect(problems(local, "[ceiling]\nbudget = \"4 MiB\"\n").map(\.path) == ["memory.budget"])
        #expect(problems(local, "[ceiling]\nheads = 1\n").map(\.path) == ["head"])
        #expect(problems(local, "[ceiling]\nclasses = 4\n").map(\.path) == ["head[1].classes"])
        let out = "[output]\nbind = \"ipc:///run/stint/out\"\n"
        #expect(problems(local + out, "endpoints = [\"ipc:///run/stint/*\", \"tcp://127.0.0.1:5557\"]\n").isEmpty)
        #expect(problems(local + out, "endpoints = [\"tcp://127.0.0.1:5557\"]\n").map(\.path) == ["output.bind"])
    }

    @Test("a guard with a slip of the pen is refused as a whole", arguments: [
        "setable = [\"head\"]\n", "settable = \"head\"\n", "[ceiling]\nbuget = \"1 MiB\"\n", "[ceiling]\nheads = \"4\"\n", "[range]\n\"a\" = [1]\n",
        "[range]\n\"a\" = [1, \"2 s\"]\n", "[range]\n\"a\" = [\"1 s\", \"2 MiB\"]\n", "settable = [",
    ])
    func slips(_ text: String) {
        #expect(throws: ConfigError.self) { try GuardRails(Array(text.utf8), fileName: "guard.toml") }
    }

    @Test("a change is told with both values, and what it costs")
    func changes() throws {
        let before = try ConfigDocument(Array(local.utf8), fileName: "a")
        let text = local.replacing("classes = 8", with: "classes = 9") + "[window]\nlength = 32\n[compute]\nmax_age = \"1 s\"\n"
        let changes = before.changes(to: try ConfigDocument(Array(text.utf8), fileName: "b"))
        #expect(changes.map(\.path) == ["compute.max_age", "head.b.classes", "window.length"])
        #expect(changes.map(\.before) == [nil, "8", nil] && changes.map(\.after) == ["\"1 s\"", "9", "32"])
        #expect(changes.map(\.effect) == [.hot, .keeps, .cold])
    }
}
