import Stint
import StintIntake

/// The learner of the config before, that lives on beside the new one while that is on probation: it sees the same frames and labels, and
/// says nothing. So the two can be compared on the same rows, and the way back loses nothing: it is as if the push had never been.
final class Shadow {
    let launch: Launch
    let learner: Learner
    var labels: LabelDesk

    init(_ launch: Launch, _ learner: Learner, _ labels: consuming LabelDesk) {
        self.launch = launch
        self.learner = learner
        self.labels = labels
    }

    func push(_ event: Event) {
        learner.push(event)
        while learner.next() != nil {}
    }

    /// A label as it came, to the heads that there were.
    func take(_ topic: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer) {
        guard case .label(let recipient)? = labels.topics.purpose(of: topic) else { return }
        _ = labels.take(payload, for: recipient, learner)
        while learner.next() != nil {}
    }
}
