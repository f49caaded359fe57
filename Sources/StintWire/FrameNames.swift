/// What frames of a capture are made of, where no config says it: the keys of their objects, in order of first appearance.
///
/// Only objects by name tell: `values`, packed frames and SenML packs do not, or not surely. A key is a channel if a number or null stands
/// under it. Times of the first hundred frames tell how often they come.
public struct FrameNames: ~Copyable {
    public private(set) var channels: [String] = []
    private var times: [Double] = []
    private var known: Set<String> = []
    private var scratch = ByteWriter(capacity: 256)

    public init() {}

    /// Seconds between two frames; nil when they say no times.
    public var spacing: Double? { CSVSurvey.median(stepsOf: times) }

    public mutating func look(at payload: UnsafeRawBufferPointer) {
        switch PayloadForm(payload) {
        case .packed: return
        case .json: if let text = JSONText(payload) { look(at: text.root) }
        case .cbor: if let item = CBORItem(payload) { look(at: item.root) }
        }
    }

    private mutating func look<Value: WireValue>(at value: Value) {
        guard value.form == .array else { return look(atFrame: value) }
        var elements = value.elements
        while let element = elements.next() { look(atFrame: element) }
    }

    private mutating func look<Value: WireValue>(atFrame object: Value) {
        guard object.form == .object else { return }
        var members = object.members
        while let (key, value) = members.next() {
            let name = String(decoding: key.name(in: &scratch), as: UTF8.self)
            switch name {
            // A pack of SenML.
            case "n" where value.form == .text, "bn" where value.form == .text: return
            case "t": if times.count < 100, let time = value.number, time.isFinite { times.append(time) }
            case "", "seq", "values": break
            default:
                guard value.form == .number || value.form == .null, !known.contains(name) else { continue }
                known.insert(name)
                channels.append(name)
            }
        }
    }
}
