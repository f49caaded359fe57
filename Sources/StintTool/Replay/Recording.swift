import StintWire

/// A recording that was looked through once: its bytes, its name in messages, and what its header and its rows have.
final class Recording {
    let name: String
    let survey: CSVSurvey
    /// Columns of numbers that are neither clock nor label, in header order; the others of text are in `survey.textColumns`.
    let channels: [String]
    let labels: [String]
    let hasClock: Bool
    /// What it is, if it is no table.
    let capture: Capture?
    private let file: MappedFile
    private let roles: CSVRoles

    init(_ name: String, _ file: MappedFile, _ roles: CSVRoles) throws(Failure) {
        do throws(CSVProblem) {
            let reader = try CSVReader(file.bytes, roles: roles)
            let survey = reader.survey()
            channels = reader.channels.filter { !survey.textColumns.contains($0) }
            labels = reader.labelNames
            hasClock = reader.hasClock
            self.survey = survey
        } catch {
            throw .refused(name, error)
        }
        self.name = name
        self.file = file
        self.roles = roles
        capture = nil
    }

    /// A capture, as far as it is like a table.
    init(_ name: String, captured file: MappedFile) throws(Failure) {
        let capture = try Capture(name, file)
        var survey = CSVSurvey()
        survey.spacing = capture.spacing
        survey.labels = capture.labels
        self.survey = survey
        (channels, labels, hasClock) = (capture.channels, capture.labels.map(\.name), true)
        (self.name, self.file, self.capture, roles) = (name, file, capture, CSVRoles())
    }

    static func isCapture(_ path: String) -> Bool { path.hasSuffix(".jsonl") }

    convenience init(path: String, _ roles: CSVRoles) throws(Failure) {
        let file = try MappedFile(path)
        if Self.isCapture(path) { try self.init(path, captured: file) } else { try self.init(path, file, roles) }
    }

    /// Of a capture, the frames that it has for the config that it met.
    var rows: Int { capture?.frames ?? survey.rows }

    /// Its rows from the first on, in the shape that is wanted. Text columns are gaps, except where a config asks for them by name.
    func reader(channels wanted: [String], labels wantedLabels: [String]) throws(Failure) -> CSVReader {
        do throws(CSVProblem) {
            var reader = try CSVReader(file.bytes, roles: roles)
            reader.select(channels: wanted, labels: wantedLabels)
            return reader
        } catch {
            throw .refused(name, error)
        }
    }
}

extension [Recording] {
    /// The channels of all of them, in order of first appearance.
    var channels: [String] { union(\.channels) }

    var textColumns: [String] { union(\.survey.textColumns) }

    /// The labels of all of them; one is numeric if none of its first cells is anything else.
    var labels: [(name: String, isNumeric: Bool)] {
        union(\.labels).map { name in (name, !kinds(of: name).contains { $0 == .text || $0 == .mixed }) }
    }

    /// The labels whose first cells hold no number in any of them, in order of first appearance.
    var numberless: [String] { union(\.labels).filter { kinds(of: $0).allSatisfy { $0 == .text || $0 == .empty } } }

    private func kinds(of label: String) -> [CSVSurvey.LabelKind] {
        flatMap { recording in recording.survey.labels.filter { $0.name == label }.map(\.kind) }
    }

    /// Seconds between two rows of the first recording whose clock tells.
    var spacing: Double? { lazy.compactMap(\.survey.spacing).first }

    private func union(_ names: (Recording) -> [String]) -> [String] {
        var known: Set<String> = []
        return flatMap(names).filter { known.insert($0).inserted }
    }
}
