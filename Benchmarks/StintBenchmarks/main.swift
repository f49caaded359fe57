// What is fast, measured: `make bench`. Nothing here is asserted; times are the machine's, ratios are the code's.
import Glibc

// `StintBenchmarks null [ROWS [SEEDS [ROWS-PER-ALARM …]]] [STREAM …] [--channels N]` is `make test-null`: promises, not times.
if CommandLine.arguments.dropFirst().first == "null" {
    var words = Array(CommandLine.arguments.dropFirst(2))
    var widths = [1, 4, 8]
    if let option = words.firstIndex(of: "--channels"), option + 1 < words.count, let width = Int(words[option + 1]) {
        widths = [width]
        words.removeSubrange(option...(option + 1))
    }
    let numbers = words.compactMap { Int($0) }
    let budgets = numbers.count > 2 ? Array(numbers[2...]) : [1000, 10_000]
    let holds = benchmarkNull(
        rows: numbers.first ?? 1_000_000, seeds: numbers.dropFirst().first ?? 3, budgets: budgets, which: words.filter { Int($0) == nil }, widths: widths)
    exit(holds ? 0 : 1)
}
// `StintBenchmarks drift-null [ROWS [SEEDS [ROWS-LATE …]]]`: the same of the detectors.
if CommandLine.arguments.dropFirst().first == "drift-null" {
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
    let delays = numbers.count > 2 ? Array(numbers[2...]) : [0, 20, 100]
    exit(benchmarkDriftNull(rows: numbers.first ?? 1_000_000, seeds: numbers.dropFirst().first ?? 1, delays: delays) ? 0 : 1)
}
// `StintBenchmarks recall classes|maps|payload … [SEEDS [ROWS-LATE …]] [-v]`: how soon a world that comes back is known again.
if CommandLine.arguments.dropFirst().first == "recall" {
    let words = Array(CommandLine.arguments.dropFirst(2))
    let numbers = words.compactMap { Int($0) }
    benchmarkRecall(
        seeds: numbers.first ?? 5, delays: numbers.count > 1 ? Array(numbers[1...]) : [0, 5, 20], which: words.filter { Int($0) == nil },
        verbose: words.contains("-v"))
    exit(0)
}
// `StintBenchmarks forget`: that alone.
if CommandLine.arguments.dropFirst().first == "forget" {
    benchmarkForgetting()
    exit(0)
}
benchmarkFactor()
benchmarkProjection()
benchmarkWire()
benchmarkStages()
benchmarkForgetting()
