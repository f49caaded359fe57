import CAllocationCount
import StintWire
import Testing

@testable import Stint

/// Counted calls of malloc and its kin, by this thread. Only with optimisation: without, arrays are copied that are not.
@Suite struct AllocationReleaseTests {
    @Test("the counter counts: an array that grows is seen")
    func counts() {
        let before = stint_allocation_calls()
        var grown: [Int] = []
        for i in 0..<1000 { grown.append(i) }
        #expect(grown.count == 1000 && stint_allocation_calls() > before)
    }

    @Test("a frame, its labels and its lines allocate nothing, before, during and after every fit", arguments: [0, 30], [LineForm.json, .cbor])
    func learner(delay: Int, form: LineForm) {
        let learner = Learner(Plan(.ofEachKind))
        var stream = TestStream()
        let rows = (0..<1500).map { _ in stream.next() }
        let names = rows.map { Array($0.name.utf8) }
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3)
        defer { values.deallocate() }
        let lines = LineWriter(
            heads: [
                LineWriter.Head(name: "y", kind: .regression(targets: ["a", "b"])), LineWriter.Head(name: "c", kind: .classification),
                LineWriter.Head(name: "h", kind: .anomaly),
            ], channels: ["p", "q", "r"], form: form)
        var writer = ByteWriter(capacity: 1 << 16)
        var calls: [Int] = []
        calls.reserveCapacity(rows.count)
        for i in rows.indices {
            for c in 0..<3 { values[c] = i % 97 == 5 ? .nan : rows[i].x[c] }
            let before = stint_allocation_calls()
            learner.push(.frame(Frame(time: Double(i) / 10, sequence: UInt64(i), values: UnsafeBufferPointer(values))))
            writer.clear()
            for head in 0..<3 {
                let prediction = learner.prediction(of: head)
                if case .classification(let said) = prediction {
                    let table = learner.classes(of: head).names
                    let spoken = UnsafeBufferPointer(rebasing: table.ranges.prefix(said.probability.count))
                    lines.write(
                        prediction, head: head, at: LineStamp(time: learner.time, sequence: learner.sequence),
                        classes: ClassNames(bytes: table.bytes, ranges: spoken), revision: 0, into: &writer)
                } else {
                    lines.write(
                        prediction, head: head, at: LineStamp(time: learner.time, sequence: learner.sequence), revision: 0, into: &writer)
                }
            }
            let due = i - delay
            if due >= 0 {
                learner.push(.label(Label(target: .label(0), moment: .sequence(UInt64(due)), value: .number(rows[due].y))))
                learner.push(.label(Label(target: .label(1), moment: .sequence(UInt64(due)), value: .number(rows[due].z))))
                names[due].withUnsafeBufferPointer {
                    _ = learner.push(.label(Label(target: .label(2), moment: .sequence(UInt64(due)), value: .category($0))))
                }
            }
            calls.append(stint_allocation_calls() - before)
        }
        // At its first use Swift's run time makes what it knows of a type, once in a process.
        #expect(calls.dropFirst().allSatisfy { $0 == 0 }, "rows that allocated: \(calls.indices.filter { calls[$0] != 0 }.prefix(5))")
    }

    @Test("a snapshot is written without allocating, too")
    func snapshot() {
        let session = Session(.ofEachKind)
        var stream = TestStream()
        for _ in 0..<600 { session.row(stream.next()) }
        // The checksums' table is made once in a process.
        _ = session.learner.snapshot()
        let before = stint_allocation_calls()
        let bytes = session.learner.snapshot()
        #expect(stint_allocation_calls() == before && bytes.count == session.learner.plan.snapshotBytes)
    }
}
