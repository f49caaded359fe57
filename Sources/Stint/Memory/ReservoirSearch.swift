/// The nearest of what is kept: int8 latents, sixteen at a time.
extension Reservoir {
    /// The newest labels of a head's targets, and what brings each to unit variance.
    struct Own {
        /// What a deviation of a label counts for, in deviations of a channel: what it says is mostly in the channels already.
        static let share: Float = 0.5
        /// In the units of the labels, one a target; NaN where there is none, and then nothing is near.
        let newest: UnsafePointer<Float>
        let inverse: UnsafePointer<Double>
    }

    /// Fills `found`, and `foundRecently` or `around`, with the nearest rows to the one that the encoder holds, among those that heads may learn
    /// from and of which these labels are known.
    ///
    /// - Parameters:
    ///   - own: compared in the ring, beside the latents, for `around`; nil where labels are no numbers.
    ///   - turn: where a sample that is too large to be searched at once is begun.
    ///   - reach: what is looked for; of the rest nothing is found.
    func search(_ encoder: Encoder, knowing wanted: [Int], own: Own?, turn: Int, _ reach: SearchReach = .all) {
        EpisodicLatent.compose(encoder, width: width, into: composed)
        search(composed, knowing: wanted, own: own, turn: turn, reach)
    }

    /// The same for one label that is no number.
    func search(_ encoder: Encoder, knowing label: Int, turn: Int) {
        EpisodicLatent.compose(encoder, width: width, into: composed)
        wantedLabel[0] = label
        search(composed, UnsafeBufferPointer(start: wantedLabel, count: 1), own: nil, turn: turn, .all)
    }

    func search(_ latent: UnsafePointer<Float>, knowing wanted: [Int], own: Own?, turn: Int, _ reach: SearchReach = .all) {
        wanted.withUnsafeBufferPointer { search(latent, $0, own: own, turn: turn, reach) }
    }

    private func search(
        _ latent: UnsafePointer<Float>, _ wanted: UnsafeBufferPointer<Int>, own: Own?, turn: Int, _ reach: SearchReach
    ) {
        found.clear()
        foundRecently.clear()
        around.clear()
        ringOnly.clear()
        guard slots > 0, isWhole else { return }
        latents.ask(latent)
        searchRing(wanted, own: own, reach)
        guard reach != .around else { return }
        for rank in 0..<ringOnly.count {
            found.offer(ringOnly.slot(rank), ringOnly.square(rank))
            if own == nil { foundRecently.offer(ringOnly.slot(rank), ringOnly.square(rank)) }
        }
        searchSample(wanted, turn: turn)
    }

    private func searchRing(_ wanted: UnsafeBufferPointer<Int>, own: Own?, _ reach: SearchReach) {
        let block = LatentBlocks.block
        let blocks = (recentCount + block - 1) / block
        for b in (recent.lowerBound / block)..<(recent.lowerBound / block + blocks) {
            var squares = latents.distances(block: b)
            if reach != .around { look(squares, in: b, wanted, into: ringOnly) }
            guard reach != .found, let own else { continue }
            for (j, index) in wanted.enumerated() {
                let scale = Float(own.inverse[j]) * Own.share
                let theirs = UnsafeRawPointer(befores + cell(b * block, index)).loadUnaligned(as: LatentBlocks.Distances.self)
                let distance = (theirs - LatentBlocks.Distances(repeating: own.newest[j])) * LatentBlocks.Distances(repeating: scale)
                squares += distance * distance
            }
            for index in wanted {
                let label = UnsafeRawPointer(targets + cell(b * block, index)).loadUnaligned(as: LatentBlocks.Distances.self)
                squares.replace(with: .infinity, where: label .!= label)
            }
            around.write(squares, block: b - recent.lowerBound / block)
        }
        if reach != .found, own != nil { around.select(blocks: blocks, from: recent.lowerBound) }
    }

    private func searchSample(_ wanted: UnsafeBufferPointer<Int>, turn: Int) {
        let block = LatentBlocks.block
        let blocks = (sampler.taken + block - 1) / block
        let most = min(Self.searchBytes / max(width, 1), Self.searchRows) / block
        let looked = min(blocks, max(most, 1))
        let start = looked < blocks ? (turn % blocks) * looked % blocks : 0
        for i in 0..<looked {
            let b = sample.lowerBound / block + (start + i < blocks ? start + i : start + i - blocks)
            look(latents.distances(block: b), in: b, wanted, into: found)
        }
    }

    @inline(__always)
    private func look(_ squares: LatentBlocks.Distances, in block: Int, _ wanted: UnsafeBufferPointer<Int>, into nearest: Neighbours) {
        guard any(squares .< LatentBlocks.Distances(repeating: nearest.bound)) else { return }
        for lane in 0..<LatentBlocks.block where squares[lane] < nearest.bound {
            let slot = block * LatentBlocks.block + lane
            if knows(slot, wanted) { nearest.offer(slot, squares[lane]) }
        }
    }

    /// Of one slot, component by component; what `search` is held to.
    func plainDistance(_ slot: Int) -> Float { latents.plainDistance(slot) }

    @inline(__always)
    private func knows(_ slot: Int, _ wanted: UnsafeBufferPointer<Int>) -> Bool {
        for index in wanted where targets[cell(slot, index)].isNaN { return false }
        return true
    }
}

/// What a search looks for: the nearest of all that is kept, those around the row in the ring, or both.
enum SearchReach: UInt8 {
    case found, around, all
}
