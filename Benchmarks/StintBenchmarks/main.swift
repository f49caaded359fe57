// What is fast, measured: `make bench`. Nothing here is asserted; times are the machine's, ratios are the code's.
import Glibc

// `StintBenchmarks null [ROWS [SEEDS]]` is `make test-null`: promises, not times.
if CommandLine.arguments.dropFirst().first == "null" {
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
    exit(benchmarkNull(rows: numbers.first ?? 1_000_000, seeds: numbers.dropFirst().first ?? 3) ? 0 : 1)
}
benchmarkFactor()
benchmarkProjection()
benchmarkWire()
benchmarkStages()
