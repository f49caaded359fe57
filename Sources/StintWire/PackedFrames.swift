import Stint

/// The packed form: a header of 32 bytes, then samples × channels float32, all little-endian.
///
/// | at | what |
/// |---|---|
/// | 0 | 0xF5 |
/// | 1 | version, 1 |
/// | 2 | channels, u16 |
/// | 4 | samples, u32 |
/// | 8 | sequence of the first sample, u64 |
/// | 16 | time of the first sample, i64 nanoseconds since the epoch; 0 = arrival |
/// | 24 | period, u32 nanoseconds |
/// | 28 | reserved, u32, ignored |
struct PackedFrames {
    static let mark: UInt8 = 0xF5
    static let headerBytes = 32

    let samples: Int
    let sequence: UInt64
    private let channels: Int
    private let data: UnsafeRawBufferPointer
    private let start: Int64
    private let period: Int64
    private let arrival: Double

    /// Throws `malformed` when the header lies about the length or a number would wrap around, `wrongShape` when the channels are not
    /// the stream's or there is no sample.
    init(_ payload: UnsafeRawBufferPointer, channels: Int, arrival: Double) throws(Refusal) {
        guard payload.count >= Self.headerBytes, payload[0] == Self.mark, payload[1] == 1 else { throw Refusal.malformed }
        let said = Int(UInt16(littleEndian: payload.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        samples = Int(UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        sequence = UInt64(littleEndian: payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        start = Int64(littleEndian: payload.loadUnaligned(fromByteOffset: 16, as: Int64.self))
        period = Int64(UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: 24, as: UInt32.self)))
        self.channels = channels
        self.arrival = arrival
        data = UnsafeRawBufferPointer(rebasing: payload[Self.headerBytes...])
        // 2^32 samples of 2^16 channels of 4 bytes stay below 2^50.
        guard data.count == samples * said * 4 else { throw Refusal.malformed }
        guard said == channels, samples > 0 else { throw Refusal.wrongShape }
        let last = Int64(samples - 1)
        guard !sequence.addingReportingOverflow(UInt64(last)).overflow, !start.addingReportingOverflow(last * period).overflow else {
            throw Refusal.malformed
        }
    }

    func time(_ sample: Int) -> Double {
        let offset = Int64(sample) * period
        return start == 0 ? arrival + seconds(nanoseconds: offset) : seconds(nanoseconds: start + offset)
    }

    /// A row of C values; what is no usable number becomes a gap.
    func copy(sample: Int, to row: UnsafeMutableBufferPointer<Float>) {
        for c in 0..<channels {
            let value = cell(sample * channels + c)
            row[c] = value.isFinite && Magnitude.isUsable(value) ? value : value.isNaN ? .nan : Frame.unusable
        }
    }

    func gaps() -> Gaps {
        var gaps = Gaps()
        for i in 0..<samples * channels {
            let value = cell(i)
            if !value.isFinite {
                gaps.nonFinite += 1
            } else if !Magnitude.isUsable(value) {
                gaps.outOfRange += 1
            }
        }
        return gaps
    }

    @inline(__always)
    private func cell(_ i: Int) -> Float {
        Float(bitPattern: UInt32(littleEndian: data.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)))
    }
}

/// Whole seconds and the rest apart, so that both are exact before the one sum: a time in text reads the same.
func seconds(nanoseconds: Int64) -> Double {
    let billion: Int64 = 1_000_000_000
    var (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: billion)
    if rest < 0 {
        rest += billion
        whole -= 1
    }
    return Double(whole) + Double(rest) / 1e9
}
