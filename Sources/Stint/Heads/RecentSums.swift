/// Sums of the last sixteen whitened residuals of each channel, each of them cut off at ±2.5.
///
/// A step that lasts adds up; one outlier, however far, is worth 2.5. So a sustained step in a heavy-tailed stream, of a size
/// that single rows reach by themselves, stands out from its tenth row on.
struct RecentSums {
    static let rows = 16
    static let clip: Float = 2.5

    let channels: Int
    private let kept: UnsafeMutablePointer<Float>
    private let sums: UnsafeMutablePointer<Float>
    private var next = 0

    init(channels: Int, _ carver: inout Carver) {
        self.channels = channels
        kept = carver.carve(Float.self, Self.rows * channels)
        sums = carver.carve(Float.self, channels)
    }

    mutating func reset() {
        kept.update(repeating: 0, count: Self.rows * channels)
        sums.update(repeating: 0, count: channels)
        next = 0
    }

    /// Takes in a row; returns the length of the sums over √rows: for white noise, that of C independent normal numbers.
    mutating func push(_ w: UnsafePointer<Float>) -> Float {
        let row = kept + next * channels
        next = (next + 1) % Self.rows
        for c in 0..<channels {
            let bounded = min(max(w[c], -Self.clip), Self.clip)
            sums[c] += bounded - row[c]
            row[c] = bounded
        }
        // Summed anew once a round, so that rounding does not add up.
        if next == 0 {
            sums.update(from: kept, count: channels)
            for k in 1..<Self.rows { for c in 0..<channels { sums[c] += kept[k * channels + c] } }
        }
        var square: Float = 0
        for c in 0..<channels { square += sums[c] * sums[c] }
        return (square / Float(Self.rows)).squareRoot()
    }

    func sum(_ c: Int) -> Float { sums[c] }

    mutating func archive(_ archive: inout Archive) {
        archive.present(kept, Self.rows * channels)
        archive.present(sums, channels)
        archive.scalar(&next)
    }
}
