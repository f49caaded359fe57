import Testing

@testable import StintConfig

@Suite struct DefaultTextTests {
    /// Takes the `#` from each line that shows a default.
    private func uncommented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.first == "#" && line.dropFirst().first?.isLetter == true ? line.dropFirst() : line
        }.joined(separator: "\n")
    }

    @Test("the text of init is a good config, and taking the # from its defaults changes nothing", arguments: DefaultText.Kind.allCases)
    func defaults(_ kind: DefaultText.Kind) throws {
        let text = DefaultText.text(kind: kind)
        let config = try parse(text)
        #expect(uncommented(text) != text)
        #expect(try parse(uncommented(text)) == config)
        #expect(config.heads.map(\.kind.name).contains(kind.rawValue))
        let bare = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
        #expect(try parse(bare) == config)
    }

    @Test("the text of init shows every key that this version has")
    func complete() {
        let later = ["horizon", "trusted", "guard"]
        let text = DefaultText.Kind.allCases.map { DefaultText.text(kind: $0) }.joined()
        let lines = text.split(separator: "\n").map { $0.drop { $0 == "#" || $0 == " " } }
        for shape in Schema.shapes {
            for key in shape.keys where !later.contains(key) {
                #expect(lines.contains { $0.hasPrefix("\(key) = ") }, "\(shape.name).\(key)")
            }
        }
    }

    @Test("the examples of keys without a default make a config that the daemon takes")
    func examples() throws {
        let examples = DefaultText.text().split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let text = line.hasPrefix("# ") ? line.dropFirst(2) : line
            let isExample = line.hasPrefix("# ") && text.split(separator: " ").dropFirst().first == "="
            return isExample ? text : line
        }.filter { $0 != "target = \"label:*\"" }.joined(separator: "\n")
        let config = try parse(examples)
        #expect(config.problems(for: .daemon) == [])
        #expect(config.device.id == "arm-07")
        #expect(config.compute.perFrameSeconds == 0.002)
    }
}
