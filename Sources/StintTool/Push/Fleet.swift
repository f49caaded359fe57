import StintSecurity
import StintSockets

/// Devices that a config goes to, from a file: `NAME ENDPOINT [PUBLIC-KEY]`, one a line; empty lines and `#` say nothing. The endpoint of one
/// that dials in is `-`.
struct Fleet {
    struct Device: Equatable {
        var name: String
        var endpoint: String
        var key: String?
        var dialsIn: Bool { endpoint == "-" }
    }

    let devices: [Device]

    init(_ path: String) throws(Failure) {
        guard let text = String(validating: try readWhole(path), as: UTF8.self) else { throw .refused("\(path): expected text") }
        var devices: [Device] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count == 2 || words.count == 3, words[1] == "-" || EndpointOption(argument: words[1]) != nil else {
                throw .refused("\(path):\(index + 1): expected NAME ENDPOINT [PUBLIC-KEY], such as `arm-07 tcp://10.0.0.7:5557`")
            }
            guard !devices.contains(where: { $0.name == first }) else { throw .refused("\(path):\(index + 1): there are two devices called \(first)") }
            devices.append(Device(name: first, endpoint: words[1], key: words.count == 3 ? words[2] : nil))
        }
        guard !devices.isEmpty else { throw .refused("\(path): there is no device") }
        self.devices = devices
    }
}

/// How many devices at a time, counted from the first: `1,10%,100%` of 50 are 1, then up to 5, then all.
struct Waves: Equatable {
    let ends: [Int]

    /// nil: no such list, or one that does not grow.
    init?(_ text: String, of count: Int) {
        var ends: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = part.filter { $0 != " " }
            let end: Int
            if word.last == "%" {
                guard let share = Double(word.dropLast()), share > 0, share <= 100 else { return nil }
                end = min(count, max(1, Int((share / 100 * Double(count)).rounded(.up))))
            } else {
                guard let number = Int(word), number > 0 else { return nil }
                end = min(count, number)
            }
            if let last = ends.last, end < last { return nil }
            if end != ends.last { ends.append(end) }
        }
        guard !ends.isEmpty else { return nil }
        self.ends = ends
    }
}

/// A config on its way to a fleet.
struct FleetPush {
    struct Result {
        var device: String
        var answer: PushAnswer
    }

    private(set) var results: [Result] = []
    private let fleet: Fleet
    private let order: PushOrder
    private let keys: KeyOptions
    private let reception: Reception?
    private let context: Context
    private let waits: Bool

    init(_ fleet: Fleet, _ order: PushOrder, _ keys: KeyOptions, _ reception: Reception?, _ context: Context, waits: Bool) {
        self.fleet = fleet
        self.order = order
        self.keys = keys
        self.reception = reception
        self.context = context
        self.waits = waits
    }

    /// Wave by wave; false when one device did not take it, and then the waves after its own are not begun.
    mutating func push(_ waves: Waves, _ tell: (String, PushAnswer) -> Void) throws -> Bool {
        var first = 0
        for end in waves.ends {
            var answers: [PushAnswer] = []
            for device in fleet.devices[first..<end] { answers.append(attempt(device) { target throws(Failure) in try target.push(order(for: device)) }) }
            var isFine = true
            for (device, answer) in zip(fleet.devices[first..<end], answers) {
                var settled = answer
                if waits, !answer.isRefused { settled = attempt(device, answer.revision) { target throws(Failure) in try target.settle(answer) } }
                results.append(Result(device: device.name, answer: settled))
                tell(device.name, settled)
                if settled.isRefused { isFine = false }
            }
            guard isFine else { return false }
            first = end
        }
        return true
    }

    private func order(for device: Fleet.Device) -> PushOrder {
        var own = order
        if own.device == nil { own.device = device.name }
        return own
    }

    private func attempt(
        _ device: Fleet.Device, _ revision: UInt64 = 0, _ body: (inout PushTarget) throws(Failure) -> PushAnswer
    ) -> PushAnswer {
        do throws(Failure) {
            var keys = keys
            if let key = device.key { keys.serverKey = key }
            var target: PushTarget
            if device.dialsIn, let reception {
                target = PushTarget(device.name, ControlClient(ReceptionLine(reception, device.name)))
            } else {
                target = PushTarget(device.name, try ControlClient(device.endpoint, keys, in: context))
            }
            return try body(&target)
        } catch {
            return PushAnswer(revision: revision, status: "unreachable", outcome: .refused(error.message))
        }
    }
}
