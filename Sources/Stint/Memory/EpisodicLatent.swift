/// What the reservoir keeps of a row: the C scaled channels and, if there is the block, the statistics of their window; then,
/// where that is not too wide, half of each channel's newest lag.
///
/// The lag says which way a channel is going (on a robot arm: half of what there is to know). It counts for less than the
/// channel itself, since it mostly repeats it.
enum EpisodicLatent {
    /// Widest latent with lags.
    static let widest = 64
    static let lagScale: Float = 0.5

    static func width(_ specification: Specification) -> Int {
        let own = specification.channels * (specification.encoder.stats ? 1 + StatisticsScaling.perChannel : 1)
        let whole = own + specification.channels
        return specification.encoder.lags && whole <= widest ? whole : own
    }

    /// Composes what the encoder holds; a lag that is not there is taken to be as now.
    static func compose(_ encoder: Encoder, width: Int, into latent: UnsafeMutablePointer<Float>) {
        for i in 0..<encoder.feed { latent[i] = encoder.last[i] }
        guard width > encoder.feed else { return }
        for c in 0..<encoder.channels { latent[encoder.feed + c] = lagScale * (encoder.last[c] - encoder.difference(c, 0)) }
    }

    /// The way back: what the Fourier features are fed, and the newest lag. Of lags that are not kept none is there.
    static func recall(_ latent: UnsafePointer<Float>, width: Int, into encoder: Encoder) {
        encoder.recall(latent, lag: width > encoder.feed ? latent + encoder.feed : nil, lagScale: lagScale)
    }
}
