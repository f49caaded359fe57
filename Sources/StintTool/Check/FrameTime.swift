import Stint

/// What a frame and its labels cost on this machine: an estimate, from the learner itself on random frames.
///
/// Counting operations would need a speed for each kind of them; the learner has them all in the right shares.
struct FrameTime {
    let microseconds: Double
    let frames: Int

    /// After this it says what it has.
    private static let mostSeconds = 1.0
    private static let measuredFrames = 500
    private static let classNames = 4

    static func measure(_ plan: Plan) -> FrameTime {
        let specification = plan.specification
        let learner = Learner(plan)
        var noise = Random(seed: 1)
        var values = [Float](repeating: 0, count: specification.channels)
        // The first fits, and what they leave to be learned again, are over by then.
        let warm = 2 * specification.encoder.warmUp + 64
        let start = processorSeconds()
        var from = start
        var frames = 0
        for row in 0..<(warm + measuredFrames) {
            if row == warm { (from, frames) = (processorSeconds(), 0) }
            for c in values.indices { values[c] = Float(noise.normal()) }
            push(values, Double(row) / specification.rateHz, learner, &noise)
            frames += 1
            if row % 16 == 15, processorSeconds() - start > mostSeconds { break }
        }
        return FrameTime(microseconds: (processorSeconds() - from) * 1e6 / Double(frames), frames: frames)
    }

    private static func push(_ values: [Float], _ time: Double, _ learner: Learner, _ noise: inout Random) {
        let specification = learner.plan.specification
        // Of several streams all at once, the clock's last: no less than what comes.
        values.withUnsafeBufferPointer { values in
            for stream in (0..<specification.streamCount).filter({ $0 != specification.clock }) + [specification.clock] {
                let start = specification.offset(ofStream: stream)
                let own = UnsafeBufferPointer(rebasing: values[start..<start + specification.stream(stream).channels])
                learner.push(.frame(Frame(time: time, sequence: nil, values: own, stream: stream)))
                while learner.next() != nil {}
            }
        }
        for head in specification.heads where head.forecast == nil {
            let moment = Label.Moment.sequence(learner.sequence)
            switch head.kind {
            case .regression(let targets):
                for label in targets {
                    learner.push(.label(Label(target: .label(label), moment: moment, value: .number(values[0] + Float(noise.normal())))))
                }
            case .classification(let label, let classes):
                let name = [UInt8(ascii: "a") + UInt8(noise.below(min(classes, classNames)))]
                name.withUnsafeBufferPointer {
                    _ = learner.push(.label(Label(target: .label(label), moment: moment, value: .category($0))))
                }
            case .anomaly: break
            }
        }
    }
}
