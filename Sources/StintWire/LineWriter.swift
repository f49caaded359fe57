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

/// Predictions to lines in JSON or CBOR, without the line feed.
///
/// Names are written once, when the writer is made; a line then is copies and numbers, and allocates nothing once its room in `out` is
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
        /// Seconds from a forecast to what it is of.
        public var horizon: Double?

        public init(name: String, kind: Kind, horizon: Double? = nil) {
            self.name = name
            self.kind = kind
            self.horizon = horizon
        }
    }

    let form: LineForm
    /// The names as values of the form.
    let headNames: EscapedList
    let channels: EscapedList
    private let horizons: [Double?]
    let streams: EscapedList
    /// The kind of each head.
    private let kinds: [StaticString]
    /// The names of the targets as an array; empty for heads of other kinds.
    private let targets: EscapedList
    /// A channel of this name would stand twice in one object; its share goes to the others'.
    private let other: Int?

    public init(heads: [Head], channels: [String], streams names: [String] = [], form: LineForm = .json) {
        self.form = form
        horizons = heads.map(\.horizon)
        streams = EscapedList(names.count) { i, out in form.write(name: names[i], into: &out) }
        headNames = EscapedList(heads.count) { i, out in form.write(name: heads[i].name, into: &out) }
        kinds = heads.map { head in
            switch head.kind {
            case .regression: "regression"
            case .classification: "classification"
            case .anomaly: "anomaly"
            }
        }
        targets = EscapedList(heads.count) { i, out in
            if case .regression(let names) = heads[i].kind { form.write(names: names, into: &out) }
        }
        self.channels = EscapedList(channels.count) { i, out in form.write(name: channels[i], into: &out) }
        other = channels.firstIndex(of: "other")
    }

    /// One line. `classes` names the classes of a classification head, as many as it gives probabilities.
    public func write(
        _ prediction: Prediction, head: Int, at stamp: LineStamp, classes: ClassNames = .none, gaps: Int = 0, revision: Int,
        into out: inout ByteWriter
    ) {
        var line = LineObject(form, &out)
        line.add("type", "prediction", &out)
        line.add("t", stamp.time, &out)
        line.add("seq", stamp.sequence, &out)
        if let place = stamp.place {
            line.add("row", place.row, &out)
            line.add("file", place.file, &out)
        }
        line.add("head", written: headNames[head], &out)
        line.add("kind", kinds[head], &out)
        switch prediction {
        case .regression(let regression): write(regression, head: head, revision: revision, &line, into: &out)
        case .classification(let classification): write(classification, classes: classes, revision: revision, &line, into: &out)
        case .anomaly(let anomaly): write(anomaly, &line, into: &out)
        }
        if let horizon = horizons[head] { line.add("t_target", stamp.time + horizon, &out) }
        if gaps > 0 { line.add("gaps", gaps, &out) }
        line.end(&out)
    }

    private func write(
        _ prediction: RegressionPrediction, head: Int, revision: Int, _ line: inout LineObject, into out: inout ByteWriter
    ) {
        let count = prediction.value.count, isReady = prediction.isReady
        line.add("ready", isReady, &out)
        line.add("targets", written: targets[head], &out)
        line.add("value", array: prediction.value, &out)
        isReady ? line.add("lower", array: prediction.lower, &out) : line.add("lower", nulls: count, &out)
        isReady ? line.add("upper", array: prediction.upper, &out) : line.add("upper", nulls: count, &out)
        isReady ? line.add("sd", array: prediction.deviation, &out) : line.add("sd", nulls: count, &out)
        line.add("nominal", prediction.nominal, &out)
        writeEnd(novelty: prediction.novelty, regime: prediction.regime, revision: revision, &line, into: &out)
    }

    private func write(
        _ prediction: ClassificationPrediction, classes: ClassNames, revision: Int, _ line: inout LineObject, into out: inout ByteWriter
    ) {
        let count = prediction.probability.count
        precondition(classes.count == count, "offered \(classes.count) class names for \(count) probabilities")
        line.add("ready", prediction.isReady, &out)
        if prediction.classID >= 0 {
            line.add("class", text: classes[prediction.classID], &out)
        } else {
            line.addNull("class", &out)
        }
        line.add("class_id", prediction.classID, &out)
        line.key("classes", &out)
        form.beginArray(count, into: &out)
        for i in 0..<count {
            if i > 0 { form.writeComma(into: &out) }
            form.write(text: classes[i], into: &out)
        }
        form.endArray(into: &out)
        line.add("probability", array: prediction.probability, &out)
        line.key("set", &out)
        var members = 0
        for i in 0..<count where prediction.isInSet[i] { members += 1 }
        form.beginArray(members, into: &out)
        var isFirst = true
        for i in 0..<count where prediction.isInSet[i] {
            if !isFirst { form.writeComma(into: &out) }
            isFirst = false
            form.write(text: classes[i], into: &out)
        }
        form.endArray(into: &out)
        line.add("abstain", prediction.abstains, &out)
        writeEnd(novelty: prediction.novelty, regime: prediction.regime, revision: revision, &line, into: &out)
    }

    func write(_ cause: AnomalyPrediction.Cause, _ line: inout LineObject, into out: inout ByteWriter) {
        line.add("cause", cause.name, &out)
        line.add("cause_id", cause.rawValue, &out)
    }

    private func write(_ prediction: AnomalyPrediction, _ line: inout LineObject, into out: inout ByteWriter) {
        line.add("ready", prediction.isReady, &out)
        line.add("score", prediction.score, &out)
        line.add("p_value", prediction.pValue, &out)
        line.add("alarm", prediction.isAlarm, &out)
        if let incident = prediction.incident { line.add("incident", incident, &out) } else { line.addNull("incident", &out) }
        write(prediction.cause, &line, into: &out)
        line.key("channels", &out)
        write(shares: prediction.shares, into: &out)
    }

    private func writeEnd(novelty: Float, regime: Int, revision: Int, _ line: inout LineObject, into out: inout ByteWriter) {
        line.add("novelty", novelty, &out)
        line.add("regime", regime, &out)
        line.add("revision", revision, &out)
    }

    /// The eight largest shares by name, the largest first, and the rest.
    private func write(shares: UnsafeBufferPointer<Float>, into out: inout ByteWriter) {
        let most = 8
        var object = LineObject(form, &out)
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
                object.key(written: channels[largest[k]], &out)
                form.write(shares[largest[k]], into: &out)
            }
            return sum
        }
        // Eight roundings of Float32 leave less than 1e-6; that is no share of anyone.
        let rest = 1 - named
        object.add("other", rest > 1e-6 ? rest : 0, &out)
        object.end(&out)
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

    var count: Int { ends.count }

    subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: text.bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
    }
}
