import CMath

/// What incidents looked like, and what an operator said that they were.
///
/// A *signature* is one row in four numbers a channel, all in deviations of the noise: the whitened error, not cut off; the sum of
/// the last sixteen, cut off; the value; and what a record of the channel is worth (`z` with z²/2 = −ln p). An incident is kept by its
/// *onset*, the signature of its first row without what is less than `loud`, and by its *reach*, the largest of each number in any
/// of its rows. The record counts in an onset only where nothing else is loud: it fades as a thing returns, the others do not.
///
/// Two onsets are of one kind when their cosine is at least `alike`. Of two random directions one pair in twenty comes so near in
/// the three numbers of one channel, one in 350 in two channels, one in 10⁶ in five; and what stands out in different channels, or in
/// opposite directions, is at 0 or below. A cosine says nothing of the amount: what goes half as far again as the reach of what was called normal, and is
/// loud as that, is something else, at its onset and later.
///
/// The newest verdict wins: it takes the contrary ones of the same kind away. Of what has a verdict the newest sixteen in use are kept, of
/// what has none the newest eight, so that a verdict that comes late finds its incident.
///
/// Shapes: C channels, `capacity` entries of 12·C numbers. Cost: 4·C a row of an incident, capacity·4·C at its first.
struct IncidentMemory {
    enum Verdict: Int { case none, normal, fault }

    static let kept = 16
    static let waiting = 8
    static let capacity = kept + waiting
    static let parts = 4
    /// Numbers below are taken for noise.
    static let loud: Float = 3
    static let alike: Float = 0.9
    /// So many times as far is beyond a reach.
    static let further: Float = 1.5

    private struct Entry: BitwiseCopyable {
        /// 0 while the entry is empty; else counts incidents and what was passed over, in order.
        var order = 0
        var verdict = Verdict.none.rawValue
        /// The order of its newest use, and how many verdicts went into it.
        var used = 0
        var verdicts = 0
        /// That it lasted.
        var rows = 0
        var sequence: UInt64 = 0
        var time = 0.0
    }

    let channels: Int
    private let isExact: Bool
    private let entries: UnsafeMutablePointer<Entry>
    private let onsets: UnsafeMutablePointer<Float>
    private let peaks: UnsafeMutablePointer<Float>
    private let reaches: UnsafeMutablePointer<Float>
    /// Of the row that was described last.
    private let signature: UnsafeMutablePointer<Float>
    /// Of it, taken for an onset.
    private let candidate: UnsafeMutablePointer<Float>
    private var newest = 0
    /// The entry of what goes on; nil while nothing does.
    private var open = -1
    /// Entries with each verdict.
    private(set) var normals = 0
    private(set) var faults = 0

    private var width: Int { Self.parts * channels }

    init(channels: Int, isExact: Bool, _ carver: inout Carver) {
        self.channels = channels
        self.isExact = isExact
        entries = carver.carve(Entry.self, Self.capacity)
        onsets = carver.carve(Float.self, Self.capacity * Self.parts * channels)
        peaks = carver.carve(Float.self, Self.capacity * Self.parts * channels)
        reaches = carver.carve(Float.self, Self.capacity * Self.parts * channels)
        signature = carver.carve(Float.self, Self.parts * channels)
        candidate = carver.carve(Float.self, Self.parts * channels)
    }

    mutating func reset() {
        entries.update(repeating: Entry(), count: Self.capacity)
        onsets.update(repeating: 0, count: Self.capacity * width)
        peaks.update(repeating: 0, count: Self.capacity * width)
        reaches.update(repeating: 0, count: Self.capacity * width)
        (newest, open, normals, faults) = (0, -1, 0, 0)
    }

    // MARK: Rows

    /// Says what the newest row looks like in one channel.
    func describe(_ c: Int, error: Float, sum: Float, value: Float, record: Float) {
        let at = signature + Self.parts * c
        (at[0], at[1], at[2], at[3]) = (Self.bounded(error), Self.bounded(sum), Self.bounded(value), Self.bounded(record))
    }

    /// Squares of these add up within a float.
    private static func bounded(_ x: Float) -> Float { x.isFinite ? min(max(x, -1e6), 1e6) : 0 }

    /// Takes the row described last for the first of something.
    func sketch() {
        var isLoud = false
        for i in 0..<width where !isRecord(i) { isLoud = isLoud || magnitude(signature[i]) >= Self.loud }
        for i in 0..<width {
            let counts = magnitude(signature[i]) >= Self.loud && !(isRecord(i) && isLoud)
            candidate[i] = counts ? kept(signature[i]) : 0
        }
    }

    private func isRecord(_ i: Int) -> Bool { i % Self.parts == Self.parts - 1 }
    private func kept(_ x: Float) -> Float { isExact ? x : x.coarse }

    /// What was sketched begins: an incident, or what is passed over.
    mutating func begin(sequence: UInt64, time: Double) {
        newest &+= 1
        var waiting = 0
        for i in 0..<Self.capacity where entries[i].order > 0 && entries[i].verdict == Verdict.none.rawValue { waiting += 1 }
        // Entries with a verdict leave room for those without.
        var (place, oldest) = (0, Int.max)
        for i in 0..<Self.capacity where entries[i].verdict == Verdict.none.rawValue && (entries[i].order > 0) == (waiting >= Self.waiting) {
            if entries[i].order < oldest { (place, oldest) = (i, entries[i].order) }
        }
        entries[place] = Entry(order: newest, used: newest, sequence: sequence, time: time)
        (onsets + place * width).update(from: candidate, count: width)
        (peaks + place * width).update(repeating: 0, count: width)
        (reaches + place * width).update(repeating: 0, count: width)
        open = place
        extend()
    }

    /// What goes on goes on with the row described last.
    mutating func extend() {
        guard open >= 0 else { return }
        entries[open].rows &+= 1
        sketch()
        let (reach, peak) = (reaches + open * width, peaks + open * width)
        for i in 0..<width { reach[i] = max(reach[i], magnitude(kept(signature[i]))) }
        if square(candidate) > square(peak) { peak.update(from: candidate, count: width) }
    }

    mutating func end() { open = -1 }

    /// A sensor fails: that is no kind of thing, and no verdict is remembered of it.
    mutating func blank() {
        guard open >= 0 else { return }
        (onsets + open * width).update(repeating: 0, count: width)
        (peaks + open * width).update(repeating: 0, count: width)
    }

    // MARK: What it is like

    private func magnitude(_ x: Float) -> Float { x < 0 ? -x : x }

    private func isWithin(_ value: Float, _ reach: Float) -> Bool { magnitude(value) <= Self.further * max(reach, Self.loud) }

    private func square(_ a: UnsafePointer<Float>) -> Float {
        var sum: Float = 0
        for i in 0..<width { sum += a[i] * a[i] }
        return sum
    }

    /// The cosine of two signatures; 0 where one is empty.
    private func cosine(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
        var product: Float = 0
        for i in 0..<width { product += a[i] * b[i] }
        let squares = square(a).squareRoot() * square(b).squareRoot()
        return squares > 0 ? product / squares : 0
    }

    /// How far two signatures are apart, of the longer one.
    private func distance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
        var difference: Float = 0
        for i in 0..<width { difference += (a[i] - b[i]) * (a[i] - b[i]) }
        return (difference / max(max(square(a), square(b)), 1e-12)).squareRoot()
    }

    /// How far an onset is from an entry with a verdict; nil where it is not of its kind: in direction, and within the reach of a normal one, or no
    /// less than two thirds of a fault.
    private func distance(_ onset: UnsafePointer<Float>, to entry: Int) -> Float? {
        if entries[entry].verdict == Verdict.normal.rawValue {
            for i in 0..<width where !isWithin(onset[i], reaches[entry * width + i]) { return nil }
        }
        let first = distance(onset, of: entry, onsets), second = distance(onset, of: entry, peaks)
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }

    private func distance(_ onset: UnsafePointer<Float>, of entry: Int, _ kind: UnsafeMutablePointer<Float>) -> Float? {
        let other = kind + entry * width
        guard cosine(onset, other) >= Self.alike else { return nil }
        let isFault = entries[entry].verdict == Verdict.fault.rawValue
        guard !isFault || square(onset) * Self.further * Self.further >= square(other) else { return nil }
        return distance(onset, other)
    }

    /// What that which was sketched is like: the nearest of those with a verdict. Of two that are equally near, the one that warns.
    mutating func recognise() -> (verdict: Verdict, entry: Int) {
        var (place, nearest) = (-1, Float.infinity)
        for i in 0..<Self.capacity where entries[i].verdict != Verdict.none.rawValue {
            guard let far = distance(candidate, to: i) else { continue }
            if far < nearest || (far == nearest && entries[i].verdict == Verdict.fault.rawValue) { (place, nearest) = (i, far) }
        }
        guard place >= 0 else { return (.none, place) }
        entries[place].used = newest &+ 1
        return (Verdict(rawValue: entries[place].verdict) ?? .none, place)
    }

    /// Whether the row described last lies within the reach of an entry.
    ///
    /// - Parameter byChannel: what one number of a channel reached, the others may.
    func isWithin(_ entry: Int, byChannel: Bool) -> Bool {
        let reach = reaches + entry * width
        for c in 0..<channels {
            let (first, own) = (Self.parts * c, reach + Self.parts * c)
            let most = max(max(own[0], own[1]), max(own[2], own[3]))
            for i in 0..<Self.parts where !isWithin(signature[first + i], byChannel ? most : own[i]) { return false }
        }
        return true
    }

    /// Rows that it lasted.
    func rows(_ entry: Int) -> Int { entries[entry].rows }

    // MARK: Verdicts

    /// The newest entry that began at or before a moment; nil if there is none.
    func find(_ moment: Label.Moment) -> Int? {
        var (found, order) = (-1, 0)
        for i in 0..<Self.capacity where entries[i].order > order {
            let isBefore = switch moment {
            case .sequence(let sequence): entries[i].sequence <= sequence
            case .time(let time): entries[i].time <= time
            }
            if isBefore { (found, order) = (i, entries[i].order) }
        }
        return found >= 0 ? found : nil
    }

    func isOpen(_ entry: Int) -> Bool { entry == open }
    func isNewest(_ entry: Int) -> Bool { entries[entry].order == newest }

    /// Takes a verdict; what was called the contrary and is of the same kind is forgotten, what was called the same becomes one with it.
    mutating func judge(_ entry: Int, _ verdict: Verdict) {
        let onset = onsets + entry * width
        var isEmpty = true
        for i in 0..<width where onset[i] != 0 { isEmpty = false }
        guard !isEmpty else { return }
        for i in 0..<Self.capacity where i != entry && entries[i].verdict != Verdict.none.rawValue && distance(onset, to: i) != nil {
            if entries[i].verdict == verdict.rawValue { join(entry, i) }
            entries[i] = Entry()
        }
        entries[entry].verdict = verdict.rawValue
        entries[entry].verdicts &+= 1
        entries[entry].used = newest &+ 1
        count()
        guard normals + faults > Self.kept else { return }
        var (place, oldest) = (0, Int.max)
        for i in 0..<Self.capacity where i != entry && entries[i].verdict != Verdict.none.rawValue {
            if entries[i].used < oldest { (place, oldest) = (i, entries[i].used) }
        }
        entries[place] = Entry()
        count()
    }

    /// One kind out of two: the mean onset by the number of verdicts, and the reach of both.
    private func join(_ entry: Int, _ other: Int) {
        let share = Float(entries[other].verdicts) / Float(entries[other].verdicts &+ entries[entry].verdicts &+ 1)
        if square(peaks + other * width) > square(peaks + entry * width) { (peaks + entry * width).update(from: peaks + other * width, count: width) }
        for i in 0..<width {
            let (a, b) = (entry * width + i, other * width + i)
            onsets[a] += share * (onsets[b] - onsets[a])
            reaches[a] = max(reaches[a], reaches[b])
        }
        entries[entry].verdicts &+= entries[other].verdicts
        entries[entry].rows = max(entries[entry].rows, entries[other].rows)
    }

    private mutating func count() {
        (normals, faults) = (0, 0)
        for i in 0..<Self.capacity {
            normals += entries[i].verdict == Verdict.normal.rawValue ? 1 : 0
            faults += entries[i].verdict == Verdict.fault.rawValue ? 1 : 0
        }
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(entries, Self.capacity)
        archive.array(onsets, Self.capacity * width)
        archive.array(peaks, Self.capacity * width)
        archive.array(reaches, Self.capacity * width)
        archive.scalar(&newest)
        archive.scalar(&open)
        archive.scalar(&normals)
        archive.scalar(&faults)
        open = min(max(open, -1), Self.capacity - 1)
    }
}

/// What became of the incident with this row.
enum IncidentChange { case none, began, ended }
