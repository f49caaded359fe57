import Testing

@testable import Stint

/// Seeded streams whose loss is stationary.
enum NullStream: CaseIterable {
    case gaussian, student3, autoregressive, seasonal

    /// Normalised losses min(ν, 9)/9 of `count` rows.
    func losses(_ count: Int, seed: UInt64, _ body: (Double) -> Void) {
        var random = Random(seed: seed, stream: 77)
        var state = 0.0
        for i in 0..<count {
            let error: Double
            switch self {
            case .gaussian: error = random.normal()
            case .student3:
                var chi = 0.0
                for _ in 0..<3 {
                    let z = random.normal()
                    chi += z * z
                }
                error = random.normal() / (chi / 3).squareRoot() / 3.0.squareRoot()
            case .autoregressive:
                state = 0.9 * state + (1 - 0.81).squareRoot() * random.normal()
                error = state
            case .seasonal: error = random.normal() * (1 + 0.5 * sin(2 * .pi * Double(i) / 288)) / 1.06
            }
            body(min(error * error, 9) / 9)
        }
    }
}

/// A monitor with its memory.
final class Watched {
    var monitor: DriftMonitor
    private let arena: Arena

    init(_ detector: LearnerEvent.Detector) {
        var specification = DriftSpecification()
        specification.detector = detector
        var counter = Carver()
        _ = DriftMonitor(specification, &counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        monitor = DriftMonitor(specification, &carver)
        monitor.reset()
    }

    /// All of its state.
    var bytes: [UInt8] {
        var measure = Archive.measure
        monitor.archive(&measure)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: measure.offset, alignment: 16)
        defer { buffer.deallocate() }
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        var archive = Archive.writing(to: buffer)
        monitor.archive(&archive)
        return Array(buffer)
    }
}

@Suite struct DetectorTests {
    @Test(
        "on a stream that does not change there is at most one alarm in 100,000 losses",
        arguments: [LearnerEvent.Detector.adwin, .pageHinkley], NullStream.allCases)
    func quiet(detector: LearnerEvent.Detector, stream: NullStream) {
        let watched = Watched(detector)
        var alarms = 0
        stream.losses(500_000, seed: 3) { if watched.monitor.observe($0) != nil { alarms += 1 } }
        #expect(alarms <= 5)
    }

    @Test(
        "errors that double their scale are noticed within 100 losses, with an onset that is right within 60",
        arguments: [LearnerEvent.Detector.adwin, .pageHinkley])
    func noticed(detector: LearnerEvent.Detector) {
        for seed in 1...20 {
            let watched = Watched(detector)
            var random = Random(seed: UInt64(seed))
            var found: (at: Int, rise: Rise)?
            for i in 0..<2200 where found == nil {
                let error = random.normal() * (i < 2000 ? 1 : 2)
                if let rise = watched.monitor.observe(min(error * error, 9) / 9) { found = (i, rise) }
            }
            guard let found else {
                Issue.record("seed \(seed): nothing in 200 losses")
                continue
            }
            #expect(found.at >= 2000 && found.at < 2100, "seed \(seed)")
            #expect(abs(found.at + 1 - found.rise.onset - 2000) <= 60, "seed \(seed)")
            #expect(found.rise.since > found.rise.before)
        }
    }

    @Test("a loss that falls is no alarm, and what came before it is forgotten")
    func falls() {
        let held = ADWINBox()
        var random = Random(seed: 9)
        for i in 0..<4000 { #expect(held.adwin.observe((i < 2000 ? 0.5 : 0.1) * random.uniform()) == nil) }
        #expect(abs(held.adwin.width - 2000) < 100)
    }

    @Test("after an alarm there is none for the cool-down, and then there is one for the next rise")
    func coolDown() {
        let watched = Watched(.adwin)
        var random = Random(seed: 4)
        var alarms: [Int] = []
        for i in 0..<2000 {
            let level = i < 1000 ? 0.1 : i < 1500 ? 0.5 : 1
            if watched.monitor.observe(level * random.uniform()) != nil { alarms.append(i) }
        }
        #expect(alarms.count >= 2)
        for (a, b) in zip(alarms, alarms.dropFirst()) { #expect(b - a > DriftSpecification().coolDown) }
    }

    @Test("NaN is no loss, and a constant loss is no drift", arguments: [LearnerEvent.Detector.adwin, .pageHinkley])
    func degenerate(detector: LearnerEvent.Detector) {
        let (plain, holed) = (Watched(detector), Watched(detector))
        for i in 0..<3000 {
            let loss = i % 100 == 0 ? 0.9 : 0.2
            #expect(plain.monitor.observe(loss) == nil)
            #expect(holed.monitor.observe(.nan) == nil)
            #expect(holed.monitor.observe(loss) == nil)
        }
        #expect(plain.bytes == holed.bytes)
        let constant = Watched(detector)
        for _ in 0..<3000 { #expect(constant.monitor.observe(0.25) == nil) }
    }

    @Test("the window's mean is that of the newest losses, to rounding, over 100,000 of them")
    func histogram() {
        let held = ADWINBox()
        var random = Random(seed: 6)
        var losses: [Double] = []
        for i in 0..<100_000 {
            losses.append(random.uniform())
            _ = held.adwin.observe(losses[i])
            guard i % 997 == 0 else { continue }
            let newest = losses.suffix(held.adwin.width)
            #expect(abs(held.adwin.mean - newest.reduce(0, +) / Double(newest.count)) < 1e-9)
        }
        #expect(held.adwin.width > 50_000)
    }
}

@Suite struct TwoSampleTests {
    final class Box {
        var test: TwoSample
        private let arena: Arena
        let row = UnsafeMutablePointer<Float>.allocate(capacity: 4)

        init(seed: UInt64) {
            var counter = Carver()
            _ = TwoSample(features: 4, seed: seed, &counter)
            arena = Arena(bytes: counter.carved)
            var carver = Carver(over: arena)
            test = TwoSample(features: 4, seed: seed, &carver)
            test.reset()
        }

        func observe(_ a: Double, _ b: Double) -> Int? {
            (row[0], row[1], row[2], row[3]) = (Float(cos(a)), Float(sin(a)), Float(cos(b)), Float(sin(b)))
            return test.observe(row)
        }
    }

    @Test("latents that keep their distribution, correlated ones too, raise at most one alarm in 100,000 rows", arguments: [0, 0.9])
    func quiet(correlation: Double) {
        var alarms = 0
        for seed in 1...2 {
            let box = Box(seed: UInt64(seed))
            var random = Random(seed: UInt64(seed), stream: 5)
            let scale = (1 - correlation * correlation).squareRoot()
            var (a, b) = (0.0, 0.0)
            for _ in 0..<500_000 {
                a = correlation * a + scale * random.normal()
                b = correlation * b + scale * random.normal()
                if box.observe(a, b) != nil { alarms += 1 }
            }
        }
        #expect(alarms <= 10)
    }

    @Test("a shift by one deviation is noticed within 1000 rows, and only then")
    func noticed() {
        for seed in 1...10 {
            let box = Box(seed: UInt64(seed))
            var random = Random(seed: UInt64(seed), stream: 5)
            var found: Int?
            for i in 0..<6000 where found == nil {
                if box.observe(random.normal() + (i < 5000 ? 0 : 1), random.normal()) != nil { found = i }
            }
            #expect(found.map { $0 >= 5000 } ?? false, "seed \(seed): \(String(describing: found))")
        }
    }
}

final class ADWINBox {
    var adwin: ADWIN
    private let arena: Arena

    init() {
        var counter = Carver()
        _ = ADWIN(&counter)
        arena = Arena(bytes: counter.carved)
        var carver = Carver(over: arena)
        adwin = ADWIN(&carver)
        adwin.reset()
    }
}
