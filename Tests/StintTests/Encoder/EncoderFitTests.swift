import Foundation
import Testing

@testable import Stint

/// A calibration that was fitted, and learners that have it.
@Suite struct EncoderFitTests {
    /// Of `ofEachKind`, on rows of one test stream.
    private static func fit(_ specification: Specification, rows: Int = 2000, offset: Float = 0, seed: UInt64 = 21) -> EncoderCalibration {
        let fit = EncoderFit(specification)
        for pass in 0..<2 where pass == 0 || fit.turn() {
            fit.begin()
            var stream = TestStream(seed: seed, offset: offset)
            for _ in 0..<rows { stream.next().x.withUnsafeBufferPointer { fit.take($0) } }
        }
        return fit.calibration
    }

    private static func specification(stats: Bool) -> Specification {
        var specification = Specification.ofEachKind
        specification.encoder.stats = stats
        specification.window = .init(length: 16, every: stats ? 4 : 1)
        return specification
    }

    @Test("centres and scales are mean and deviation of the rows, also at an offset of 1e6", arguments: [Float(0), 1_048_576])
    func moments(offset: Float) {
        let calibration = Self.fit(Self.specification(stats: false), offset: offset)
        var stream = TestStream(seed: 21, offset: offset)
        var moments = [Moments](repeating: Moments(), count: 3)
        for _ in 0..<2000 {
            let row = stream.next().x
            for c in 0..<3 { moments[c].add(Double(row[c])) }
        }
        for c in 0..<3 {
            #expect(calibration.centers[c] == Float(moments[c].mean))
            #expect(abs(calibration.scales[c] / Float(moments[c].deviation) - 1) < 1e-6)
        }
    }

    @Test("a learner that is fitted on the same rows comes to the same statistics' scaling, to what float32 leaves of it")
    func agreesWithWarmUp() {
        let specification = Self.specification(stats: true)
        let rows = 16 + 4 * (specification.encoder.warmUp - 1)
        let calibration = Self.fit(specification, rows: rows, seed: 5)
        let session = Session(specification)
        var stream = TestStream(seed: 5)
        for _ in 0..<(rows + 1) { session.frame(stream.next().x) }
        let own = Encoded(session.learner)
        let shared = EncoderCalibration(centers: own.centers, scales: own.scales, bandwidth: 1, statistics: nil)
        #expect(own.isFrozen)
        for c in 0..<3 {
            #expect(abs(shared.centers[c] - calibration.centers[c]) < 1e-5 * calibration.scales[c] + 1e-6)
            #expect(abs(shared.scales[c] / calibration.scales[c] - 1) < 1e-5)
        }
    }

    @Test("two devices with other data and one calibration have one encoder from the first row on; without it each has its own", arguments: [false, true])
    func fleet(stats: Bool) {
        func described(_ specification: Specification, seed: UInt64, rows: Int) -> [UInt8] {
            let session = Session(specification)
            var stream = TestStream(seed: seed, offset: Float(seed))
            for i in 0..<rows {
                var row = stream.next()
                // A channel that is new to the calibration changes nothing either.
                if i < 900 { row.x[2] = 0 }
                session.row(row)
            }
            var bytes: [UInt8] = []
            session.learner.describeEncoder { bytes += $0 }
            return bytes
        }
        var specification = Self.specification(stats: stats)
        let alone = described(specification, seed: 1, rows: 4000)
        #expect(alone != described(specification, seed: 2, rows: 4000))
        specification.calibration = Self.fit(specification)
        let shared = described(specification, seed: 1, rows: 4000)
        #expect(shared == described(specification, seed: 2, rows: 4000))
        #expect(shared == described(specification, seed: 3, rows: 0))
        #expect(shared != alone)
        specification.calibration!.scales[1] *= 2
        #expect(shared != described(specification, seed: 1, rows: 4000))
    }

    @Test("with a calibration the memories speak before the first fit that a device makes for itself")
    func readySooner() {
        func novelty(_ specification: Specification) -> Float {
            let session = Session(specification)
            var stream = TestStream()
            for _ in 0..<60 { session.row(stream.next()) }
            return session.regression().novelty
        }
        var specification = Self.specification(stats: false)
        #expect(novelty(specification) == 1)
        specification.calibration = Self.fit(specification)
        #expect(novelty(specification) < 1)
    }

    @Test("a snapshot of a learner with a calibration goes on bit by bit", arguments: [3, 40, 900], [false, true])
    func snapshot(rows: Int, stats: Bool) throws {
        var specification = Self.specification(stats: stats)
        specification.calibration = Self.fit(specification)
        let whole = Session(specification)
        var stream = TestStream()
        for _ in 0..<rows { whole.row(stream.next()) }
        let bytes = whole.snapshot
        let resumed = Session(specification)
        try bytes.withUnsafeBytes { raw in try resumed.learner.restore(raw) }
        let before = whole.said.count
        for _ in 0..<200 {
            let row = stream.next()
            whole.row(row)
            resumed.row(row)
        }
        #expect(Array(whole.said[before...]) == resumed.said)
        #expect(whole.snapshot == resumed.snapshot)
    }

    @Test("how scores are distributed is known after enough episodes, and is what the next device begins with")
    func scores() throws {
        func run(_ specification: Specification, rows: Int, seed: UInt64) -> Session {
            let session = Session(specification)
            var stream = TestStream(seed: seed)
            for _ in 0..<rows { session.frame(stream.next().x) }
            return session
        }
        var specification = Self.specification(stats: false)
        #expect(run(specification, rows: 300, seed: 1).learner.scores(of: 2) == nil)
        let known = try #require(run(specification, rows: 12_000, seed: 1).learner.scores(of: 2))
        #expect(known.tails.allSatisfy { $0.gap >= 1 && $0.excess > 0 && $0.gap.isFinite && $0.excess.isFinite })
        let alone = run(specification, rows: 1500, seed: 2)
        specification.heads[2].scores = known
        let told = run(specification, rows: 1500, seed: 2)
        #expect(told.said != alone.said)
        // It knows by itself after as many episodes as another, and has not forgotten what it was told before that.
        #expect(told.learner.scores(of: 0) == nil)
        var tail = PeakTail(meanExcess: 2, meanGap: 50)
        #expect(tail.rows(4, atLeast: 20) == 50 * exp(2))
        tail.observe(1)
        tail.reset()
        #expect(tail.rows(4, atLeast: 20) == 50 * exp(2))
    }

    /// Centres and scales out of what describes an encoder: nine words, then C float64, then C float32.
    private struct Encoded {
        var centers: [Float] = []
        var scales: [Float] = []
        var isFrozen = false

        init(_ learner: Learner) {
            var bytes: [UInt8] = []
            learner.describeEncoder { bytes += $0 }
            bytes.withUnsafeBytes { raw in
                isFrozen = raw.loadUnaligned(fromByteOffset: 64, as: UInt64.self) == 1
                centers = (0..<3).map { Float(raw.loadUnaligned(fromByteOffset: 72 + 8 * $0, as: Double.self)) }
                scales = (0..<3).map { 1 / raw.loadUnaligned(fromByteOffset: 96 + 4 * $0, as: Float.self) }
            }
        }
    }
}
