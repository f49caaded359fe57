import CMath

/// Why states cannot be merged.
public enum MergeObstacle: Error, Equatable {
    /// The latents of one mean something else: another encoder.
    case otherEncoder
    /// It is still being fitted.
    case unfittedEncoder
    /// A head would need more classes than it has room for.
    case tooManyClasses(head: Int)
}

extension Learner {
    /// Takes in what other learners with the same encoder and the same heads have learned, as if this one had seen their rows too.
    ///
    /// Exact, up to rounding, for what is closed form: the long memory of every head, whose sums add up, each in the target's own units and
    /// by the classes' names. What the labels say by themselves (range, moments, frequencies, transitions) adds up too. The sample of the
    /// reservoir is drawn anew from all, each learner weighing as much as the rows that its sample stands for. Live
    /// regimes are one; stored ones are matched by what they predict. What lives in the present stays this one's: clock, ring of
    /// pending rows, short memories, weights of the experts, intervals, anomaly heads, detectors.
    ///
    /// - Parameter others: in an order that hangs on what they are, not on how they were found: then so does the result.
    public func merge(_ others: [Learner]) throws(MergeObstacle) {
        guard state.encoder.isFrozen, others.allSatisfy({ $0.state.encoder.isFrozen }) else { throw .unfittedEncoder }
        var encoder: [UInt8] = []
        describeEncoder { encoder += Array($0) }
        for other in others {
            var bytes: [UInt8] = []
            other.describeEncoder { bytes += Array($0) }
            guard bytes == encoder else { throw .otherEncoder }
        }
        // Of each classification head and each other learner: what its classes are here.
        var maps: [[[Int]]] = []
        for (head, place) in places.enumerated() where place.kind == .classification {
            var own: [[Int]] = []
            for other in others {
                guard let map = state.classification[place.index].take(classesOf: other.state.classification[place.index]) else {
                    throw .tooManyClasses(head: head)
                }
                own.append(map)
            }
            maps.append(own)
        }
        for i in state.regression.indices { state.regression[i].merge(others.map { $0.state.regression[i] }) }
        for i in state.classification.indices { state.classification[i].merge(others.map { $0.state.classification[i] }, classes: maps[i]) }
        // The reservoir's classes are those of the first head on a label.
        var categories = [[[Int]]?](repeating: nil, count: plan.specification.labels)
        for i in state.classification.indices.reversed() { categories[state.classification[i].label] = maps[i] }
        state.reservoir.merge(
            others.map { $0.state.reservoir }, rows: ([self] + others).map { Double($0.steps) }, categories: categories, seed: plan.specification.seed)
        // What is of whom cannot be told apart any more.
        let (first, last) = (others.map { $0.state.firstTime }.min() ?? .infinity, others.map { $0.state.newestTime }.max() ?? -.infinity)
        state.firstTime = min(state.firstTime, first)
        for i in state.regression.indices {
            let rows = others.reduce(0) { $0 + $1.state.regression[i].segments.learned }
            state.regression[i].segments.mix(until: max(state.newestTime, last), from: state.firstTime, rows: rows)
        }
        for i in state.classification.indices {
            let rows = others.reduce(0) { $0 + $1.state.classification[i].segments.learned }
            state.classification[i].segments.mix(until: max(state.newestTime, last), from: state.firstTime, rows: rows)
        }
        state.encoded = -1
        mayHaveMore = true
    }

    /// Labels that all heads have learned; what a fleet's states are ordered by.
    public var labelsKnown: Int {
        var sum = 0
        for head in plan.specification.heads.indices { sum += report(of: head).labels ?? 0 }
        return sum
    }
}

extension RegressionHead {
    /// Sums in this head's scale of the targets. One that has not been fitted yet has nothing to give.
    mutating func merge(_ others: [RegressionHead]) {
        let taught = others.filter { $0.fittedOn > 0 }
        guard fittedOn > 0, !taught.isEmpty else { return }
        for (l, long) in memories.longs.enumerated() {
            var pool = PooledRidge(width: long.factor.width, outputs: count)
            pool.add(long.factor, latents: .init(long.factor.width), targets: .init(count))
            for other in taught {
                let (latents, targets) = conversion(from: other, width: long.factor.width, own: long.own)
                pool.add(other.memories.longs[l].factor, latents: latents, targets: targets)
            }
            pool.write(into: long.factor)
        }
        for other in taught {
            let main = other.memories.longs.last!
            let (latents, targets) = conversion(from: other, width: main.factor.width, own: main.own)
            regimes.merge(other.regimes, latents: latents, targets: targets, tolerance: Self.sameRegime * Double(count))
        }
        for other in taught {
            for j in 0..<count { history.merge(j, other.history) }
            vectors += other.vectors
            regimes.countLabels(other.regimes.mass)
        }
        // The rows to fit the scale again are not here.
        fittedOn = max(fittedOn, Self.lastFit, vectors)
        isReady = true
    }

    /// Regimes whose predictions differ by less than this share of a target's variance, on the rows that they have seen, are one.
    private static let sameRegime = 0.05

    /// Latents and targets of another device in this one's scale.
    private func conversion(from other: RegressionHead, width: Int, own: Int) -> (latents: PooledRidge.Map, targets: PooledRidge.Map) {
        var latents = PooledRidge.Map(width), targets = PooledRidge.Map(count)
        for j in 0..<count {
            let (scale, shift) = conversion(of: j, from: other)
            (targets.scale[j], targets.shift[j]) = (scale, shift)
            // Own inputs are labels, lag by lag, each in the target's scale.
            for at in stride(from: own + j, to: width, by: count) { (latents.scale[at], latents.shift[at]) = (scale, shift) }
        }
        return (latents, targets)
    }

    /// y in this head's scale = scale·(y in the other's) + shift.
    private func conversion(of j: Int, from other: RegressionHead) -> (scale: Double, shift: Double) {
        let ratio = scale.inverse[j] / other.scale.inverse[j]
        guard ratio.isFinite, ratio > 0 else { return (1, 0) }
        let between = history.offset(of: j, from: other.history)
        return (ratio, (other.scale.center[j] + between - scale.center[j]) * scale.inverse[j])
    }
}

extension ClassificationHead {
    /// Takes in the names of another head's classes; what each is here, or nil where there is no room.
    mutating func take(classesOf other: ClassificationHead) -> [Int]? {
        var map: [Int] = []
        for id in 0..<other.classes.count {
            guard case .known(let here) = classes.intern(other.classes.name(id)) else { return nil }
            map.append(here)
        }
        return map
    }

    mutating func merge(_ others: [ClassificationHead], classes maps: [[Int]]) {
        for (l, long) in memories.longs.enumerated() {
            var pool = PooledRidge(width: long.factor.width, outputs: capacity)
            pool.add(long.factor, latents: .init(long.factor.width), targets: .init(capacity))
            for (other, map) in zip(others, maps) where other.isFitted {
                let (latents, targets) = conversion(map, width: long.factor.width, own: long.own)
                pool.add(other.memories.longs[l].factor, latents: latents, targets: targets)
            }
            pool.write(into: long.factor)
        }
        forgetDiscriminants()
        for (other, map) in zip(others, maps) where other.isFitted {
            let main = memories.longs.last!
            let (latents, targets) = conversion(map, width: main.factor.width, own: main.own)
            regimes.merge(other.regimes, latents: latents, targets: targets, tolerance: Self.sameRegime)
        }
        for (other, map) in zip(others, maps) {
            context.merge(other.context, map)
            regimes.countLabels(other.regimes.mass)
            isFitted = isFitted || other.isFitted
        }
    }

    /// Regimes whose scores differ by less than this, squared and summed over the classes, are one.
    private static let sameRegime = 0.05

    private func conversion(_ map: [Int], width: Int, own: Int) -> (latents: PooledRidge.Map, targets: PooledRidge.Map) {
        let place = Self.extend(map, to: capacity)
        var latents = PooledRidge.Map(width), targets = PooledRidge.Map(capacity)
        targets.place = place
        // Own inputs say which class was the newest.
        for k in 0..<(width - own) { latents.place[own + k] = own + place[k] }
        return (latents, targets)
    }

    /// A map of all places that goes on with those that are left, for classes that are not there yet.
    private static func extend(_ map: [Int], to capacity: Int) -> [Int] {
        var isUsed = [Bool](repeating: false, count: capacity)
        for k in map { isUsed[k] = true }
        return map + (0..<capacity).filter { !isUsed[$0] }
    }
}

extension Regimes {
    /// Takes in the regimes that another learner has stored: one that predicts as a stored one here does is merged with it, exactly; any
    /// other gets a slot, as long as there is one, and then goes to the nearest.
    fileprivate mutating func merge(_ other: Regimes, latents: PooledRidge.Map, targets: PooledRidge.Map, tolerance: Double) {
        guard let library, let theirs = other.library else { return }
        let (width, outputs) = (library.width, library.outputs)
        let numbers = UnsafeMutablePointer<Real>.allocate(capacity: Factor.packed(width) + width * outputs)
        defer { numbers.deallocate() }
        let memory = Factor(width: width, outputs: outputs, ridge: library.ridge, over: numbers)
        func weights(_ pool: PooledRidge) -> [Double] {
            pool.write(into: memory)
            var w = [Real](repeating: 0, count: width * outputs)
            w.withUnsafeMutableBufferPointer { memory.weights(into: $0.baseAddress!, width: width) }
            return w.map { Double($0) }
        }
        for slot in 0..<theirs.slots where theirs.isUsed(slot) {
            theirs.load(slot, into: memory)
            var pool = PooledRidge(width: width, outputs: outputs)
            pool.add(memory, latents: latents, targets: targets)
            let (mass, theirWeights) = (theirs.mass(slot), weights(pool))
            var best: (slot: Int, distance: Double, pool: PooledRidge)?
            for own in 0..<library.slots where library.isUsed(own) {
                library.load(own, into: memory)
                var known = PooledRidge(width: width, outputs: outputs)
                known.add(memory, latents: .init(width), targets: .init(outputs))
                let rows = max(mass + library.mass(own), 1)
                let distance = known.disagreement(with: pool, weights: weights(known), others: theirWeights) / rows
                if distance < best?.distance ?? .infinity { best = (own, distance, known) }
            }
            if var best, best.distance <= tolerance || library.freeSlot == nil {
                best.pool.add(pool)
                best.pool.write(into: memory)
                replace(best.slot, by: memory, mass: library.mass(best.slot) + mass)
            } else if let free = library.freeSlot {
                pool.write(into: memory)
                take(memory, mass: mass, in: free)
            }
        }
        makeRoom()
    }
}

extension ClassContext {
    /// Adds the slow counts of another: frequencies and transitions. The quick ones are of what is now.
    func merge(_ other: ClassContext, _ map: [Int]) {
        for (k, here) in map.enumerated() {
            counts[here] += other.counts[k]
            for (l, there) in map.enumerated() { transitions[here * classes + there] += other.transitions[k * other.classes + l] }
        }
    }
}

extension LabelHistory {
    /// What to add to a number of another's that is relative to its origin, so that it is relative to ours.
    func offset(of target: Int, from other: LabelHistory) -> Double {
        let between = other.origins[target] - origins[target]
        return between.isFinite ? between : 0
    }

    /// Widens range and moments of a target by those of another; its newest labels stay.
    func merge(_ target: Int, _ other: LabelHistory) {
        guard other.counts[target] > 0, counts[target] > 0 else { return }
        let between = offset(of: target, from: other)
        lowest[target] = min(lowest[target], other.lowest[target] + between)
        highest[target] = max(highest[target], other.highest[target] + between)
        moments[target].add(other.moments[target], shift: between)
        counts[target] += other.counts[target]
    }
}

extension Reservoir {
    /// Draws the sample anew from this one's and the others' learnable rows, without replacement, each with the weight of the rows that it
    /// stands for (Efraimidis & Spirakis 2006: the smallest of −ln u / w). The ring stays; rows that no head has learned fill what is free of
    /// that lane.
    ///
    /// - Parameters:
    ///   - rows: that this learner and the others have lived.
    ///   - categories: of each label that is a class, by learner, what its classes are here.
    mutating func merge(_ others: [Reservoir], rows: [Double], categories: [[[Int]]?], seed: UInt64) {
        guard slots > 0 else { return }
        struct Candidate {
            var key: Double
            var learner: Int
            var slot: Int
        }
        var random = Random(seed: seed, stream: Self.mergeStream)
        var candidates: [Candidate] = []
        for (learner, other) in ([self] + others).enumerated() {
            // The ring of this one stays where it is; those of the others are rows like any.
            let from = learner == 0 ? Array(sample) : Array(other.sample) + Array(other.recent)
            let taken = from.filter { other.isTaken($0) }
            let weight = max(rows[learner], 1) / Double(max(other.learnableCount, 1))
            for slot in taken { candidates.append(Candidate(key: -log(1 - random.uniform()) / weight, learner: learner, slot: slot)) }
        }
        candidates.sort { $0.key < $1.key }
        let drawn = candidates.prefix(sample.count)
        // Rows of this one that stay move within the lane; they are copied out first.
        let old = CopiedRows(self, drawn.filter { $0.learner == 0 }.map { $0.slot })
        for slot in sample where isTaken(slot) { release(slot) }
        var classes: [Int] = []
        var (kept, place) = (0, sample.lowerBound)
        for candidate in drawn {
            if candidate.learner == 0 {
                paste(old, kept, to: place)
                kept += 1
            } else {
                takeRow(candidate.slot, of: others[candidate.learner - 1], learner: candidate.learner - 1, categories, to: place)
            }
            let name = balancedLabel >= 0 ? label(place, balancedLabel) : .nan
            classes.append(name.isFinite ? Int(name) : -1)
            place += 1
        }
        sampler.begin(with: classes, after: rows.reduce(0, +))
        for (learner, other) in others.enumerated() {
            for slot in other.audit where other.isTaken(slot) && auditCount < audit.count {
                takeRow(slot, of: other, learner: learner, categories, to: auditCount)
                auditCount += 1
            }
        }
    }

    private mutating func takeRow(_ slot: Int, of other: Reservoir, learner: Int, _ categories: [[[Int]]?], to place: Int) {
        // Number 0: of no row that waits for a label here.
        adopt(slot, of: other, serial: 0, to: place) { label, value in
            guard value.isFinite, let maps = categories[label] else { return value }
            let map = maps[learner], id = Int(value)
            return map.indices.contains(id) ? Float(map[id]) : .nan
        }
    }
}
