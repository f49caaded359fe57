@testable import Stint
import StintSimulation

/// How soon a head is as good as before when a world comes back: names that are mixed up, maps that change, payloads.
func benchmarkRecall(seeds: Int, delays: [Int], which: [String], verbose: Bool) {
    for delay in delays {
        for seed in 1...seeds {
            if which.contains("classes") { recurring(classes: true, delay: delay, seed: UInt64(seed), verbose) }
        }
        for seed in 1...seeds {
            if which.contains("maps") { recurring(classes: false, delay: delay, seed: UInt64(seed), verbose) }
        }
        if which.contains("payload") { for seed in 1...min(seeds, 3) { payload(delay: delay, seed: UInt64(seed), verbose) } }
    }
}

/// Worlds that come back: six clusters in four channels, whose names or values are others in each of three concepts.
private struct RecurringWorlds {
    static let order = [0, 1, 2, 0, 1, 2, 0, 1, 2]
    static let segment = 700
    static let first = 1200
    var random: Random
    let steps: [Int]
    var maps: [[Double]] = []

    init(seed: UInt64) {
        random = Random(seed: seed, stream: 31)
        steps = [0, 1 + Int(seed % 2), 2 + Int(seed % 2)]
        if seed == 1 {
            maps = [[1, 1, 1, 1], [-1, 1, -1, 0.5], [0.2, -1.5, 1, -1]]
        } else {
            var draw = Random(seed: seed, stream: 32)
            for _ in 0..<3 { maps.append((0..<4).map { _ in draw.normal() }) }
        }
    }

    static var rows: Int { first + 8 * segment }
    static func segment(of row: Int) -> Int { row < first ? 0 : 1 + (row - first) / segment }
    static func place(of row: Int) -> Int { row < first ? row : (row - first) % segment }

    mutating func next(_ row: Int) -> (x: [Float], name: Int, y: [Float]) {
        let concept = Self.order[Self.segment(of: row)]
        let k = random.below(6)
        let center = (0..<3).map { c in Double((k >> c) & 1) * 2 } + [Double(k & 1) * 2 + Double(k) * 0.5]
        let x = center.map { $0 + 0.25 * random.normal() }
        var signal = 0.0
        for i in 0..<4 { signal += maps[concept][i] * x[i] }
        let bent = maps[concept][0] * x[1] * x[2]
        return (x.map(Float.init), (k + steps[concept]) % 6, [Float(signal + 0.05 * random.normal()), Float(bent + 0.05 * random.normal())])
    }
}

private func recurring(classes: Bool, delay: Int, seed: UInt64, _ verbose: Bool) {
    let names: [StaticString] = ["zero", "one", "two", "three", "four", "five"]
    let specification = Specification(
        channels: 4, rateHz: 10, labels: 3,
        heads: [HeadSpecification(kind: classes ? .classification(label: 2, classes: 8) : .regression(targets: [0, 1]))])
    let learner = Learner(Plan(specification))
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4)
    defer { values.deallocate() }
    var worlds = RecurringWorlds(seed: seed)
    var waiting: [(x: [Float], name: Int, y: [Float])] = []
    var right = [Double](repeating: 0, count: 9), late = right, then = right
    var notes: [String] = []
    func listen(_ row: Int) {
        for event in learner.events {
            if event.kind == .drift { notes.append("\(row):\(event.drift!.reaction)(\(event.drift!.onset))\(event.regime.map { "→\($0)" } ?? "")") }
        }
    }
    var counts = right
    for row in 0..<RecurringWorlds.rows {
        let next = worlds.next(row)
        waiting.append(next)
        for i in 0..<4 { values[i] = next.x[i] }
        learner.push(.frame(Frame(time: Double(row) / 10, sequence: UInt64(row), values: UnsafeBufferPointer(values))))
        listen(row)
        var score = 0.0
        switch learner.prediction(of: 0) {
        case .classification(let p):
            if p.classID >= 0, String(decoding: learner.classes(of: 0).name(p.classID), as: UTF8.self) == names[next.name].description { score = 1 }
        case .regression(let p):
            for j in 0..<2 { score += Double((p.value[j] - next.y[j]) * (p.value[j] - next.y[j])) / 2 }
        case .anomaly: break
        }
        let segment = RecurringWorlds.segment(of: row), place = RecurringWorlds.place(of: row)
        if place >= delay, place < delay + 100 { right[segment] += score / 100 }
        if place >= delay + 10, place < delay + 110 { then[segment] += score / 100 }
        if place >= 400 { late[segment] += score; counts[segment] += 1 }
        guard row >= delay else { continue }
        let label = waiting[row - delay], sequence = UInt64(row - delay)
        if classes {
            let bytes = UnsafeBufferPointer(start: names[label.name].utf8Start, count: names[label.name].utf8CodeUnitCount)
            learner.push(.label(Label(target: .label(2), moment: .sequence(sequence), value: .category(bytes))))
            listen(row)
        } else {
            for j in 0..<2 {
                learner.push(.label(Label(target: .label(j), moment: .sequence(sequence), value: .number(label.y[j]))))
                listen(row)
            }
        }
    }
    let show: (Double) -> String = { classes ? "\(($0 * 100).rounded() / 100)" : "\(($0.squareRoot() * 1000).rounded() / 1000)" }
    print(
        "\(classes ? "classes" : "maps   ") delay \(delay) seed \(seed): first 100: \(right.map(show).joined(separator: " ")) 10…110: \(then.map(show).joined(separator: " ")) late: \(zip(late, counts).map { show($0 / $1) }.joined(separator: " "))")
    if verbose { print("    ", notes.joined(separator: " ")) }
}

private func payload(delay: Int, seed: UInt64, _ verbose: Bool) {
    let specification = Specification(channels: 6, rateHz: 100, labels: 2, heads: [HeadSpecification(kind: .regression(targets: [0, 1]))])
    let learner = Learner(Plan(specification))
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
    defer { values.deallocate() }
    var squares: [Double] = [], payloads: [Double] = [], torques: [[Double]] = []
    var notes: [String] = []
    func listen(_ row: Int) {
        for event in learner.events {
            if event.kind == .drift { notes.append("\(row):\(event.drift!.reaction)(\(event.drift!.onset))\(event.regime.map { "→\($0)" } ?? "")") }
        }
    }
    for (truth, told) in ArmScenario.payload.life(seed: seed) {
        let row = squares.count
        for k in 0..<6 { values[k] = Float(told?[k] ?? .nan) }
        learner.push(.frame(Frame(time: truth.time, sequence: UInt64(row), values: UnsafeBufferPointer(values))))
        listen(row)
        guard case .regression(let said) = learner.prediction(of: 0) else { continue }
        var square = 0.0
        for k in 0..<2 { square += (Double(said.value[k]) - truth.torque[k]) * (Double(said.value[k]) - truth.torque[k]) / 2 }
        squares.append(square)
        payloads.append(truth.payload)
        torques.append([truth.torque[0], truth.torque[1]])
        guard row >= delay else { continue }
        for k in 0..<2 {
            learner.push(.label(Label(target: .label(k), moment: .sequence(UInt64(row - delay)), value: .number(Float(torques[row - delay][k])))))
            listen(row)
        }
    }
    func rms(_ rows: Range<Int>) -> Double { (squares[rows].reduce(0, +) / Double(rows.count)).squareRoot() }
    let onsets = payloads.indices.dropFirst().filter { payloads[$0] != payloads[$0 - 1] }
    var old: [Double: Double] = [:]
    var line = ""
    for onset in onsets {
        if let level = old[payloads[onset]] {
            line += " \((rms(onset + 200..<onset + 2200) / level * 100).rounded() / 100)(\((rms(onset + delay..<onset + delay + 200) / level * 10).rounded() / 10))"
        }
        old[payloads[onset]] = rms(onset + 2000..<onset + 4000)
    }
    print("payload delay \(delay) seed \(seed): ratios\(line) total \(rms(0..<squares.count))")
    if verbose { print("    ", onsets, notes.joined(separator: " ")) }
}
