/// How much more the mean of a stream of losses varies than the mean of independent ones would: the largest of three answers,
/// (1+ρ)/(1−ρ) from the lag-one correlation, and the variances of the means of 32 and of 512 losses.
///
/// The first is there early, the others see what is slower: a season, a noise that comes and goes. Cost: 20 operations a loss.
struct LossCorrelation {
    /// τ of the moments, in losses and in blocks.
    private static let memory = 2000.0
    private static let blockMemory = 50.0
    static let most = 64.0

    private(set) var count = 0.0
    private var mean = 0.0
    private var variance = 0.0
    private var lagged = 0.0
    private var before = 0.0
    private var short = BlockMeans(size: 32)
    private var long = BlockMeans(size: 512)

    /// 1 … 64.
    var inflation: Double {
        guard count >= 64, variance > 1e-12 else { return 4 }
        let correlation = min(max(lagged / variance, 0), 0.95)
        let byLag = (1 + correlation) / (1 - correlation)
        return min(max(byLag, short.inflation(variance), long.inflation(variance)), Self.most)
    }

    mutating func observe(_ loss: Double) {
        count += 1
        let rate = max(1 / count, 1 / Self.memory)
        let deviation = loss - mean
        mean += rate * deviation
        variance += rate * (deviation * (loss - mean) - variance)
        if count > 1 { lagged += rate * (deviation * (before - mean) - lagged) }
        before = loss
        short.observe(loss, memory: Self.blockMemory)
        long.observe(loss, memory: Self.blockMemory)
    }

    mutating func reset() { self = LossCorrelation() }

    mutating func archive(_ archive: inout Archive) { archive.scalar(&self) }
}

extension LossCorrelation: BitwiseCopyable {}

/// The variance of the means of blocks.
private struct BlockMeans: BitwiseCopyable {
    let size: Double
    private var filled = 0.0
    private var sum = 0.0
    private var blocks = 0.0
    private var mean = 0.0
    private var variance = 0.0

    init(size: Double) { self.size = size }

    /// 1 until there are eight blocks.
    func inflation(_ single: Double) -> Double { blocks >= 8 ? size * variance / single : 1 }

    mutating func observe(_ loss: Double, memory: Double) {
        filled += 1
        sum += loss
        guard filled == size else { return }
        blocks += 1
        let rate = max(1 / blocks, 1 / memory)
        let deviation = sum / size - mean
        mean += rate * deviation
        // One block is at most three deviations strange: a change must be noticed before it counts as how things are.
        let square = deviation * (sum / size - mean)
        variance += rate * ((blocks > 8 ? min(square, 9 * variance) : square) - variance)
        (filled, sum) = (0, 0)
    }
}
