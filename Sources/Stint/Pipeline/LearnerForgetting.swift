/// What an operator wants forgotten is gone when the order has been obeyed: from heads, ring, reservoir and working room. The copy that
/// checkpoints are written from is overwritten by the next snapshot.
extension Learner {
    /// Before a row is opened: one of an earlier row's loses its place in the ring.
    func letGo() {
        let serial = state.pending.next - state.pending.capacity + Encoder.lagDepth
        guard serial >= 0, !state.pending.isWiped(serial) else { return }
        let time = state.pending.time(serial)
        for i in state.regression.indices { state.regression[i].segments.leave(serial, at: time) }
        for i in state.classification.indices { state.classification[i].segments.leave(serial, at: time) }
    }

    /// A mark where it is time for one.
    func layMarks() {
        for i in state.regression.indices where state.regression[i].segments.isDue && state.regression[i].isSettled {
            state.regression[i].segments.lay(state.regression[i].memories)
        }
        for i in state.classification.indices where state.classification[i].segments.isDue && state.classification[i].isSettled {
            state.classification[i].segments.lay(state.classification[i].memories)
        }
    }

    func forget(_ what: Forgetting) -> Forgotten {
        switch what {
        case .times(let times): forget(times)
        case .label(let label): forget(label: label)
        case .category(let label, let id): forget(label: label, category: id)
        }
    }

    // MARK: Times

    private func forget(_ times: ClosedRange<Double>) -> Forgotten {
        guard times.lowerBound <= state.newestTime, times.upperBound >= state.firstTime else { return Forgotten() }
        guard state.encoder.isFrozen else { return beginLifeAgain() }
        let pending = state.pending
        var gone = Forgotten()
        for (head, place) in places.enumerated() {
            switch place.kind {
            case .anomaly: break
            case .regression:
                let own = reach(times, head)
                gone.join(
                    state.regression[place.index].forget(
                        state.encoder, pending, state.scratch, row: { own.contains(pending.time($0)) },
                        span: { head, span in head.segments.span(span).touches(own) }))
                for serial in pending.oldest..<pending.next where own.contains(pending.time(serial)) && !times.contains(pending.time(serial)) {
                    state.regression[place.index].wipe(serial)
                }
            case .classification:
                gone.join(
                    state.classification[place.index].forget(
                        state.encoder, pending, state.scratch, row: { times.contains(pending.time($0)) },
                        span: { head, span in head.segments.span(span).touches(times) }))
                state.classification[place.index].forgetDiscriminants()
            }
        }
        for serial in pending.oldest..<pending.next where times.contains(pending.time(serial)) {
            wipe(serial)
            gone.waiting += 1
        }
        if gone.learned > 0 || gone.waiting > 0 {
            for i in state.regression.indices { state.regression[i].relearnChanges(state.encoder, state.pending, state.scratch) }
        }
        let reservoir = state.reservoir
        gone.kept = state.reservoir.remove { times.contains(reservoir.time($0)) }
        for forecast in state.forecasts {
            for label in forecast.labels { state.reservoir.clear(label: label, reach(times, forecast.head)) }
        }
        if gone.kept > 0 { endRehearsals() }
        // These learn from every row, and hold sums of none apart.
        for (head, place) in places.enumerated() where place.kind == .anomaly {
            clear(state.headRegions[head])
            note(state.anomaly[place.index].beginAgain(from: state.pending.oldest, isFitted: state.encoder.isFitted), anomaly: place.index)
            gone.begun += 1
        }
        if state.twoSample != nil {
            clear(state.twoSampleRegion)
            state.twoSample?.reset()
        }
        let hasNewest = times.contains(state.newestTime)
        state.gaps.wipe(newest: hasNewest)
        state.alignment.wipe(times)
        if hasNewest { for forecast in state.forecasts { forecast.clear() } }
        wipeWorkingRoom(hasNewest)
        return gone
    }

    /// The times of the rows that a head knows something of these times by: a forecast's labels are values of the horizon before, and it
    /// has the newest of them as inputs.
    private func reach(_ times: ClosedRange<Double>, _ head: Int) -> ClosedRange<Double> {
        for forecast in state.forecasts where forecast.head == head {
            let row = Double(plan.specification.window.every) / plan.specification.rateHz
            let before = 1.1 * Double(forecast.steps) / plan.specification.rateHz + row, after = Double(LabelHistory.depth + 1) * row
            return (times.lowerBound - before)...(times.upperBound + after)
        }
        return times
    }

    /// What the reservoir's slots hold is not in the order any more in which it was being learned.
    private func endRehearsals() {
        for i in state.regression.indices { state.regression[i].rehearsal.reset() }
        for i in state.classification.indices { state.classification[i].rehearsal.reset() }
    }

    private func wipe(_ serial: Int) {
        // A row that goes with those before it is wiped after this, and is not single any more.
        for i in state.regression.indices {
            state.regression[i].leave(after: serial, state.pending)
            state.regression[i].wipe(serial)
        }
        for i in state.classification.indices {
            state.classification[i].leave(after: serial, state.pending)
            state.classification[i].wipe(serial)
        }
        state.pending.wipe(serial)
    }

    /// While the encoder is being fitted, all of life is one segment: its scaling, and every latent, hang on each row.
    private func beginLifeAgain() -> Forgotten {
        var gone = Forgotten()
        gone.learned = Int(clamping: labelsLearned)
        (gone.waiting, gone.kept, gone.segments, gone.begun) = (state.pending.next - state.pending.oldest, state.reservoir.count, 1, places.count)
        let (clock, steps, sequence, time, events) = (state.clock, state.steps, state.newestSequence, state.newestTime, state.eventCount)
        let isLearning = state.isLearning
        reset()
        (state.clock, state.steps, state.newestSequence, state.newestTime, state.eventCount) = (clock, steps, sequence, time, events)
        state.isLearning = isLearning
        return gone
    }

    // MARK: Labels

    private func forget(label: Int) -> Forgotten {
        var gone = Forgotten()
        let rows = state.pending.oldest..<state.pending.next
        for (head, place) in places.enumerated() {
            var own = Forgotten()
            switch place.kind {
            case .anomaly: continue
            case .regression:
                guard state.regression[place.index].targets.contains(label) else { continue }
                own.learned = Int(state.regression[place.index].segments.learned)
                clear(state.headRegions[head])
                state.regression[place.index].beginAgain(rows)
            case .classification:
                guard state.classification[place.index].label == label else { continue }
                own.learned = Int(state.classification[place.index].segments.learned)
                clear(state.headRegions[head])
                state.classification[place.index].beginAgain(rows, isFitted: state.encoder.isFitted)
            }
            state.drift[head].reset()
            gone.begun += 1
            gone.join(own)
        }
        gone.kept = state.reservoir.remove(label: label)
        endRehearsals()
        wipeWorkingRoom(false)
        return gone
    }

    /// One class of a label: rows of others stay, but where they cannot be told apart from its own.
    private func forget(label: Int, category id: Int) -> Forgotten {
        var gone = Forgotten()
        let pending = state.pending
        for i in state.classification.indices where state.classification[i].label == label && id < state.classification[i].classes.count {
            let rows = state.classification[i].pending
            gone.join(
                state.classification[i].forget(
                    state.encoder, pending, state.scratch, row: { rows.label($0) == id }, span: { head, span in head.holds(id, in: span) }))
            state.classification[i].forgetDiscriminants()
            for serial in pending.oldest..<pending.next where rows.label(serial) == id {
                state.classification[i].wipe(serial)
                gone.waiting += 1
            }
            state.classification[i].clear(id)
        }
        gone.kept = state.reservoir.remove(label: label, category: id)
        endRehearsals()
        wipeWorkingRoom(false)
        return gone
    }

    // MARK: Bytes

    private func clear(_ region: Range<Int>) {
        (arena.base + region.lowerBound).initializeMemory(as: UInt8.self, repeating: 0, count: region.count)
    }

    /// Buffers between two calls hold the row that was handled last.
    private func wipeWorkingRoom(_ hasNewest: Bool) {
        state.encoder.wipe()
        state.encoded = -1
        state.reservoir.wipe()
        clear(state.scratchRegion)
        for i in state.regression.indices {
            state.regression[i].segments.wipe()
            state.regression[i].neighbours.wipe()
        }
        for i in state.classification.indices { state.classification[i].segments.wipe() }
        guard hasNewest else { return }
        state.row.update(repeating: .nan, count: plan.specification.channels)
        if state.alignment.isJoining { state.measured.update(repeating: .nan, count: plan.specification.channels) }
    }
}
