/// Brings every channel to mean 0 and deviation 1, by the first rows, and keeps to that.
///
/// Fitted again at each stage of the warm-up, frozen at its end. A channel that was constant until then is 0 until it has
/// moved for `adoptionRows` rows, which give its scale; since its inputs were 0 so far, nothing learned is void by that.
/// Clipped at ±8: an outlier a thousand times too large is worth no more than eight deviations. A masked channel (NaN) is
/// its mean: 0.
struct Scaling {
    static let clip: Float = 8
    static let adoptionRows: Int32 = 64

    let channels: Int
    private let moments: UnsafeMutablePointer<Moments>
    /// What is in force; differs from the moments between two stages.
    private let center: UnsafeMutablePointer<Double>
    private let inverse: UnsafeMutablePointer<Float>
    /// What was in force before the newest fit.
    private let formerCenter: UnsafeMutablePointer<Double>
    private let formerInverse: UnsafeMutablePointer<Float>
    /// Rows since a channel without a scale first moved, and their sum of squares.
    private let moved: UnsafeMutablePointer<Int32>
    private let squares: UnsafeMutablePointer<Double>

    init(channels: Int, _ carver: inout Carver) {
        self.channels = channels
        moments = carver.carve(Moments.self, channels)
        center = carver.carve(Double.self, channels)
        inverse = carver.carve(Float.self, channels)
        formerCenter = carver.carve(Double.self, channels)
        formerInverse = carver.carve(Float.self, channels)
        moved = carver.carve(Int32.self, channels)
        squares = carver.carve(Double.self, channels)
    }

    func reset() {
        moments.update(repeating: Moments(), count: channels)
        center.update(repeating: 0, count: channels)
        inverse.update(repeating: 0, count: channels)
        formerCenter.update(repeating: 0, count: channels)
        formerInverse.update(repeating: 0, count: channels)
        moved.update(repeating: 0, count: channels)
        squares.update(repeating: 0, count: channels)
    }

    func observe(_ row: UnsafePointer<Float>) {
        for c in 0..<channels where !row[c].isNaN { moments[c].add(Double(row[c])) }
    }

    /// Puts what was observed into force. A constant channel stays without a scale.
    func fit() {
        formerCenter.update(from: center, count: channels)
        formerInverse.update(from: inverse, count: channels)
        for c in 0..<channels {
            center[c] = moments[c].mean
            inverse[c] = moments[c].isConstant ? 0 : Float(1 / moments[c].deviation)
        }
    }

    /// - Parameter former: by the scaling before the newest fit.
    func apply(_ row: UnsafePointer<Float>, former: Bool = false, into out: UnsafeMutablePointer<Float>) {
        let center = former ? formerCenter : center
        let inverse = former ? formerInverse : inverse
        for c in 0..<channels {
            guard !row[c].isNaN else {
                out[c] = 0
                continue
            }
            let scaled = Float(Double(row[c]) - center[c]) * inverse[c]
            out[c] = min(max(scaled, -Self.clip), Self.clip)
        }
    }

    /// A value within ±8 deviations, in the channel's own unit; as it is while there is no scale.
    @inline(__always)
    func clip(_ value: Float, channel c: Int) -> Float {
        guard inverse[c] > 0 else { return value }
        let reach = Double(Self.clip / inverse[c])
        // A comparison with NaN is false either way, so a masked value stays one.
        if Double(value) > center[c] + reach { return Float(center[c] + reach) }
        return Double(value) < center[c] - reach ? Float(center[c] - reach) : value
    }

    /// Puts a calibration into force; there is no scaling before it.
    func take(_ calibration: EncoderCalibration) {
        for c in 0..<channels {
            center[c] = Double(calibration.centers[c])
            inverse[c] = calibration.scales[c] > 0 ? Float(1 / Double(calibration.scales[c])) : 0
        }
        formerCenter.update(from: center, count: channels)
        formerInverse.update(from: inverse, count: channels)
    }

    /// Centres and scales become what a calibration can hold of them.
    func round() {
        for c in 0..<channels {
            center[c] = Double(Float(center[c]))
            inverse[c] = inverse[c] > 0 ? Float(1 / Double(scale(of: c))) : 0
        }
    }

    /// σ as a calibration holds it; 0 while there is none.
    func scale(of c: Int) -> Float { inverse[c] > 0 ? Float(1 / Double(inverse[c])) : 0 }

    func center(of c: Int, former: Bool = false) -> Double { former ? formerCenter[c] : center[c] }
    /// 1/σ; 0 while there is no scale.
    func inverse(of c: Int, former: Bool = false) -> Float { former ? formerInverse[c] : inverse[c] }

    /// After the freeze: gives a channel that had none its scale, once it has moved for a while.
    func adopt(_ row: UnsafePointer<Float>) {
        for c in 0..<channels where inverse[c] == 0 && !row[c].isNaN {
            if moments[c].count == 0 {
                // Masked all through the warm-up: its first value is where it starts from.
                moments[c].add(Double(row[c]))
                center[c] = Double(row[c])
                continue
            }
            let distance = Double(row[c]) - center[c]
            if moved[c] == 0 {
                let magnitude = distance < 0 ? -distance : distance
                let rounding = 1e-6 * (center[c] < 0 ? -center[c] : center[c])
                guard magnitude > rounding else { continue }
            }
            moved[c] += 1
            squares[c] += distance * distance
            if moved[c] >= Self.adoptionRows, squares[c] > 0 {
                inverse[c] = Float(1 / (squares[c] / Double(moved[c])).squareRoot())
            }
        }
    }

    func describe(_ sink: (UnsafeRawBufferPointer) -> Void) {
        sink(UnsafeRawBufferPointer(start: center, count: channels * MemoryLayout<Double>.stride))
        sink(UnsafeRawBufferPointer(start: inverse, count: channels * MemoryLayout<Float>.stride))
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(moments, channels)
        archive.array(center, channels)
        archive.array(inverse, channels)
        archive.array(formerCenter, channels)
        archive.array(formerInverse, channels)
        archive.array(moved, channels)
        archive.array(squares, channels)
    }
}
