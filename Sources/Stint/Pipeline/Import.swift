extension Learner {
    /// Whether the encoder will never be fitted again: only then the latents of two learners can be compared.
    public var isEncoderFrozen: Bool { state.encoder.isFrozen }

    /// Goes on here with what was learned elsewhere: after a state of another device was restored, the stream, its clock and its gaps are
    /// those of an own snapshot from before, and rows of elsewhere that wait for labels are let go.
    ///
    /// - Parameter own: holds during the call; it must not lie in this learner.
    public func goOnHere(_ own: UnsafeRawBufferPointer) {
        let last = state.newestTime
        let isTaken = Archive.take("STRM", 0, version: StateVersion.stream, of: own, rings: nil, rows: state.keepsSamples ? .kept : .absent) { state.archiveStream(&$0) }
        precondition(isTaken, "an own snapshot has our sections")
        if !state.keepsSamples {
            state.alignment.letGo()
            state.waiting.reset()
        }
        // A ring further on no row of elsewhere is found.
        state.pending.goOn(from: state.pending.next + state.pending.capacity)
        // Nor can one be taken out by itself.
        for i in state.regression.indices { state.regression[i].segments.mix(until: last, from: state.firstTime) }
        for i in state.classification.indices { state.classification[i].segments.mix(until: last, from: state.firstTime) }
        state.encoder.cut()
        state.rowsInRecording = 0
        state.encoded = -1
        changes += 1
        mayHaveMore = true
    }
}
