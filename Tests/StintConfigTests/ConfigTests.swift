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

    @Test("a bad config is refused at its line, with a suggestion where one is near", arguments: badCases)
    func bad(_ item: Case) {
        let found = problems(item.toml)
        print(found.map(\.description).joined(separator: "\n"))
        #expect(!found.isEmpty)
        if let line = item.line { #expect(found.map(\.line).contains(line)) }
        if let word = item.suggestion { #expect(found.contains { $0.message.contains("`\(word)`") }) }
    }
}
