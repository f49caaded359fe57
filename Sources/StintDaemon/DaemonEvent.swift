import StintStore
import StintWire

/// What the daemon itself did, beside what the learner says: one line on `event/KIND`.
///
/// The numbers of these events are the daemon's own, from 1 on since its start, and each says `"source":"daemon"`; the learner's are those
/// of its whole life. One counter for both would make the learner's differ from a replay's, in which there is no daemon. Either kind is
/// without gaps, so a reader that sees one has lost something.
enum DaemonEvent {
    /// The file was looked at again.
    case config(revision: Int, hash: String, refusal: String?)
    case checkpoint(Result<StateSlots.Written, StateError>)
    case overload(Overload.Report)
    /// A state of another config or version was taken over: what became of each head.
    case state(String)

    var kind: EventLine.Kind {
        switch self {
        case .config: .config
        case .checkpoint: .checkpoint
        case .overload: .overload
        case .state: .state
        }
    }

    /// - Parameters:
    ///   - time: of the daemon's clock, in seconds since the epoch.
    ///   - sequence: of the newest frame.
    func write(number: UInt64, at time: Double, sequence: UInt64, into out: inout ByteWriter) {
        out.beginObject()
        out.member("type", word: "event")
        out.member("t", time)
        out.member("event", word: kind.name)
        out.member("event_id", number)
        out.member("source", word: "daemon")
        out.member("seq", sequence)
        switch self {
        case .config(let revision, let hash, let refusal):
            out.member("ok", refusal == nil)
            out.member("revision", revision)
            out.member("hash", quoted: hash)
            if let refusal {
                out.member("reason", quoted: refusal)
            }
        case .checkpoint(.success(let written)):
            out.member("ok", true)
            out.member("slot", quoted: written.slot)
            out.member("bytes", written.bytes)
        case .checkpoint(.failure(let error)):
            out.member("ok", false)
            out.member("reason", quoted: "\(error)")
        case .overload(let report): report.write(into: &out)
        case .state(let heads):
            out.member("heads", quoted: heads)
        }
        out.endObject()
    }
}
