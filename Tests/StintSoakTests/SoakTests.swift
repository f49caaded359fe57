import Foundation
import StintSimulation
import Testing

@testable import StintSoak

/// A short life; ten years of 10⁷ frames are `make soak`.
@Suite struct SoakTests {
    private func soak(frames: Int, restarts: Int) throws -> SoakReport {
        let folder = NSTemporaryDirectory() + "stint-soak-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try Soak(frames: frames, restarts: restarts, folder: folder, seed: 1).run(clock: { 0 }, resident: { 0 })
    }

    @Test("a life with faults, drifts and restarts allocates nothing, gets no worse, and its state fits the plan")
    func short() throws {
        let report = try soak(frames: 40_000, restarts: 4)
        #expect(report.failures.isEmpty)
        #expect(report.tenths.count == 10 && report.tenths.reduce(0) { $0 + $1.restarts } == 4)
        #expect(report.tenths.contains { $0.faultyRows > 0 } && report.stateBytes > 0)
        // It does learn, with payloads that nothing shows: well below the best constants.
        #expect(report.tenths[9].error < 0.6 * report.tenths[9].spread)
        #expect((0.87...0.93).contains(report.tenths[9].coverage))
    }

    @Test("one who has lived nine tenths of it is no worse in the last than one who is born then, up to a twentieth")
    func newborn() throws {
        let folder = NSTemporaryDirectory() + "stint-soak-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let soak = try Soak(frames: 40_000, restarts: 4, folder: folder, seed: 1)
        let old = try soak.run(clock: { 0 }, resident: { 0 }), new = try soak.run(born: 36_000, clock: { 0 }, resident: { 0 })
        #expect(new.tenths.count == 1 && new.tenths[0].rows == old.tenths[9].rows)
        #expect(old.tenths[9].error < 1.05 * new.tenths[0].error)
    }

    @Test("restarts change no prediction, bit by bit")
    func restarts() throws {
        let one = try soak(frames: 6000, restarts: 1), many = try soak(frames: 6000, restarts: 5)
        #expect(one.digest == many.digest && one.digest != SoakDigest())
    }

    @Test("a report that is not one to be proud of says why")
    func failures() {
        var report = SoakReport(planBytes: 10)
        #expect(!report.failures.isEmpty)
        report.stateBytes = 11
        for k in 0..<10 {
            var tenth = SoakTenth()
            tenth.allocations = k == 3 ? 1 : 0
            tenth.residentBytes = k == 9 ? 2 << 20 : 0
            report.tenths.append(tenth)
        }
        // No rows: no ratio, and that is no pass.
        #expect(report.failures.count == 4)
    }
}
