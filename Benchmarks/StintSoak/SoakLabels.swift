import Stint
import StintSimulation

/// Labels that wait until they are late enough.
struct SoakLabels {
    struct Item {
        var frame: Int
        var torque: SIMD2<Double>
        var zone: TwoJointArm.Zone
    }

    private var ring: [Item?]
    private var first = 0, count = 0
    private let delay: Int

    /// - Parameter delay: frames; at most as many labels wait, and one.
    init(delay: Int) {
        self.delay = delay
        ring = Array(repeating: nil, count: delay + 1)
    }

    mutating func add(_ moment: ArmYears.Moment) {
        precondition(count < ring.count, "no more than \(ring.count) labels wait")
        ring[(first + count) % ring.count] = Item(frame: moment.frame, torque: moment.truth.torque, zone: moment.truth.zone)
        count += 1
    }

    mutating func next(due row: Int) -> Item? {
        guard count > 0, let item = ring[first], item.frame + delay <= row else { return nil }
        first = (first + 1) % ring.count
        count -= 1
        return item
    }
}

extension SoakLabels.Item {
    private static let names = TwoJointArm.Zone.allCases.map { (zone: $0, name: Array($0.rawValue.utf8)) }

    /// Both torques and the zone.
    func deliver(to learner: Learner) {
        let moment = Label.Moment.sequence(UInt64(frame))
        learner.push(.label(Label(target: .label(0), moment: moment, value: .number(Float(torque.x)))))
        learner.push(.label(Label(target: .label(1), moment: moment, value: .number(Float(torque.y)))))
        for entry in Self.names where entry.zone == zone {
            entry.name.withUnsafeBufferPointer {
                _ = learner.push(.label(Label(target: .label(2), moment: moment, value: .category($0))))
            }
        }
    }
}
