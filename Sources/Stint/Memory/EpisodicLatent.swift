/// What the reservoir keeps of a row: the C scaled channels, then, where that is not too wide, half of each channel's newest lag.
///
/// The lag says which way a channel is going (on a robot arm: half of what there is to know). It counts for less than the
/// channel itself, since it mostly repeats it.
enum EpisodicLatent {
    /// Widest latent with lags.
    static let widest = 64
    static let lagScale: Float = 0.5

    static func width(_ specification: Specification) -> Int {
        let doubled = 2 * specification.channels
        return specification.encoder.lags && doubled <= widest ? doubled : specification.channels
    }

    /// Composes what the encoder holds; a lag that is not there is taken to be as now.
    static func compose(_ encoder: Encoder, width: Int, into latent: UnsafeMutablePointer<Float>) {
        let channels = encoder.channels
        for c in 0..<channels { latent[c] = encoder.last[c] }
        guard width > channels else { return }
        for c in 0..<channels { latent[channels + c] = lagScale * (encoder.last[c] - encoder.difference(c, 0)) }
    }
}
