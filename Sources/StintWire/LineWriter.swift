import Stint

/// When and where a line was made: the first keys of every prediction.
public struct LineStamp {
    /// Seconds since the epoch.
    public var time: Double
    /// The sender's sequence number, else the step since start.
    public var sequence: UInt64
    /// Data row and file, both from 0; in a replay only.
    public var place: (row: Int, file: Int)?

    public init(time: Double, sequence: UInt64, place: (row: Int, file: Int)? = nil) {
        self.time = time
        self.sequence = sequence
        self.place = place
    }
}

/// Predictions to JSON lines, without the line feed.
///
/// Names are escaped once, when the writer is made; a line then is copies and numbers, and allocates nothing once its room in `out` is
/// there. Keys stand in the order of the interface; `gaps` comes last, and only when cells were held.
///
/// ```swift
/// let lines = LineWriter(heads: [.init(name: "torque", kind: .regression(targets: ["tau1"]))], channels: ["q1"])
/// lines.write(prediction, head: 0, at: LineStamp(time: 12.5, sequence: 7), revision: 0, into: &out)
/// ```
public struct LineWriter: ~Copyable {
    /// What of a head stands in its lines.
    public struct Head {
        public enum Kind {
            case regression(targets: [String])
            case classification
            case anomaly
        }

        public var name: String
        public var kind: Kind

        public init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// From `,"head":` to `"ready":`, for each head.
    let prefixes: EscapedList
    /// The names as JSON strings.
    let headNames: EscapedList
    /// From `,"targets":` to `"value":`, empty for heads of other kinds.
    private let targets: EscapedList
    let channels: EscapedList
    /// A channel of this name would stand twice in one object; its share goes to the others'.
    private let other: Int?

    public init(heads: [Head], channels: [String]) {
        headNames = EscapedList(heads.count) { i, out in out.append(quoted: heads[i].name) }
        prefixes = EscapedList(heads.count) { i, out in
            out.append(",\"head\":")
            out.append(quoted: heads[i].name)
            switch heads[i].kind {
            case .regression: out.append(",\"kind\":\"regression\",\"ready\":")
            case .classification: out.append(",\"kind\":\"classification\",\"ready\":")
            case .anomaly: out.append(",\"kind\":\"anomaly\",\"ready\":")
            }
        }
        targets = EscapedList(heads.count) { i, out in
            guard case .regression(let names) = heads[i].kind else { return }
            out.append(",\"targets\":[")
            for (k, name) in names.enumerated() {
                if k > 0 { out.append(byte: .comma) }
                out.append(quoted: name)
            }
            out.append("],\"value\":")
        }
        self.channels = EscapedList(channels.count) { i, out in out.append(quoted: channels[i]) }
        other = channels.firstIndex(of: "other")
    }

    /// One line. `classes` names the classes of a classification head, as many as it gives probabilities.
    public func write(
        _ prediction: Prediction, head: Int, at stamp: LineStamp, classes: ClassNames = .none, gaps: Int = 0, revision: Int,
        into out: inout ByteWriter
    ) {
        out.append("{\"type\":\"prediction\",\"t\":")
        out.append(stamp.time)
        out.append(",\"seq\":")
        out.append(stamp.sequence)
        if let place = stamp.place {
            out.append(",\"row\":")
            out.append(place.row)
            out.append(",\"file\":")
            out.append(place.file)
        }
        out.append(bytes: prefixes[head])
        switch prediction {
        case .regression(let regression): write(regression, head: head, revision: revision, into: &out)
        case .classification(let classification): write(classification, classes: classes, revision: revision, into: &out)
        case .anomaly(let anomaly): write(anomaly, into: &out)
        }
        if gaps > 0 {
            out.append(",\"gaps\":")
            out.append(gaps)
        }
        out.append(byte: .braceClose)
    }

    private func write(_ prediction: RegressionPrediction, head: Int, revision: Int, into out: inout ByteWriter) {
        out.append(prediction.isReady)
        out.append(bytes: targets[head])
        out.append(array: prediction.value)
        let count = prediction.value.count
        out.append(",\"lower\":")
        prediction.isReady ? out.append(array: prediction.lower) : out.append(nulls: count)
        out.append(",\"upper\":")
        prediction.isReady ? out.append(array: prediction.upper) : out.append(nulls: count)
        out.append(",\"sd\":")
        prediction.isReady ? out.append(array: prediction.deviation) : out.append(nulls: count)
        out.append(",\"nominal\":")
        out.append(prediction.nominal)
        writeEnd(novelty: prediction.novelty, revision: revision, into: &out)
    }

    private func write(_ prediction: ClassificationPrediction, classes: ClassNames, revision: Int, into out: inout ByteWriter) {
        let count = prediction.probability.count
        precondition(classes.count == count, "offered \(classes.count) class names for \(count) probabilities")
        out.append(prediction.isReady)
        out.append(",\"class\":")
        if prediction.classID >= 0 {
            out.append(quoted: classes[prediction.classID])
        } else {
            out.append("null")
        }
        out.append(",\"class_id\":")
        out.append(prediction.classID)
        out.append(",\"classes\":[")
        for i in 0..<count {
            if i > 0 { out.append(byte: .comma) }
            out.append(quoted: classes[i])
        }
        out.append("],\"probability\":")
        out.append(array: prediction.probability)
        out.append(",\"set\":[")
        var isFirst = true
        for i in 0..<count where prediction.isInSet[i] {
            if !isFirst { out.append(byte: .comma) }
            isFirst = false
            out.append(quoted: classes[i])
        }
        out.append("],\"abstain\":")
        out.append(prediction.abstains)
        writeEnd(novelty: prediction.novelty, revision: revision, into: &out)
    }

    func write(_ cause: AnomalyPrediction.Cause, into out: inout ByteWriter) {
        out.append(",\"cause\":\"")
        out.append(cause.name)
        out.append("\",\"cause_id\":")
        out.append(cause.rawValue)
    }

    private func write(_ prediction: AnomalyPrediction, into out: inout ByteWriter) {
        out.append(prediction.isReady)
        out.append(",\"score\":")
        out.append(prediction.score)
        out.append(",\"p_value\":")
        out.append(prediction.pValue)
        out.append(",\"alarm\":")
        out.append(prediction.isAlarm)
        out.append(",\"incident\":")
        if let incident = prediction.incident { out.append(incident) } else { out.append("null") }
        write(prediction.cause, into: &out)
        out.append(",\"channels\":{")
        write(shares: prediction.shares, into: &out)
        out.append(byte: .braceClose)
    }

    private func writeEnd(novelty: Float, revision: Int, into out: inout ByteWriter) {
        out.append(",\"novelty\":")
        out.append(novelty)
        // One regime, until the learner tells several apart.
        out.append(",\"regime\":0,\"revision\":")
        out.append(revision)
    }

    /// The eight largest shares by name, the largest first, and the rest.
    private func write(shares: UnsafeBufferPointer<Float>, into out: inout ByteWriter) {
        let most = 8
        let named = withUnsafeTemporaryAllocation(of: Int.self, capacity: most) { largest in
            var count = 0, sum: Float = 0
            for c in shares.indices where shares[c] > 0 && c != other {
                var place = count
                while place > 0, shares[largest[place - 1]] < shares[c] { place -= 1 }
                guard place < most else { continue }
                count = min(count + 1, most)
                var k = count - 1
                while k > place {
                    largest[k] = largest[k - 1]
                    k -= 1
                }
                largest[place] = c
            }
            for k in 0..<count {
                sum += shares[largest[k]]
                out.append(bytes: channels[largest[k]])
                out.append(byte: .colon)
                out.append(shares[largest[k]])
                out.append(byte: .comma)
            }
            return sum
        }
        out.append("\"other\":")
        // Eight roundings of Float32 leave less than 1e-6; that is no share of anyone.
        let rest = 1 - named
        out.append(rest > 1e-6 ? rest : 0)
    }
}

/// Texts of one kind, laid end to end.
struct EscapedList: ~Copyable {
    private var text = ByteWriter(capacity: 256)
    private var ends: [Int] = []

    init(_ count: Int, _ write: (Int, inout ByteWriter) -> Void) {
        for i in 0..<count {
            write(i, &text)
            ends.append(text.count)
        }
    }

    subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text.bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
    }
}

extension ByteWriter {
    /// Numbers as a JSON array.
    public mutating func append(array values: UnsafeBufferPointer<Float>) {
        append(byte: .bracketOpen)
        for i in values.indices {
            if i > 0 { append(byte: .comma) }
            append(values[i])
        }
        append(byte: .bracketClose)
    }

    mutating func append(nulls count: Int) {
        append(byte: .bracketOpen)
        for i in 0..<count {
            if i > 0 { append(byte: .comma) }
            append("null")
        }
        append(byte: .bracketClose)
    }
}
