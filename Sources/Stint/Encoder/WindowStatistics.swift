/// Mean, deviation, slope and change of every channel over the last W rows, updated by each row and never computed anew.
///
/// A row costs the same whatever W is. What is added to a sum is taken away when its row leaves, which would leave rounding
/// behind for ever; so a second set of sums only ever adds, and takes over every W rows, when it holds exactly the window.
/// No rounding is older than 2W rows. Sums are float64 about a pivot, the first value of their set: squares of float32
/// differences are exact there, so what is lost is below the rounding of the inputs themselves, at any offset, for years.
///
/// Shapes: C channels, W rows. Cost: about forty operations a channel and row.
/// Edge cases: a masked value (NaN) is left out; a channel whose newest value is masked has no statistics (NaN), one with a
/// single value has a mean only. Before W rows, and after a seam, the window is what there is.
struct WindowStatistics {
    /// What is kept of a channel: its mean less its origin, its deviation, its slope times W, its mean |x − x₋₁|.
    static let perChannel = 4

    let channels: Int
    let length: Int
    /// W × C, a ring.
    private let rows: UnsafeMutablePointer<Float>
    private let running: UnsafeMutablePointer<WindowSums>
    private let fresh: UnsafeMutablePointer<WindowSums>
    /// The first value of each channel, or its calibrated centre: means are kept as differences from it, since a float32
    /// mean of a signal at 10⁶ would be no finer than one sample.
    private let origins: UnsafeMutablePointer<Float>
    /// Where no sample is kept, an origin is near to the first value, and not that.
    private let isCoarse: Bool
    /// Rows since the seam, up to W; rows in `fresh`; where the next row goes.
    private var filled = 0
    private var freshRows = 0
    private var next = 0

    init(channels: Int, length: Int, isCoarse: Bool = false, _ carver: inout Carver) {
        self.channels = channels
        self.isCoarse = isCoarse
        self.length = length
        rows = carver.carve(Float.self, length * channels)
        running = carver.carve(WindowSums.self, channels)
        fresh = carver.carve(WindowSums.self, channels)
        origins = carver.carve(Float.self, channels)
    }

    mutating func reset() {
        origins.update(repeating: .nan, count: channels)
        cut()
    }

    /// What comes is not a continuation of what was.
    mutating func cut() {
        running.update(repeating: WindowSums(), count: channels)
        fresh.update(repeating: WindowSums(), count: channels)
        (filled, freshRows, next) = (0, 0, 0)
    }

    /// Nothing is left of the rows of the window.
    mutating func wipe() {
        cut()
        rows.update(repeating: 0, count: length * channels)
    }

    /// Means are told from here on as differences from this.
    func setOrigin(_ value: Float, of channel: Int) { origins[channel] = value }
    func origin(of channel: Int) -> Float { origins[channel] }

    /// Takes in a row, each value clipped by the scaling in force, so that one spike is not the whole window.
    mutating func push(_ row: UnsafePointer<Float>, _ scaling: Scaling) {
        let slot = rows + next * channels
        let isFull = filled == length
        let second = rows + (next + 1 == length ? 0 : next + 1) * channels
        let newest = rows + (next == 0 ? length - 1 : next - 1) * channels
        let place = Double(isFull ? length - 1 : filled)
        let freshPlace = Double(freshRows)
        for c in 0..<channels {
            let value = scaling.clip(row[c], channel: c)
            if origins[c].isNaN { origins[c] = isCoarse ? value.coarse : value }
            if isFull { running[c].dropOldest(slot[c], next: length > 1 ? second[c] : .nan) }
            let before = filled > 0 && length > 1 ? newest[c] : .nan
            running[c].add(value, at: place, after: before)
            fresh[c].add(value, at: freshPlace, after: freshRows > 0 ? before : .nan)
            slot[c] = value
        }
        next = next + 1 == length ? 0 : next + 1
        filled = min(filled + 1, length)
        freshRows += 1
        if freshRows == length {
            running.update(from: fresh, count: channels)
            fresh.update(repeating: WindowSums(), count: channels)
            freshRows = 0
        }
    }

    /// Writes the four statistics of every channel, each as a block of C; NaN where there is none.
    func write(into out: UnsafeMutablePointer<Float>) {
        let newest = rows + (next == 0 ? length - 1 : next - 1) * channels
        for c in 0..<channels {
            let sums = running[c]
            let isThere = filled > 0 && !newest[c].isNaN
            out[c] = isThere ? Float(sums.pivot - Double(origins[c]) + sums.mean) : .nan
            out[channels + c] = isThere ? Float(sums.deviation) : .nan
            out[2 * channels + c] = isThere ? Float(sums.slope * Double(length)) : .nan
            out[3 * channels + c] = isThere ? Float(sums.meanChange) : .nan
        }
    }

    /// Means are told as differences from the origins, so these are part of what the encoder is.
    func describe(_ sink: (UnsafeRawBufferPointer) -> Void) {
        sink(UnsafeRawBufferPointer(start: origins, count: channels * MemoryLayout<Float>.stride))
    }

    mutating func archive(_ archive: inout Archive) {
        archive.present(rows, length * channels)
        archive.present(running, channels)
        archive.present(fresh, channels)
        archive.array(origins, channels)
        archive.scalar(&filled)
        archive.scalar(&freshRows)
        archive.scalar(&next)
    }
}

/// Sums over one channel's values in a run of rows, numbered from its oldest. d is a value less the pivot, i its place.
struct WindowSums: BitwiseCopyable {
    private(set) var count = 0.0
    private(set) var pivot = 0.0
    /// Σd, Σd²
    private var sum = 0.0
    private var squares = 0.0
    /// Σi, Σi², Σid
    private var places = 0.0
    private var placeSquares = 0.0
    private var moment = 0.0
    /// How many values follow another, and the sum of |differences| there.
    private var steps = 0.0
    private var change = 0.0

    /// - Parameter before: the value of the row before, NaN if that is masked or not of this run.
    @inline(__always)
    mutating func add(_ x: Float, at place: Double, after before: Float) {
        guard !x.isNaN else { return }
        if count == 0 { pivot = Double(x) }
        let d = Double(x) - pivot
        count += 1
        sum += d
        squares += d * d
        places += place
        placeSquares += place * place
        moment += place * d
        if !before.isNaN {
            steps += 1
            change += (Double(x) - Double(before)).magnitude
        }
    }

    /// The row at place 0 leaves, and every other moves down by one.
    @inline(__always)
    mutating func dropOldest(_ x: Float, next: Float) {
        if !x.isNaN {
            guard count > 1 else {
                self = WindowSums()
                return
            }
            let d = Double(x) - pivot
            count -= 1
            sum -= d
            squares -= d * d
            if !next.isNaN {
                steps -= 1
                change -= (Double(next) - Double(x)).magnitude
            }
        }
        moment -= sum
        placeSquares -= 2 * places - count
        places -= count
    }

    /// Above the pivot.
    var mean: Double { count > 0 ? sum / count : .nan }
    /// Population deviation.
    var deviation: Double {
        guard count > 1 else { return .nan }
        return max(squares / count - mean * mean, 0).squareRoot()
    }
    /// Of the least-squares line, per row.
    var slope: Double {
        guard count > 1 else { return .nan }
        return (moment - places * sum / count) / (placeSquares - places * places / count)
    }
    var meanChange: Double { steps > 0 ? max(change, 0) / steps : .nan }
}
