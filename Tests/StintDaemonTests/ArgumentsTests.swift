import Testing

@testable import StintDaemon

@Suite struct ArgumentsTests {
    private func misuse(_ words: String...) -> String? {
        do throws(Arguments.Misuse) {
            _ = try Arguments(words)
            return nil
        } catch {
            return error.text
        }
    }

    @Test("flags may stand before or after the config")
    func order() throws {
        let expected = Arguments.run(.init(configPath: "a.toml", checksOnly: true, stateFolder: "s", readyFile: "r"))
        #expect(try Arguments(["a.toml", "--check", "--state", "s", "--ready-file", "r"]) == expected)
        #expect(try Arguments(["--ready-file", "r", "--state", "s", "--check", "a.toml"]) == expected)
    }

    @Test("version and help need no config")
    func alone() throws {
        #expect(try Arguments(["--version"]) == .version)
        #expect(try Arguments(["a.toml", "--help"]) == .help)
    }

    @Test("what is mistyped is named")
    func mistyped() {
        #expect(misuse() == "no CONFIG")
        #expect(misuse("a", "b") == "one CONFIG, got a and b")
        #expect(misuse("a", "--stat", "s") == "unknown option --stat")
        #expect(misuse("a", "--state") == "--state needs a value")
    }
}
