/// The rows of the reservoir in the order in which a new head learns them: the sample first, then the ring, oldest first.
///
/// The slots are those of the moment of `start`; rows that came in since are passed over, since the head has learned them live.
struct Rehearsal {
    private var position = 0
    private var end = 0
    private var sampled = 0
    /// The ring's oldest slot at the start, counted from its first.
    private var oldest = 0
    /// The serial number that comes next at the start.
    private var bound = 0

    var isActive: Bool { position < end }

    mutating func reset() { self = Rehearsal() }

    mutating func start(_ reservoir: Reservoir, before serial: Int) {
        let layout = reservoir.layout
        (position, sampled, end) = (0, layout.sampled, layout.sampled + layout.recent)
        (oldest, bound) = (layout.oldest, serial)
    }

    /// The next slot of which these labels are known; nil at the end.
    mutating func next(_ reservoir: Reservoir, knowing wanted: [Int]) -> Int? {
        while position < end {
            let slot = position < sampled
                ? reservoir.sample.lowerBound + position
                : reservoir.recent.lowerBound + (oldest + position - sampled) % reservoir.recent.count
            position += 1
            guard reservoir.serial(slot) < bound else { continue }
            var knows = true
            for index in wanted where reservoir.label(slot, index).isNaN { knows = false }
            if knows { return slot }
        }
        return nil
    }

    mutating func archive(_ archive: inout Archive) {
        archive.scalar(&position)
        archive.scalar(&end)
        archive.scalar(&sampled)
        archive.scalar(&oldest)
        archive.scalar(&bound)
    }
}
