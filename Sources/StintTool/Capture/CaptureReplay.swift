import Stint
import StintConfig
import StintIntake
import StintWire

/// A capture through the learner, message by message, as the daemon does it with a file in place of the socket: frames of every form through
/// its decoder, a label where it stands.
extension LifeReplay {
    /// - Parameters:
    ///   - number: that of the file in lines; nil: learned from, neither written nor scored.
    ///   - burnIn: the first row that is scored.
    func run(
        _ capture: Capture, number: Int?, burnIn: Int, into sink: inout LineSink, writesLines: Bool, progress: (Int) -> Void = { _ in }
    ) throws(Failure) {
        var desk = LabelDesk(life.assembly, stream: capture.topic(of: life.assembly))
        let ports = life.assembly.streams.map(CapturePort.init), clock = life.assembly.clock, file = writesLines ? number : nil
        var reader = CaptureReader(capture.bytes), row = 0, labels = 0, known = 0
        while let message = try PlayedCapture.next(&reader, capture.name) {
            switch desk.topics.purpose(of: message.topic) {
            case nil: continue
            case .frame(let stream):
                _ = ports[stream].decoder.decode(message.payload, arrival: message.time, counts: &unreadable)
                while var frame = ports[stream].decoder.next() {
                    frame.stream = stream
                    guard stream == clock else {
                        try show(learner.push(.frame(frame)), file, into: &sink)
                        continue
                    }
                    takeTruths(capture, row, &known)
                    let isScored = number != nil && (options.isOneLife ? shownRows : row) >= burnIn
                    newestRow = WaitingSteps.Row(index: row, isShown: number != nil, isScored: isScored)
                    if let number { newestPlace = (row: row, file: number) }
                    rows += 1
                    let outcome = learner.push(.frame(frame))
                    if outcome == .held { waiting.add(newestRow, truths, newest) }
                    try show(outcome, file, into: &sink)
                    row += 1
                    if number != nil { shownRows += 1 }
                    if row % Self.progressRows == 0 { progress(row) }
                }
            case .label(let recipient):
                _ = desk.take(message.payload, for: recipient, learner)
                for entry in capture.truths.ofMessage(labels) {
                    if let exact = entry.exact { newest[entry.label].exact = exact }
                    if let category = entry.category { newest[entry.label].category = self.number(of: category, entry.label, capture) }
                }
                labels += 1
                try takeEvents(file != nil, into: &sink)
            }
        }
        try show(learner.push(.command(.flush)), file, into: &sink)
        for reason in DropReason.allCases { unreadable.count(reason, times: desk.refused[reason]) }
        countUnreadable()
    }

    /// What will have been said of this row, if anything: the first word on a label counts, as it does for the learner.
    private func takeTruths(_ capture: Capture, _ row: Int, _ known: inout Int) {
        for label in truths.indices { truths[label] = Truth() }
        let byRow = capture.truths.byRow, entries = capture.truths.entries
        while known < byRow.count, entries[byRow[known]].row! <= row {
            let entry = entries[byRow[known]]
            known += 1
            if wantsNumber[entry.label], truths[entry.label].exact == nil { truths[entry.label].exact = entry.exact }
            if wantsClass[entry.label], truths[entry.label].category == nil, let category = entry.category {
                truths[entry.label].category = number(of: category, entry.label, capture)
            }
        }
    }

    /// The number that figures know a class by.
    private func number(of category: Int, _ label: Int, _ capture: Capture) -> Int {
        capture.truths.names.withName(category) { classNames[label].intern($0) }
    }
}

/// The decoder of one stream; a class, since a decoder cannot lie in an array.
final class CapturePort {
    var decoder: FrameDecoder

    init(_ stream: Assembly.Stream) { decoder = FrameDecoder(channels: stream.channels, stream: stream.name) }
}
