/// Where no sample is kept (`MemorySpecification.Store.statistics`): a row is there for as long as something waits for it, and then wiped.
///
/// A row waits for the labels of heads that want one, at most until it is late (`pending` rows), unless it can teach nothing. With it stay the
/// rows that its latent is made of, which are the two before it, and the row of the newest label that it is compared with (`ChangeMemory`).
/// What such a row has taught can then be forgotten with its segment only. While an encoder or a head warms up, which is to learn its rows again under the next fit, all of the ring stays.
///
/// Cost: a look at some rows for each row and each label.
extension Learner {
    /// Rows that the sweep after a warm-up looks at, a row.
    private static let sweepSlice = 64

    /// A row is over: what is late now, and what only the present needed, goes.
    func letGoOfRows() {
        guard !state.keepsSamples else { return }
        if !state.hasForgottenWarmUp, state.encoder.isSettled {
            state.encoder.forgetWarmUp()
            state.hasForgottenWarmUp = true
        }
        guard !isWarmingUp else {
            state.swept = max(state.pending.oldest, 0)
            return
        }
        let late = state.pending.next - 1 - plan.specification.pending
        if late >= state.pending.oldest { letGo(around: late) }
        state.swept = max(state.swept, state.pending.oldest)
        // The newest two are the lags of the next.
        let end = min(state.swept + Self.sweepSlice, state.pending.next - Encoder.lagDepth)
        while state.swept < end {
            releaseIfUnwanted(state.swept)
            state.swept += 1
        }
    }

    /// The row waits no longer, or has one label less to wait for.
    func letGo(around serial: Int) {
        guard !state.keepsSamples, !isWarmingUp else { return }
        for row in max(serial - Encoder.lagDepth, state.pending.oldest)...serial { releaseIfUnwanted(row) }
        for i in state.regression.indices {
            let (start, former) = (state.regression[i].changes.start(of: serial), state.regression[i].changes.former)
            releaseIfUnwanted(start)
            releaseIfUnwanted(former)
        }
    }

    private func releaseIfUnwanted(_ serial: Int) {
        guard serial >= state.pending.oldest, serial < state.pending.next - Encoder.lagDepth, !isWanted(serial) else { return }
        let time = state.pending.time(serial)
        for i in state.regression.indices {
            state.regression[i].segments.leave(serial, at: time)
            state.regression[i].leave(after: serial, state.pending)
            state.regression[i].pendings.release(serial)
        }
        for i in state.classification.indices {
            state.classification[i].segments.leave(serial, at: time)
            state.classification[i].leave(after: serial, state.pending)
        }
        state.pending.release(serial)
    }

    /// Whether a row that is kept waits, or one that waits needs it.
    private func isWanted(_ serial: Int) -> Bool {
        for row in serial...(serial + Encoder.lagDepth) where waits(row) { return true }
        for i in state.regression.indices {
            if let user = state.regression[i].changes.newestUser(of: serial, next: state.pending.next), waits(user) { return true }
        }
        return false
    }

    private func waits(_ serial: Int) -> Bool {
        if serial >= state.pending.next { return true }
        guard serial >= state.pending.next - plan.specification.pending, state.pending.isLearnable(serial) else { return false }
        for i in state.regression.indices where !state.regression[i].pendings.isComplete(serial) { return true }
        for i in state.classification.indices where state.classification[i].pending.label(serial) < 0 { return true }
        return false
    }

    private var isWarmingUp: Bool {
        guard state.encoder.isSettled else { return true }
        let whole = max(state.pending.firstWhole, state.pending.oldest)
        for i in state.regression.indices where state.regression[i].isWarmingUp(firstWhole: whole) { return true }
        for i in state.classification.indices where state.classification[i].queue.isActive { return true }
        for i in state.anomaly.indices where state.anomaly[i].isRelearning { return true }
        return false
    }
}

extension RegressionHead {
    /// Whether labelled rows are to be learned again under another scale of the targets.
    fileprivate func isWarmingUp(firstWhole: Int) -> Bool {
        guard !queue.isActive else { return true }
        guard vectors > 0, fittedOn < Self.lastFit else { return false }
        return fittedOn == 0 || newestLabelled - firstWhole + 1 >= vectors
    }
}

extension LearnerState {
    /// After a state without rows: what it says of the present is of one that is not there. The stream goes on as behind a seam, a ring
    /// further on, so that a label of a former row finds none.
    mutating func beginPresent() {
        pending.goOn(from: pending.next + pending.capacity)
        alignment.letGo()
        waiting.reset()
        encoder.cut()
        rowsInRecording = 0
        encoded = -1
        for i in regression.indices { regression[i].forgetRows() }
        for i in classification.indices { classification[i].forgetRows() }
        twoSample?.letGo()
        swept = pending.next
    }
}

extension RegressionHead {
    fileprivate mutating func forgetRows() {
        pendings.forget()
        history.recallMeans()
        transaction.wipe()
    }
}

extension ClassificationHead {
    fileprivate mutating func forgetRows() {
        pending.forget()
        transaction.wipe()
    }
}
