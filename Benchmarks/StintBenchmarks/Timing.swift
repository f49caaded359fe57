/// Least of seven runs, in nanoseconds a call: what the machine does when nobody is in the way.
func nanoseconds(_ calls: Int, _ body: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<7 {
        let taken = ContinuousClock().measure { for _ in 0..<calls { body() } }
        let seconds = Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
        best = min(best, seconds * 1e9 / Double(calls))
    }
    return best
}

func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
func padded(_ value: Double, _ width: Int) -> String { padded(value < 10 ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))", width) }
