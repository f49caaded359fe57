import Foundation
import Stint
import StintConfig
import StintStore
import Testing

@testable import StintDaemon

/// A device without sockets: a config, a learner, clocks that stand still unless told, and what was said.
private final class Bench {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stint-checkpoints-\(UUID().uuidString.prefix(8))")
    let launch: Launch
    let learner: Learner
    var now: UInt64 = 1_000_000_000
    private(set) var said: [String] = []
    /// Errnos for the operations to come, by what they do.
    var fault: (Disk.Operation) -> Int32? = { _ in nil }

    init(every: String = "1 min") throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let config = folder.appendingPathComponent("c.toml")
        try """
        [input]
        connect = ["ipc:///tmp/none"]
        [[stream]]
        channels = ["a"]
        rate = "10 Hz"
        [[head]]
        name = "health"
        kind = "anomaly"
        [output]
        bind = "ipc:///tmp/none-out"
        [state]
        directory = "\(folder.path)/state"
        every = "\(every)"
        wear = 0

        """.write(to: config, atomically: true, encoding: .utf8)
        launch = try Launch(Arguments.Run(configPath: config.path))
        learner = Learner(launch.plan)
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var state: String { folder.path + "/state" }
    var surroundings: Surroundings {
        Surroundings(wallTime: { 1_700_000_000 }, monotonic: { self.now }, say: { self.said.append($0) })
    }

    func checkpoints() throws -> Checkpoints {
        let slots = StateSlots(folder: state, shape: launch.shape, disk: Disk(fault: { self.fault($0) }))
        return Checkpoints(launch, slots, try FolderLock(state))
    }

    /// What a later start would find.
    func resumes() -> Bool {
        var slots = StateSlots(folder: state, shape: launch.shape)
        return slots.load { file throws(StateError) in try file.restore(Learner(launch.plan)) }.header != nil
    }
}

@Suite struct CheckpointsTests {
    @Test("after failures the pauses double, up to the interval, and no further than a minute where that is shorter")
    func pauses() {
        let second: UInt64 = 1_000_000_000
        let quarter = (1...10).map { Checkpoints.pause(after: UInt64($0), 900 * second) / second }
        #expect(quarter == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
        #expect(Checkpoints.pause(after: 1, second / 2) == second / 2)
        #expect(Checkpoints.pause(after: 60, second / 2) == 60 * second)
    }

    @Test(
        "whatever step of writing fails, it is said once, counted, tried again sooner than the timer, and said when it is well",
        arguments: [Disk.Operation.create, .write, .sync, .rename, .syncFolder])
    func fails(operation: Disk.Operation) throws {
        let bench = try Bench()
        var checkpoints = try bench.checkpoints()
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
        bench.fault = { $0 == operation ? ENOSPC : nil }
        for _ in 0..<3 { #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == false) }
        #expect(bench.said.count == 1 && bench.said[0].contains("No space left"))
        let failures = checkpoints.failures, due = checkpoints.due, failing = checkpoints.failing
        #expect(failures == 3 && failing != nil)
        #expect(due == bench.now + 20_000_000_000)
        #expect(bench.resumes())
        bench.fault = { _ in nil }
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
        let after = checkpoints.failing, next = checkpoints.due
        #expect(after == nil && next == bench.now + 60_000_000_000)
        #expect(bench.said.count == 2 && bench.said[1].contains("again"))
    }

    @Test("where nothing of before is to be left, both slots are written anew, one that was under way does not count, and what was set aside goes with the last")
    func overwrites() throws {
        let bench = try Bench()
        var checkpoints = try bench.checkpoints()
        for _ in 0..<2 { #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true) }
        let aside = bench.state + "/b.state.bad"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: aside))
        checkpoints.begin(bench.learner, bench.surroundings)
        checkpoints.overwriteAll()
        _ = checkpoints.finish(bench.surroundings)
        var left: [Int] = []
        for round in 0..<3 {
            let owed = checkpoints.owed
            left.append(owed)
            guard owed > 0 else { break }
            let isDue = checkpoints.isDue(bench.learner, bench.now)
            #expect(isDue)
            // A disk that fails once owes as much as before.
            bench.fault = { round == 0 && $0 == .rename ? EIO : nil }
            checkpoints.begin(bench.learner, bench.surroundings)
            #expect(checkpoints.finish(bench.surroundings)?.isSuccess == (round > 0))
            bench.now += 60_000_000_000
        }
        let (owed, cleared) = (checkpoints.owed, checkpoints.cleared)
        #expect(left == [2, 2, 1] && owed == 0 && cleared == 1)
        #expect(!FileManager.default.fileExists(atPath: aside))
        let idle = checkpoints.isDue(bench.learner, bench.now)
        #expect(!idle)
    }

    @Test("where nothing was learned since the newest, the timer writes nothing; a label, a row, or a failure before is enough to write")
    func skips() throws {
        let bench = try Bench()
        var checkpoints = try bench.checkpoints()
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
        func frame() { _ = [Float(1)].withUnsafeBufferPointer { bench.learner.push(.frame(Frame(time: 1, sequence: nil, values: $0))) } }
        let early = checkpoints.isDue(bench.learner, bench.now)
        #expect(!early)
        for round in 1...3 {
            bench.now += 60_000_000_000
            let idle = checkpoints.isDue(bench.learner, bench.now), skipped = checkpoints.skipped
            #expect(!idle && skipped == UInt64(round))
        }
        // Paused, rows change nothing.
        bench.learner.push(.command(.learning(false)))
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
        frame()
        bench.now += 60_000_000_000
        let paused = checkpoints.isDue(bench.learner, bench.now)
        bench.learner.push(.command(.learning(true)))
        frame()
        bench.now += 60_000_000_000
        let learned = checkpoints.isDue(bench.learner, bench.now)
        #expect(!paused && learned)
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
        bench.fault = { _ in EIO }
        frame()
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == false)
        bench.now += 60_000_000_000
        let failed = checkpoints.isDue(bench.learner, bench.now)
        #expect(failed)
    }

    @Test("a folder that has vanished is made again, and locked again")
    func vanished() throws {
        let bench = try Bench()
        var checkpoints = try bench.checkpoints()
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
        try FileManager.default.removeItem(atPath: bench.state)
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == false)
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
        let isFree = try FolderLock(bench.state) != nil
        #expect(!isFree)
        #expect(bench.resumes())
    }

    @Test("a folder that another daemon has taken meanwhile is not written to")
    func taken() throws {
        let bench = try Bench()
        var checkpoints = try bench.checkpoints()
        try FileManager.default.removeItem(atPath: bench.state)
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == false)
        try FileManager.default.createDirectory(atPath: bench.state, withIntermediateDirectories: true)
        let other = try FolderLock(bench.state)
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == false)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.state).isEmpty)
        #expect(bench.said.last?.contains("another stintd") == true)
        _ = consume other
        #expect(checkpoints.write(bench.learner, bench.surroundings).isSuccess == true)
    }

    @Test("there is one at a time, and the state may go on changing while it is written")
    func beside() throws {
        let bench = try Bench()
        var checkpoints = try bench.checkpoints()
        let gate = DispatchSemaphore(value: 0)
        bench.fault = { operation in
            if operation == .sync { gate.wait() }
            return nil
        }
        checkpoints.begin(bench.learner, bench.surroundings)
        let isWriting = checkpoints.isWriting
        #expect(isWriting)
        for i in 0..<100 {
            _ = [Float(i)].withUnsafeBufferPointer { bench.learner.push(.frame(Frame(time: Double(i) / 10, sequence: nil, values: $0))) }
        }
        checkpoints.begin(bench.learner, bench.surroundings)
        gate.signal()
        #expect(checkpoints.finish(bench.surroundings)?.isSuccess == true)
        let count = checkpoints.written.count, none = checkpoints.finish(bench.surroundings) == nil
        #expect(count == 1 && none)
        var slots = StateSlots(folder: bench.state, shape: bench.launch.shape)
        let found = slots.load { file throws(StateError) in try file.restore(Learner(bench.launch.plan)) }
        #expect(found.header?.steps == 0)
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        if case .success = self { return true }
        return false
    }
}
