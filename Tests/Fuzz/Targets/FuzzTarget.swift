/// The places where bytes that nobody vouches for come in. Each takes any bytes and must not trap; what it finds wrong it says.
///
/// libFuzzer feeds them (`make fuzz`), and so does a short, seeded run in `make test`.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case frames, labels, cbor, capture, csv, config, control, state

    /// What is wrong; nil: all properties hold.
    public func run(_ bytes: UnsafeRawBufferPointer) -> String? {
        switch self {
        case .frames: FrameFuzz.run(bytes)
        case .labels: LabelFuzz.run(bytes)
        case .cbor: CBORFuzz.run(bytes)
        case .capture: CaptureFuzz.run(bytes)
        case .csv: CSVFuzz.run(bytes)
        case .config: ConfigFuzz.run(bytes)
        case .control: ControlFuzz.run(bytes)
        case .state: StateFuzz.run(bytes)
        }
    }

    /// Byte strings that were read as a state so far: up to three an input.
    public static var statesRead: Int { StateFuzz.readings }
}
