import Stint
import StintConfig
import StintWire

/// Labels from messages and from requests to the learner, one count for each that is refused.
package struct LabelDesk: ~Copyable {
    package let topics: TopicTable
    private var decoder: LabelDecoder
    /// For each label, the heads that learn from it.
    private let learners: [[Int]]
    /// For each head, the labels that it learned.
    package private(set) var learned: [UInt64]
    /// What the decoder refused; what the learner refuses it counts itself.
    package private(set) var refused = DropCounts()

    /// - Parameter stream: the topic of frames, where it is not the stream's name.
    package init(_ assembly: Assembly, stream: String? = nil) {
        topics = TopicTable(assembly, stream: stream)
        decoder = LabelDecoder(targets: assembly.heads.map(\.targetNames.count).max() ?? 1, stream: stream ?? assembly.streamName)
        learners = assembly.labelNames.map { name in assembly.heads.indices.filter { assembly.heads[$0].labels.contains(name) } }
        learned = assembly.heads.map { _ in 0 }
    }

    /// - Returns: what became of it; the reason when it was refused by anyone.
    package mutating func take(_ payload: UnsafeRawBufferPointer, for recipient: Int, _ learner: Learner) -> Outcome {
        guard let message = decoder.decode(payload, counts: &refused) else { return .refused(.malformed) }
        return deliver(message, recipient, learner)
    }

    /// The same from the parameters of a request; nil when they are no label.
    package mutating func take(_ object: JSONValue, for recipient: Int, _ learner: Learner) -> Outcome? {
        guard let message = decoder.decode(object, counts: &refused) else { return nil }
        return deliver(message, recipient, learner)
    }

    private mutating func deliver(_ message: LabelMessage, _ index: Int, _ learner: Learner) -> Outcome {
        let recipient = topics.recipients[index]
        var outcome = Outcome.refused(.labelInvalid)
        if let label = recipient.label, !isForHead(message, recipient) {
            // As in a replay: the number first, then the class. A label that is late is late for both, and counts once.
            if case .number = message.value, recipient.wantsNumber {
                outcome = push(.label(label), message.moment, message.value, learner)
                if case .refused = outcome { return outcome }
            }
            if recipient.wantsCategory {
                outcome = push(.label(label), message.moment, category(message), learner)
            } else if !recipient.wantsNumber || !message.value.isNumber {
                outcome = push(.label(label), message.moment, message.value, learner)
            }
        } else if let head = recipient.head {
            outcome = push(.head(head), message.moment, message.value, learner)
        }
        return outcome
    }

    /// A whole vector is for the head of that name, even if there is a label of that name too.
    private func isForHead(_ message: LabelMessage, _ recipient: TopicTable.Recipient) -> Bool {
        if case .vector = message.value { return recipient.head != nil }
        return false
    }

    /// A class head takes a number as the text that it is written with.
    private func category(_ message: LabelMessage) -> Label.Value {
        if case .number = message.value { return .category(message.text) }
        return message.value
    }

    private mutating func push(_ target: Label.Target, _ moment: Label.Moment, _ value: Label.Value, _ learner: Learner) -> Outcome {
        let outcome = learner.push(.label(Label(target: target, moment: moment, value: value)))
        guard case .matched(let count) = outcome, count > 0 else { return outcome }
        switch target {
        case .label(let index): for head in learners[index] { learned[head] += 1 }
        case .head(let head): learned[head] += 1
        }
        return outcome
    }
}

extension Label.Value {
    fileprivate var isNumber: Bool {
        if case .number = self { return true }
        return false
    }
}
