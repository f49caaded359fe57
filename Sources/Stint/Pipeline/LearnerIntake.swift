/// How frames become steps: put in order within their stream, joined on the clock, and one step at a time.
extension Learner {
    /// The next step that the newest event has made due, or what a label that waited for its frame has brought; nil when there is
    /// nothing more. Ask after every frame and after `flush`; with one stream and frames in order the answer is nil at once.
    ///
    /// ```swift
    /// var outcome: Outcome? = learner.push(.frame(frame))
    /// while let said = outcome {
    ///     if said == .predicted { … }
    ///     outcome = learner.next()
    /// }
    /// ```
    public func next() -> Outcome? {
        guard mayHaveMore else { return nil }
        events.removeAll(keepingCapacity: true)
        deliverWaiting()
        while let (frame, lost) = state.alignment.release() {
            noteGap(frame.stream, lost)
            switch enter(frame) {
            case .taken: return .taken
            case .predicted: return .predicted
            default: break
            }
        }
        if let frame = state.alignment.nextStep() { return step(frame) }
        mayHaveMore = state.alignment.holdsAnything || state.waiting.count > 0
        return events.isEmpty ? nil : .done
    }

    func take(_ frame: Frame) -> Outcome {
        precondition(frame.values.count == state.alignment.channels(of: frame.stream), "offered a frame of another width than its stream's")
        // Whoever does not ask for what is due forgoes its predictions, not its order.
        if mayHaveMore { drain() }
        guard let sequence = frame.sequence else { return enter(frame) }
        switch state.alignment.admit(frame, sequence) {
        case .due(let lost):
            noteGap(frame.stream, lost)
            mayHaveMore = state.alignment.holdsAnything || state.waiting.count > 0
            return enter(frame)
        case .held:
            mayHaveMore = true
            return .held
        case .refused(let reason):
            dropped.count(reason)
            return .refused(reason)
        }
    }

    func drain() { while next() != nil {} }

    /// A frame whose turn it is in its own stream.
    private func enter(_ frame: Frame) -> Outcome {
        switch state.alignment.take(frame, number: state.steps + UInt64(state.alignment.waiting)) {
        case .step: return step(frame)
        case .held:
            mayHaveMore = mayHaveMore || state.alignment.holdsAnything
            return .held
        case .late:
            dropped.count(.late)
            return .refused(.late)
        }
    }

    /// The row of a step of several streams; returns how many channels are held. A sensor of another stream is watched as it is
    /// sampled: a channel that repeats itself by habit is not stuck for it.
    func join(_ frame: Frame, at time: Double, after before: Double) -> Int {
        let own = state.alignment.clockOffset
        var held = state.gaps.fill(frame.values, into: state.row + own)
        held += state.alignment.sample(at: time, after: before, into: state.row, isNew: state.isNew)
        let channels = plan.specification.channels
        state.measured.update(from: state.row, count: channels)
        for c in frame.values.indices { state.measured[own + c] = frame.values[c] }
        watchSensors(UnsafeBufferPointer(start: state.measured, count: channels))
        return held
    }

    private func noteGap(_ stream: Int, _ lost: Int) {
        if lost > 0 { note(.gap, head: nil, stream: stream, count: lost) }
    }

    /// The number that the next frame of the clock's stream has if it brings none.
    public var upcomingSequence: UInt64 { state.steps + UInt64(state.alignment.waiting) }

    /// Numbers of a stream's frames that never came.
    public func lost(ofStream stream: Int) -> UInt64 { state.alignment.lost(stream) }

    /// Whether frames wait for what may not come; `flush` ends that.
    public var isWaiting: Bool { mayHaveMore && state.alignment.holdsAnything }

    // MARK: Labels that wait

    /// Keeps a label whose frame is still to be a step; nil when it is none.
    func keep(_ label: Label) -> Outcome? {
        guard mayHaveMore, state.alignment.holds(label.moment) else { return nil }
        return state.waiting.put(label) ? .matched(learned: 0) : .refused(.labelLate)
    }

    private func deliverWaiting() {
        var i = 0
        while i < state.waiting.count {
            let label = state.waiting.label(i)
            if state.alignment.holds(label.moment) {
                i += 1
                continue
            }
            if case .refused(let reason) = settle(label) { dropped.count(reason) }
            state.waiting.remove(i)
        }
    }
}
