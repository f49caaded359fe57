import Stint
import StintConfig
import StintStore
import StintWire

/// Recordings through the learner, each life after the other.
///
/// What it is to do comes from `ReplaySetup`; what is said goes to a `LineSink`; what it came to is in `total` and `files`.
///
/// ```swift
/// let replay = Replay(try ReplaySetup([recording], options))
/// var sink = LineSink { bytes in … }
/// try replay.run(into: &sink)
/// ```
///
/// Memory: the learner's plan, the labels that wait, and the figures; never the rows.
final class Replay {
    /// Over all recordings, and of each.
    private(set) var total: Tally
    private(set) var files: [Tally] = []
    /// The names of the classes in the figures, for each label of the assembly.
    private(set) var classNames: [GrowingNames]
    /// The learner of the newest life.
    private(set) var learner: Learner?
    private let setup: ReplaySetup

    init(_ setup: ReplaySetup) {
        self.setup = setup
        let assembly = setup.lives[0].assembly
        total = Tally(assembly)
        classNames = assembly.labelNames.map { _ in GrowingNames() }
    }

    /// - Parameters:
    ///   - writesLines: without it `sink` gets nothing.
    ///   - restore: gives each life's learner a state to go on from.
    ///   - progress: is told now and then how many rows of the recordings are done.
    func run(
        into sink: inout LineSink, writesLines: Bool = true, restore: (Learner, Assembly) throws(Failure) -> Void = { _, _ in },
        progress: (Int) -> Void = { _ in }
    ) throws(Failure) {
        for life in setup.lives {
            let learner = Learner(life.plan)
            self.learner = learner
            try restore(learner, life.assembly)
            total.planBytes = max(total.planBytes, life.plan.bytes)
            let run = LifeReplay(life, learner, setup.options, classNames, total)
            for recording in life.warm { try run.warm(recording) }
            learner.push(.command(.learning(!setup.options.freezes)))
            for (number, recording) in life.recordings {
                files.append(try run.replay(recording, number: number, into: &sink, writesLines: writesLines, progress: progress))
            }
            (total, classNames) = run.finish()
        }
        if writesLines { try sink.flush() }
    }
}

/// One learner and its recordings, row by row: predict, write the line, then deliver the labels that are due.
///
/// The same learner as the daemon's, with nothing but decoding and writing between it and the bytes.
final class LifeReplay {
    /// Rows between two words on progress.
    static let progressRows = 256

    let life: Life
    let learner: Learner
    let options: ReplayOptions
    private let heads: [Assembly.Head]
    /// For each head the indices of its labels.
    private let targets: [[Int]]
    /// For each label, what heads want of it.
    let wantsNumber: [Bool]
    let wantsClass: [Bool]
    private let lines: LineWriter

    private var deliveries = Deliveries()
    /// Of the newest row, for each label.
    var truths: [Truth]
    /// The newest that was delivered, for each label.
    var newest: [Truth]
    var classNames: [GrowingNames]
    /// For each head the numbers of the learner's classes in `classNames`.
    private var classes: [[Int]]
    var unreadable = DropCounts()
    /// Rows of this life so far, and those of them that are no warm-up.
    var rows = 0
    var shownRows = 0
    /// Of the newest row that is no warm-up.
    var newestPlace: (row: Int, file: Int)?
    private var hasBegun = false
    /// Steps that wait for another stream, and the newest row.
    var waiting = WaitingSteps()
    var newestRow = WaitingSteps.Row(index: 0, isShown: false, isScored: false)
    private var lastTime = Double.nan
    /// What forecasting heads have said of rows to come.
    private var forecasts: [IssuedForecasts?] = []
    private var total: Tally
    private var file: Tally

    init(_ life: Life, _ learner: Learner, _ options: ReplayOptions, _ classNames: [GrowingNames], _ total: Tally) {
        self.life = life
        self.learner = learner
        self.options = options
        self.classNames = classNames
        self.total = total
        file = Tally(life.assembly)
        let assembly = life.assembly
        heads = assembly.heads
        targets = heads.map { head in head.labels.map { name in assembly.labelNames.firstIndex(of: name)! } }
        func wants(_ kind: String) -> [Bool] {
            assembly.labelNames.indices.map { label in
                assembly.heads.contains { $0.kind == kind && $0.labels.contains(assembly.labelNames[label]) }
            }
        }
        wantsNumber = wants("regression")
        wantsClass = wants("classification")
        lines = LineWriter(assembly)
        let specifications = assembly.specification.heads
        truths = assembly.labelNames.map { _ in Truth() }
        newest = truths
        classes = heads.map { _ in [] }
        forecasts = specifications.map { $0.forecast.map { IssuedForecasts($0) } }
    }

    /// Learned from, neither written nor scored.
    func warm(_ recording: Recording) throws(Failure) {
        var nowhere = LineSink { _ in }
        begin()
        if let capture = recording.capture { return try run(capture, number: nil, burnIn: 0, into: &nowhere, writesLines: false) }
        var reader = try self.reader(of: recording)
        while let row = reader.next(counts: &unreadable) {
            try pass(row, &reader, WaitingSteps.Row(index: row.index, isShown: false, isScored: false), nil, into: &nowhere)
        }
        try show(learner.push(.command(.flush)), nil, into: &nowhere)
        countUnreadable()
    }

    func replay(
        _ recording: Recording, number: Int, into sink: inout LineSink, writesLines: Bool, progress: (Int) -> Void
    ) throws(Failure) -> Tally {
        let start = processorSeconds()
        let before = LearnerCounts(learner)
        let firstRow = shownRows
        let burnIn = Self.burnIn(options.burnIn, rows: options.isOneLife ? life.rows : recording.rows)
        file = Tally(life.assembly)
        file.name = recording.name
        file.planBytes = life.plan.bytes
        begin()
        let shownNumber = writesLines ? number : nil
        if let capture = recording.capture {
            let done = total.rows
            try run(capture, number: number, burnIn: burnIn, into: &sink, writesLines: writesLines) { progress(done + $0) }
            finishFile(rows: shownRows - firstRow, seconds: processorSeconds() - start, since: before)
            return file
        }
        var reader = try self.reader(of: recording)
        while let row = reader.next(counts: &unreadable) {
            let isScored = (options.isOneLife ? shownRows : row.index) >= burnIn
            newestPlace = (row: row.index, file: number)
            try pass(row, &reader, WaitingSteps.Row(index: row.index, isShown: true, isScored: isScored), shownNumber, into: &sink)
            shownRows += 1
            if row.index % Self.progressRows == 0 { progress(total.rows + shownRows - firstRow) }
        }
        try show(learner.push(.command(.flush)), shownNumber, into: &sink)
        countUnreadable()
        finishFile(rows: shownRows - firstRow, seconds: processorSeconds() - start, since: before)
        return file
    }

    /// The sums, with this life's in them.
    func finish() -> (Tally, [GrowingNames]) {
        total.labels.pending += deliveries.count
        return (total, classNames)
    }

    static func burnIn(_ share: Double, rows: Int) -> Int { Int((share * Double(rows)).rounded(.up)) }

    private func begin() {
        if hasBegun { learner.push(.command(.seam)) }
        hasBegun = true
    }

    private func reader(of recording: Recording) throws(Failure) -> CSVReader {
        try recording.reader(channels: life.assembly.channelNames, labels: life.assembly.labelNames + life.assembly.unlearned)
    }

    private func finishFile(rows: Int, seconds: Double, since before: LearnerCounts) {
        let after = LearnerCounts(learner)
        file.count(from: before, to: after)
        total.count(from: before, to: after)
        file.labels.pending = deliveries.count
        file.rows = rows
        file.processorSeconds = seconds
        total.rows += rows
        total.processorSeconds += seconds
        file.encoderHash = learner.encoderHash(channels: life.assembly.channelNames).hexadecimal
        total.encoderHash = file.encoderHash
        for head in heads.indices {
            let experts = learner.experts(of: head)
            both(head) { $0.experts = experts }
        }
    }

    /// What the decoder refused; of ragged rows the learner is told, and counts them itself.
    func countUnreadable() {
        unreadable[.ragged] = 0
        for reason in DropReason.allCases { learner.count(reason, times: unreadable[reason]) }
        unreadable = DropCounts()
    }

    // MARK: A row

    /// A row, as the messages of a sensor would have it: a frame of each stream that has a value, the clock's last; then what is due.
    ///
    /// - Parameter file: its number in lines; nil where none are written.
    private func pass(
        _ row: CSVRow, _ reader: inout CSVReader, _ place: WaitingSteps.Row, _ file: Int?, into sink: inout LineSink
    ) throws(Failure) {
        let streams = life.assembly.streams, clock = life.assembly.clock
        let time = self.time(of: row)
        rows += 1
        newestRow = place
        guard streams.count > 1 else {
            let frame = Frame(time: time, sequence: nil, values: row.values, isUnreadable: row.isRagged)
            readLabels(&reader, .sequence(learner.upcomingSequence))
            try show(learner.push(.frame(frame)), file, into: &sink)
            return try deliver(file, into: &sink)
        }
        func frame(_ stream: Int) -> Frame? {
            let values = UnsafeBufferPointer(rebasing: row.values[streams[stream].places])
            let isUnreadable = row.isRagged && stream == clock
            guard isUnreadable || values.contains(where: { $0.isFinite }) else { return nil }
            return Frame(time: time, sequence: nil, values: values, isUnreadable: isUnreadable, stream: stream)
        }
        for stream in streams.indices where stream != clock {
            if let frame = frame(stream) { try show(learner.push(.frame(frame)), file, into: &sink) }
        }
        if let frame = frame(clock) {
            readLabels(&reader, .sequence(learner.upcomingSequence))
            let outcome = learner.push(.frame(frame))
            if outcome == .held { waiting.add(place, truths, newest) }
            try show(outcome, file, into: &sink)
        } else {
            // A label between two steps belongs to the newest one, as any that comes by its time.
            readLabels(&reader, .time(time))
        }
        try deliver(file, into: &sink)
    }

    /// The time of a row; one whose clock says nothing comes a period after the one before.
    private func time(of row: CSVRow) -> Double {
        let rateHz = life.plan.specification.rateHz
        guard life.assembly.streams.count > 1 else {
            return row.time ?? (life.hasClock ? .nan : Double(learner.steps) / rateHz)
        }
        let time = row.time ?? (!life.hasClock ? Double(rows) / rateHz : lastTime.isFinite ? lastTime + 1 / rateHz : 0)
        lastTime = time
        return time
    }

    /// What an event has made due: a line for each head and step, and what happened besides.
    func show(_ first: Outcome, _ file: Int?, into sink: inout LineSink) throws(Failure) {
        var outcome: Outcome? = first
        while let said = outcome {
            let now = newestPlace
            if said == .predicted || said == .taken {
                var place = newestRow
                let waited = waiting.count > 0
                if waited {
                    place = waiting.take(&truths, &newest)
                    newestPlace?.row = place.index
                }
                for head in heads.indices where forecasts[head] != nil { settleForecast(head) }
                if said == .predicted, place.isShown { try predict(place, file, into: &sink) }
                if waited { waiting.giveBack(&truths, &newest) }
            }
            try takeEvents(file != nil, into: &sink)
            newestPlace = now
            outcome = learner.next()
        }
    }

    /// What the newest row's labels say goes to `truths`, and on its way to the learner.
    private func readLabels(_ reader: inout CSVReader, _ moment: Label.Moment) {
        for label in truths.count..<(truths.count + life.assembly.unlearned.count) where reader.label(label).map(NumberText.cell) ?? .gap != .gap {
            learner.count(.labelInvalid)
        }
        for label in truths.indices {
            truths[label] = Truth()
            guard let cell = reader.label(label) else { continue }
            var number: Float?
            if wantsNumber[label] {
                switch NumberText.cell(cell) {
                case .gap: break
                case .number(let exact):
                    number = reader.labelNumber(label)
                    if number != nil { truths[label].exact = exact } else { learner.count(.labelInvalid) }
                case .infinite, .text: learner.count(.labelInvalid)
                }
            }
            if wantsClass[label] {
                if let name = reader.labelCategory(label) {
                    truths[label].category = classNames[label].intern(name)
                } else {
                    learner.count(.labelInvalid)
                }
            }
            guard number != nil || truths[label].category != nil else { continue }
            // A delay beyond the end of any recording is as good as never.
            let due = rows - 1 + min(reader.delay(label) ?? options.delay, 1 << 48)
            deliveries.add(
                Deliveries.Item(
                    due: due, moment: moment, label: label, number: number, exact: truths[label].exact ?? .nan,
                    category: truths[label].category))
        }
    }

    private func deliver(_ file: Int?, into sink: inout LineSink) throws(Failure) {
        while let item = deliveries.next(due: rows - 1) {
            if let number = item.number {
                newest[item.label].exact = item.exact
                learner.push(.label(Label(target: .label(item.label), moment: item.moment, value: .number(number))))
                try takeEvents(file != nil, into: &sink)
            }
            if let category = item.category {
                newest[item.label].category = category
                classNames[item.label].withName(category) { name in
                    _ = learner.push(.label(Label(target: .label(item.label), moment: item.moment, value: .category(name))))
                }
                try takeEvents(file != nil, into: &sink)
            }
        }
    }

    func takeEvents(_ areWritten: Bool, into sink: inout LineSink) throws(Failure) {
        for event in learner.events {
            if let drift = event.drift, let newest = newestPlace {
                let tallied = Tally.Drift(file: newest.file, row: newest.row, time: event.time, head: event.head, drift: drift)
                file.drifts.append(tallied)
                total.drifts.append(tallied)
            }
            guard areWritten else { continue }
            lines.write(EventLine(event), into: &sink.buffer)
            try sink.endLine()
        }
    }

    private func predict(_ row: WaitingSteps.Row, _ file: Int?, into sink: inout LineSink) throws(Failure) {
        let isScored = row.isScored
        let stamp = LineStamp(time: learner.time, sequence: learner.sequence, place: file.map { (row.index, $0) })
        for head in heads.indices {
            let prediction = learner.prediction(of: head)
            var names = ClassNames.none
            if case .classification(let said) = prediction {
                let table = learner.classes(of: head)
                names = ClassNames(bytes: table.names.bytes, ranges: table.names.ranges)
                meet(table, head)
                if isScored { score(said, head) }
            }
            if file != nil {
                lines.write(prediction, head: head, at: stamp, classes: names, gaps: learner.gapCount, revision: 0, into: &sink.buffer)
                try sink.endLine()
            }
            switch prediction {
            case .regression(let said):
                if forecasts[head] != nil { forecasts[head]?.issue(said, isScored, learner) } else if isScored { score(said, head) }
            case .classification: break
            case .anomaly(let said): score(said, head, row: row.index)
            }
        }
    }

    // MARK: Figures

    private func both(_ head: Int, _ change: (inout HeadTally) -> Void) {
        change(&file.heads[head])
        change(&total.heads[head])
    }

    /// New classes of the learner get the numbers that figures know them by.
    private func meet(_ table: ClassTable, _ head: Int) {
        while classes[head].count < table.count {
            classes[head].append(classNames[targets[head][0]].intern(table.name(classes[head].count)))
        }
    }

    /// What a head foretold of the newest row is scored against it.
    private func settleForecast(_ head: Int) {
        guard let truth = learner.arrived(of: head), let issued = forecasts[head]?.settle() else { return }
        guard truth.contains(where: \.isFinite) else { return }
        both(head) { $0.countRow(isReady: issued.isReady) }
        for output in truth.indices where truth[output].isFinite {
            both(head) { $0.add(issued, output: output, truth: Double(truth[output])) }
        }
    }

    private func score(_ said: RegressionPrediction, _ head: Int) {
        guard targets[head].contains(where: { truths[$0].exact != nil }) else { return }
        both(head) { $0.countRow(isReady: said.isReady) }
        for (output, label) in targets[head].enumerated() {
            guard let truth = truths[label].exact else { continue }
            let noChange = newest[label].exact ?? 0
            both(head) {
                $0.add(said, output: output, truth: truth, noChange: noChange)
                $0.addRegret(said, output: output, truth: truth, noChange: noChange, experts: learner.expertCount(of: head)) {
                    learner.opinion(of: head, expert: $0, target: output)
                }
            }
        }
    }

    private func score(_ said: ClassificationPrediction, _ head: Int) {
        guard let truth = truths[targets[head][0]].category else { return }
        let guess = said.classID < 0 ? -1 : classes[head][said.classID]
        let noChange = newest[targets[head][0]].category ?? -1
        let known = classes[head].firstIndex(of: truth)
        let probability = known.map { Double(said.probability[$0]) } ?? 0
        let isInSet = known.map { said.isInSet[$0] } ?? false
        let setSize = said.isInSet.reduce(0) { $0 + ($1 ? 1 : 0) }
        both(head) {
            $0.countRow(isReady: said.isReady)
            $0.classes.add(
                truth: truth, guess: guess, noChange: noChange, probability: probability, isInSet: isInSet, setSize: setSize)
            $0.addRegret(probability: probability, experts: learner.expertCount(of: head)) { expert in
                known.flatMap { learner.opinion(of: head, expert: expert, ofClass: $0) }
            }
        }
    }

    private func score(_ said: AnomalyPrediction, _ head: Int, row: Int) {
        both(head) {
            $0.countRow(isReady: said.isReady)
            $0.alarms.seconds += Double(life.plan.specification.window.every) / life.plan.specification.rateHz
        }
        guard said.isAlarm else { return }
        file.heads[head].alarms.rows.append(row)
        total.heads[head].alarms.rows.append(total.rows + row)
    }
}

extension LineWriter {
    /// For the heads and channels of an assembly.
    init(_ assembly: Assembly) {
        self.init(
            heads: assembly.heads.map { head in
                let kind: Head.Kind =
                    head.kind == "regression" ? .regression(targets: head.targetNames) : head.kind == "anomaly" ? .anomaly : .classification
                return Head(name: head.name, kind: kind, horizon: head.horizon?.seconds)
            }, channels: assembly.channelNames, streams: assembly.streams.map(\.name))
    }
}
