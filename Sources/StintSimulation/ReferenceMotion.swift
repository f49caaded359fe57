import CMath

/// Where the arm shall be at each instant: moves from point to point, with a sum of sines on top.
///
/// Smooth: position, velocity and acceleration are continuous. The sines of the default have frequencies in ratios of
/// square roots of different primes, so the motion never repeats, while the moves come round every 20 s.
///
///     let wanted = ReferenceMotion().at(3.5)   // wanted.q, wanted.dq, wanted.ddq
///
/// Source: minimum-jerk moves: Flash, Hogan, J. Neurosci. 5 (1985) 1688, s(u) = 10u³ − 15u⁴ + 6u⁵. Sums of sines as
/// exciting trajectories: Swevers et al., IEEE Trans. Robot. Autom. 13 (1997) 730.
public struct ReferenceMotion: Sendable {
    /// One sine: amplitude in rad, frequency in Hz, phase in rad.
    public struct Sine: Sendable {
        public var amplitude, frequency, phase: Double

        public init(amplitude: Double, frequency: Double, phase: Double = 0) {
            self.amplitude = amplitude
            self.frequency = frequency
            self.phase = phase
        }
    }

    /// A point of the motion: rad, rad/s, rad/s².
    public struct Point: Sendable {
        public var q, dq, ddq: SIMD2<Double>
    }

    /// The poses (rad) visited in turn, over and over. At least one; with one the arm stays there.
    public var poses: [SIMD2<Double>]
    /// Duration of a move, s. Above 0.
    public var moveSeconds: Double
    /// Rest between two moves, s. 0 or more.
    public var dwellSeconds: Double
    /// What is added to q₁ and to q₂; empty is nothing.
    public var shoulder, elbow: [Sine]

    public init(
        poses: [SIMD2<Double>] = [[0.3, 0.6], [0.9, -0.7], [-0.3, 1.1], [0.5, 0.2]],
        moveSeconds: Double = 3, dwellSeconds: Double = 2,
        shoulder: [Sine] = [
            Sine(amplitude: 0.35, frequency: 0.2),
            Sine(amplitude: 0.2, frequency: 0.2 * 2.0.squareRoot(), phase: 1),
            Sine(amplitude: 0.08, frequency: 0.2 * 5.0.squareRoot(), phase: 2),
        ],
        elbow: [Sine] = [
            Sine(amplitude: 0.3, frequency: 0.2 * 3.0.squareRoot(), phase: 3),
            Sine(amplitude: 0.15, frequency: 0.2 * 7.0.squareRoot(), phase: 4),
            Sine(amplitude: 0.08, frequency: 0.2 * 11.0.squareRoot(), phase: 5),
        ]
    ) {
        self.poses = poses
        self.moveSeconds = moveSeconds
        self.dwellSeconds = dwellSeconds
        self.shoulder = shoulder
        self.elbow = elbow
        check()
    }

    func check() {
        precondition(!poses.isEmpty, "a motion has at least one pose, got 0")
        precondition(moveSeconds > 0 && dwellSeconds >= 0,
            "a move lasts more than 0 s and a rest 0 s or more, got \(moveSeconds) s and \(dwellSeconds) s")
    }

    /// The wanted motion at `time` (s, 0 or later).
    public func at(_ time: Double) -> Point {
        precondition(time >= 0, "the motion begins at 0 s, asked for \(time) s")
        let leg = (time / (moveSeconds + dwellSeconds)).rounded(.down)
        let turn = Int(leg.truncatingRemainder(dividingBy: Double(poses.count)))
        let from = poses[turn]
        let way = poses[(turn + 1) % poses.count] - from
        let u = min(1, (time - leg * (moveSeconds + dwellSeconds)) / moveSeconds)
        let s = u * u * u * (10 + u * (6 * u - 15))
        let ds = 30 * u * u * (1 - u) * (1 - u) / moveSeconds
        let dds = 60 * u * (1 - u) * (1 - 2 * u) / (moveSeconds * moveSeconds)
        let first = Self.sum(shoulder, time)
        let second = Self.sum(elbow, time)
        return Point(
            q: from + s * way + [first.value, second.value],
            dq: ds * way + [first.slope, second.slope],
            ddq: dds * way + [first.bend, second.bend])
    }

    private static func sum(_ sines: [Sine], _ time: Double) -> (value: Double, slope: Double, bend: Double) {
        var total = (value: 0.0, slope: 0.0, bend: 0.0)
        for sine in sines {
            let omega = 2 * Double.pi * sine.frequency
            let angle = omega * time + sine.phase
            total.value += sine.amplitude * sin(angle)
            total.slope += sine.amplitude * omega * cos(angle)
            total.bend -= sine.amplitude * omega * omega * sin(angle)
        }
        return total
    }
}
