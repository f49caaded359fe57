import CMath

/// From a window's statistics to features of about unit size, by a scaling that is frozen with that of the channels.
///
/// Of a channel with centre c and deviation σ: m = (mean − c)/σ, log(s + ε) with s = deviation/σ, slope/σ, log(change/σ + ε),
/// and the energy m² + s². Deviations and changes are sizes, whose ratios matter: hence logarithms, with a floor below which a
/// hundredth of the channel's own deviation is as good as nothing. Each feature is then brought to mean 0 and deviation 1 by
/// the rows that are kept when the encoder is fitted, and clipped at ±8.
///
/// A channel without a scale, or whose statistics are masked, is 0 in all of them. One that adopts its scale after the freeze
/// is taken as it is, without centre and deviation of its own.
struct StatisticsScaling {
    /// Features a channel, in blocks of C: mean, deviation, change, slope, energy.
    static let perChannel = 5
    /// ε.
    static let floor = 0.01

    let channels: Int
    private var width: Int { Self.perChannel * channels }
    private let center: UnsafeMutablePointer<Float>
    private let inverse: UnsafeMutablePointer<Float>
    private let formerCenter: UnsafeMutablePointer<Float>
    private let formerInverse: UnsafeMutablePointer<Float>
    private let moments: UnsafeMutablePointer<Moments>

    init(channels: Int, _ carver: inout Carver) {
        self.channels = channels
        let width = Self.perChannel * channels
        center = carver.carve(Float.self, width)
        inverse = carver.carve(Float.self, width)
        formerCenter = carver.carve(Float.self, width)
        formerInverse = carver.carve(Float.self, width)
        moments = carver.carve(Moments.self, width)
    }

    func reset() {
        for table in [center, inverse, formerCenter, formerInverse] { table.update(repeating: 0, count: width) }
    }

    /// Fits to every kept row, after the channels' own scaling. Cost: 5C a kept row, some hundreds of rows, four times in a life.
    func fit(_ pending: PendingLatents, _ scaling: Scaling, _ statistics: WindowStatistics, room: UnsafeMutablePointer<Float>) {
        formerCenter.update(from: center, count: width)
        formerInverse.update(from: inverse, count: width)
        begin()
        for serial in pending.oldest..<pending.next { observe(pending.statistics(serial), scaling, statistics, room: room) }
        finish(scaling)
    }

    func begin() { moments.update(repeating: Moments(), count: width) }

    /// Leaves the features of these statistics in `room`, before their own scaling.
    func observe(_ kept: UnsafePointer<Float>, _ scaling: Scaling, _ statistics: WindowStatistics, room: UnsafeMutablePointer<Float>) {
        relate(kept, scaling, statistics, former: false, into: room)
        for i in 0..<width where !room[i].isNaN { moments[i].add(Double(room[i])) }
    }

    func finish(_ scaling: Scaling) {
        for i in 0..<width {
            let isScaled = scaling.inverse(of: i % channels) > 0
            center[i] = isScaled ? Float(moments[i].mean) : 0
            inverse[i] = !isScaled ? 1 : moments[i].isConstant ? 0 : Float(1 / moments[i].deviation)
        }
    }

    /// Puts a calibration into force; there is no scaling before it.
    func take(_ calibration: EncoderCalibration.Statistics) {
        for i in 0..<width {
            center[i] = calibration.centers[i]
            inverse[i] = calibration.scales[i] > 0 ? Float(1 / Double(calibration.scales[i])) : 0
        }
        formerCenter.update(from: center, count: width)
        formerInverse.update(from: inverse, count: width)
    }

    /// Scales become what a calibration can hold of them.
    func round() {
        for i in 0..<width { inverse[i] = inverse[i] > 0 ? Float(1 / Double(scale(of: i))) : 0 }
    }

    func center(of i: Int) -> Float { center[i] }
    /// As a calibration holds it; 0 for a feature that does not move.
    func scale(of i: Int) -> Float { inverse[i] > 0 ? Float(1 / Double(inverse[i])) : 0 }

    /// - Parameter former: by the scaling before the newest fit.
    func apply(
        _ kept: UnsafePointer<Float>, _ scaling: Scaling, _ statistics: WindowStatistics, former: Bool, into out: UnsafeMutablePointer<Float>
    ) {
        relate(kept, scaling, statistics, former: former, into: out)
        bring(out, former: former, into: out)
    }

    /// Features to mean 0 and deviation 1.
    func bring(_ features: UnsafePointer<Float>, former: Bool = false, into out: UnsafeMutablePointer<Float>) {
        let center = former ? formerCenter : center
        let inverse = former ? formerInverse : inverse
        for i in 0..<width {
            let scaled = (features[i] - center[i]) * inverse[i]
            out[i] = scaled.isNaN ? 0 : min(max(scaled, -Scaling.clip), Scaling.clip)
        }
    }

    /// In units of the channel; NaN where there is nothing to say.
    private func relate(
        _ kept: UnsafePointer<Float>, _ scaling: Scaling, _ statistics: WindowStatistics, former: Bool,
        into out: UnsafeMutablePointer<Float>
    ) {
        for c in 0..<channels {
            let unit = Double(scaling.inverse(of: c, former: former))
            guard unit > 0 else {
                for k in 0..<Self.perChannel { out[k * channels + c] = .nan }
                continue
            }
            let offset = Double(statistics.origin(of: c)) - scaling.center(of: c, former: former)
            let mean = (Double(kept[c]) + offset) * unit
            let deviation = Double(kept[channels + c]) * unit
            out[c] = Float(mean)
            out[channels + c] = Float(log(deviation + Self.floor))
            out[3 * channels + c] = Float(Double(kept[2 * channels + c]) * unit)
            out[2 * channels + c] = Float(log(Double(kept[3 * channels + c]) * unit + Self.floor))
            out[4 * channels + c] = Float(mean * mean + deviation * deviation)
        }
    }

    func describe(_ sink: (UnsafeRawBufferPointer) -> Void) {
        sink(UnsafeRawBufferPointer(start: center, count: width * MemoryLayout<Float>.stride))
        sink(UnsafeRawBufferPointer(start: inverse, count: width * MemoryLayout<Float>.stride))
    }

    mutating func archive(_ archive: inout Archive) {
        archive.array(center, width)
        archive.array(inverse, width)
        archive.array(formerCenter, width)
        archive.array(formerInverse, width)
    }
}
