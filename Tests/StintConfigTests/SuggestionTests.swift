import Testing

@testable import StintConfig

@Suite struct SuggestionTests {
    @Test(
        "a slip of the hand finds its word, and another word finds none",
        arguments: [
            ("bugdet", "budget"), ("budgte", "budget"), ("bdget", "budget"), ("Budget", "budget"), ("sed", "seed"), ("zzzzzz", nil),
            ("", nil),
            ("length", nil),
        ] as [(String, String?)])
    func words(_ word: String, _ expected: String?) { #expect(suggestion(for: word, among: ["budget", "seed"]) == expected) }

    @Test("a distance is symmetric, zero for equal words, and counts a swap as one")
    func distances() {
        #expect(editDistance("memroy", "memory") == 1)
        #expect(editDistance("kitten", "sitting") == 3)
        #expect(editDistance("sitting", "kitten") == 3)
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("same", "same") == 0)
    }
}
