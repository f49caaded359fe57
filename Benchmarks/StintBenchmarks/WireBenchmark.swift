@testable import Stint
import StintWire

/// Bytes in, bytes out: what a frame, a label and a line cost on their way.
func benchmarkWire() {
    print("\nwire, ns a call (least of 7)")
    let channels = (0..<6).map { "c\($0)" }
    var decoder = FrameDecoder(channels: channels)
    var labels = LabelDecoder()
    var counts = DropCounts()
    let keyed = Array(#"{"t":1000000.015625,"seq":1000001,"c0":0.8414,"c1":-0.4161,"c2":0.1411,"c3":0.9093,"c4":-0.7568,"c5":0.2794}"#.utf8)
    let label = Array(#"{"seq":1000001,"value":0.5403}"#.utf8)
    keyed.withUnsafeBytes { bytes in
        print("  frame of 6 keyed channels, JSON:", padded(nanoseconds(20000) {
            _ = decoder.decode(bytes, arrival: 0, counts: &counts)
            _ = decoder.next()
        }, 0))
    }
    label.withUnsafeBytes { bytes in
        print("  label, JSON:", padded(nanoseconds(20000) { _ = labels.decode(bytes, counts: &counts) }, 0))
    }
    let learner = Learner(Plan(Specification(channels: 6, rateHz: 100, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])))
    let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
    var random = Random(seed: 1)
    for step in 0..<200 {
        for c in 0..<6 { values[c] = Float(random.normal()) }
        learner.push(.frame(Frame(time: Double(step), sequence: nil, values: UnsafeBufferPointer(values))))
        learner.push(.label(Label(target: .label(0), moment: .sequence(learner.sequence), value: .number(values[0]))))
    }
    var writer = ByteWriter(capacity: 4096)
    let lines = LineWriter(heads: [LineWriter.Head(name: "y", kind: .regression(targets: ["load"]))], channels: channels)
    let said = learner.prediction(of: 0)
    print("  prediction line, one target:", padded(nanoseconds(20000) {
        writer.clear()
        lines.write(said, head: 0, at: LineStamp(time: 1_000_000.015625, sequence: 7), revision: 0, into: &writer)
    }, 0))
    values.deallocate()
}
