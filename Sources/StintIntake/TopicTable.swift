import Stint
import StintConfig
import StintWire

/// The topics that are taken, and what a message to each of them is for. Subscriptions go by prefix; this is exact.
package struct TopicTable: ~Copyable {
    package enum Purpose {
        /// An index into the streams.
        case frame(Int)
        /// An index into `recipients`.
        case label(Int)
    }

    /// Whom a label of some name is for.
    package struct Recipient {
        /// An index into `Specification.labels`.
        package var label: Int?
        package var wantsNumber = false
        package var wantsCategory = false
        /// The head of this name, if it takes whole vectors or verdicts.
        package var head: Int?
    }

    private let topics: NameTable
    private let labels: NameTable
    package let recipients: [Recipient]
    private let streams: Int
    /// What to subscribe to.
    package let subscriptions: [String]

    /// - Parameter stream: the topic of frames of the only stream, where it is not its name.
    package init(_ assembly: Assembly, stream: String? = nil) {
        var names: [String] = [], recipients: [Recipient] = []
        for (index, name) in assembly.labelNames.enumerated() {
            let heads = assembly.heads.filter { $0.labels.contains(name) }
            names.append(name)
            recipients.append(
                Recipient(
                    label: index, wantsNumber: heads.contains { $0.kind == "regression" },
                    wantsCategory: heads.contains { $0.kind == "classification" }))
        }
        for (index, head) in assembly.heads.enumerated() {
            guard head.kind == "anomaly" || (head.kind == "regression" && head.labels.count > 1) else { continue }
            if let known = names.firstIndex(of: head.name) {
                recipients[known].head = index
            } else {
                names.append(head.name)
                recipients.append(Recipient(head: index))
            }
        }
        self.recipients = recipients
        streams = assembly.streams.count
        let streamNames = (streams == 1 ? stream.map { [$0] } : nil) ?? assembly.streams.map(\.name)
        subscriptions = streamNames + names.map { "label/" + $0 }
        topics = NameTable(subscriptions)
        labels = NameTable(names)
    }

    /// nil for a topic that nobody has.
    package func purpose(of topic: UnsafeRawBufferPointer) -> Purpose? {
        guard let index = topics.index(of: topic, expected: 0) else { return nil }
        return index < streams ? .frame(index) : .label(index - streams)
    }

    /// The recipient of labels of this name, without `label/`.
    package func recipient(of name: UnsafeRawBufferPointer) -> Int? { labels.index(of: name) }
}
