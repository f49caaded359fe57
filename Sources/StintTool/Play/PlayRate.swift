import ArgumentParser

/// How fast rows go out: by the recording's clock, so many times faster, or as fast as they are taken.
enum PlayRate: ExpressibleByArgument, Equatable {
    case times(Double)
    case max

    var defaultValueDescription: String {
        switch self {
        case .times(1): "realtime"
        case .times(let factor): "x\(factor)"
        case .max: "max"
        }
    }

    init?(argument: String) {
        switch argument {
        case "realtime": self = .times(1)
        case "max": self = .max
        default:
            guard argument.first == "x", let factor = Double(argument.dropFirst()), factor > 0, factor.isFinite else { return nil }
            self = .times(factor)
        }
    }
}

/// When rows are due, in seconds since the first: steps of the recording's clock, those back in time left out.
struct PlaySchedule {
    let rate: PlayRate
    private var elapsed = 0.0
    private var last: Double?

    init(_ rate: PlayRate) { self.rate = rate }

    mutating func due(_ time: Double) -> Double {
        guard case .times(let factor) = rate else { return 0 }
        if let last { elapsed += Swift.max(0, time - last) / factor }
        last = time
        return elapsed
    }
}
