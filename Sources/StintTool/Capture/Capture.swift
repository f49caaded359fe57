import Stint
import StintConfig
import StintIntake
import StintWire

/// A capture that was looked through once: its streams, its labels, and what their messages have.
///
/// Which frame a label is about shows only when a config is met; then `meet` goes through it once more, and a frame can be scored when it
/// is predicted, as a row of a table. Memory: the labels, never the frames.
final class Capture {
    let name: String
    let bytes: UnsafeRawBufferPointer
    /// Topics of frames, in order of first appearance.
    let streams: [String]
    /// As far as frames name them.
    let channels: [String]
    let labels: [CSVSurvey.LabelColumn]
    /// Seconds between two frames; nil when they say no times.
    let spacing: Double?
    let isTorn: Bool
    /// Frames, for the config that was met last.
    private(set) var frames = 0
    private(set) var truths = CaptureTruths()
    private let file: MappedFile

    /// Topics of what a daemon says, which a capture of everything may have, too.
    private static let said = ["prediction/", "event/", "status"]

    init(_ name: String, _ file: MappedFile) throws(Failure) {
        var reader = CaptureReader(file.bytes), names = FrameNames(), decoder = LabelDecoder(), counts = DropCounts()
        var streams: [String] = [], labels: [CSVSurvey.LabelColumn] = []
        while let message = try PlayedCapture.next(&reader, name) {
            let topic = String(decoding: message.topic, as: UTF8.self)
            if Self.said.contains(where: topic.hasPrefix) { continue }
            guard topic.hasPrefix("label/") else {
                if !streams.contains(topic) { streams.append(topic) }
                names.look(at: message.payload)
                continue
            }
            let label = String(topic.dropFirst(6))
            let place = labels.firstIndex { $0.name == label } ?? labels.count
            if place == labels.count { labels.append(.init(name: label, kind: .empty)) }
            guard let said = decoder.decode(message.payload, counts: &counts) else { continue }
            var kind = CSVSurvey.LabelKind.numeric
            if case .category = said.value { kind = .text }
            labels[place].kind = labels[place].kind == .empty || labels[place].kind == kind ? kind : .mixed
        }
        self.name = name
        self.file = file
        bytes = file.bytes
        isTorn = reader.isTorn
        channels = names.channels
        spacing = names.spacing
        self.streams = streams
        self.labels = labels
    }

    /// The topic that is an assembly's stream: its name, or the only one there is if the config does not name one.
    func topic(of assembly: Assembly) -> String {
        assembly.streams.count == 1 && assembly.streamName == "input" && streams.count == 1 ? streams[0] : assembly.streamName
    }

    /// Finds out how many frames there are and which labels are about which.
    func meet(_ assembly: Assembly) throws(Failure) {
        let topics = TopicTable(assembly, stream: topic(of: assembly))
        var truths = CaptureTruths(), frames = RecentFrames(capacity: max(assembly.specification.pending, 1))
        let ports = assembly.streams.map(CapturePort.init), topic = self.topic(of: assembly)
        var labels = LabelDecoder(targets: assembly.heads.map(\.targetNames.count).max() ?? 1, stream: topic), counts = DropCounts()
        var reader = CaptureReader(bytes)
        let tolerance = assembly.specification.tolerance ?? 1 / assembly.specification.rateHz
        while let message = try PlayedCapture.next(&reader, name) {
            switch topics.purpose(of: message.topic) {
            case nil: continue
            case .frame(let stream):
                // Steps are the clock's frames.
                guard stream == assembly.clock else { continue }
                _ = ports[stream].decoder.decode(message.payload, arrival: message.time, counts: &counts)
                while let frame = ports[stream].decoder.next() { frames.add(sequence: frame.sequence, time: frame.time) }
            case .label(let index):
                guard let said = labels.decode(message.payload, counts: &counts) else {
                    truths.addNothing()
                    continue
                }
                let row =
                    switch said.moment {
                    case .sequence(let number): frames.row(sequence: number)
                    case .time(let time): frames.row(time: time, tolerance: tolerance)
                    }
                truths.add(said, targets: topics.targets(of: index, assembly), row: row)
            }
        }
        truths.sort()
        self.frames = frames.count
        self.truths = truths
    }
}

extension TopicTable {
    /// The labels that a message to a recipient says something of, in order.
    fileprivate func targets(of index: Int, _ assembly: Assembly) -> (one: Int?, all: [Int]) {
        let recipient = recipients[index]
        let all = recipient.head.map { head in assembly.heads[head].labels.compactMap { name in assembly.labelNames.firstIndex(of: name) } } ?? []
        return (recipient.label, all)
    }
}

/// What the labels of a capture say, in order of their messages, and by the frames that they are about.
struct CaptureTruths {
    struct Entry {
        /// nil: of no frame that is kept.
        var row: Int?
        var label: Int
        var exact: Double?
        /// A number in `names`.
        var category: Int?
    }

    private(set) var entries: [Entry] = []
    private(set) var names = GrowingNames()
    /// Where the entries of each message end.
    private var ends: [Int] = []
    /// Entries with a row, by row; of one row, in order of coming.
    private(set) var byRow: [Int] = []

    /// A message that was refused.
    mutating func addNothing() { ends.append(entries.count) }

    mutating func add(_ said: LabelMessage, targets: (one: Int?, all: [Int]), row: Int?) {
        switch said.value {
        case .number:
            if let label = targets.one {
                let exact = NumberText.json(UnsafeRawBufferPointer(said.text))
                entries.append(Entry(row: row, label: label, exact: exact, category: names.intern(said.text)))
            }
        case .category(let name):
            if let label = targets.one { entries.append(Entry(row: row, label: label, exact: nil, category: names.intern(name))) }
        case .vector(let values):
            if values.count == targets.all.count {
                for (label, value) in zip(targets.all, values) { entries.append(Entry(row: row, label: label, exact: Double(value), category: nil)) }
            }
        }
        ends.append(entries.count)
    }

    mutating func sort() {
        byRow = entries.indices.filter { entries[$0].row != nil }
        byRow.sort { (entries[$0].row!, $0) < (entries[$1].row!, $1) }
    }

    /// What the nth label message of the capture says.
    func ofMessage(_ n: Int) -> ArraySlice<Entry> { n < ends.count ? entries[(n == 0 ? 0 : ends[n - 1])..<ends[n]] : [] }
}

/// The newest frames by number and time, as many as there are latents that wait for labels.
private struct RecentFrames {
    private(set) var count = 0
    private var sequences: [UInt64]
    private var times: [Double]

    init(capacity: Int) {
        sequences = [UInt64](repeating: 0, count: capacity)
        times = [Double](repeating: 0, count: capacity)
    }

    mutating func add(sequence: UInt64?, time: Double) {
        sequences[count % sequences.count] = sequence ?? UInt64(count)
        times[count % times.count] = time
        count += 1
    }

    func row(sequence: UInt64) -> Int? {
        for row in stride(from: count - 1, through: max(0, count - sequences.count), by: -1) where sequences[row % sequences.count] == sequence { return row }
        return nil
    }

    func row(time: Double, tolerance: Double) -> Int? {
        for row in stride(from: count - 1, through: max(0, count - times.count), by: -1) where times[row % times.count] <= time {
            return time - times[row % times.count] <= tolerance ? row : nil
        }
        return nil
    }
}
