import Stint

extension Calibration {
    /// Labelled rows of the recordings, which no device learns from: what a device learns is judged by them.
    ///
    /// Written as the names of the labels, then a table a row. A row's latent is its scale times whole numbers, in deviations of the channels;
    /// of each label it has what it was, and what had been delivered last: a number, the name of a class, or "" where nothing is known.
    public struct Probe: Equatable, Sendable {
        /// Bytes of the file that they take at most; of latents as wide as that, there are fewer rows than an audit asks.
        public static let most = 64 << 10

        public enum Value: Equatable, Sendable {
            case unknown
            case number(Float)
            case category(String)
        }

        public struct Row: Equatable, Sendable {
            public var scale: Float
            public var latent: [Int8]
            /// As many as there are labels, of each.
            public var labels: [Value]
            public var befores: [Value]
        }

        public var labels: [String]
        public var rows: [Row]

        init(labels: [String], rows: [Row]) { (self.labels, self.rows) = (labels, rows) }

        /// Of what a learner has kept of recordings; nil where it has kept nothing of these labels.
        ///
        /// - Parameter labels: names of the learner's first labels, in their order.
        public init?(_ learner: Learner, labels: [String]) {
            var most = ProbeSet.most
            while let set = learner.probeSet(labels: labels.count, most: most) {
                self.init(labels: labels, rows: set.rows.map { Self.row($0, set.classes) })
                guard text.utf8.count > Self.most else { return }
                most -= 1
            }
            return nil
        }

        private static func row(_ row: ProbeSet.Row, _ classes: [[[UInt8]]]) -> Row {
            func values(_ numbers: [Float?]) -> [Value] {
                zip(numbers, classes).map { number, names in
                    guard let number else { return .unknown }
                    return names.isEmpty ? .number(number) : .category(String(decoding: names[Int(number)], as: UTF8.self))
                }
            }
            return Row(scale: row.scale, latent: row.latent, labels: values(row.labels), befores: values(row.befores))
        }

        /// The rows under the labels of a learner: a label that is not here is unknown, as one that is of another kind. Nil where nothing is known.
        public func set(for specification: Specification, labels names: [String]) -> ProbeSet? {
            let isOfClasses = specification.labelsOfClasses
            var classes: [[[UInt8]]] = [], numbers = rows.map { ProbeSet.Row(scale: $0.scale, latent: $0.latent, labels: [], befores: []) }
            for here in 0..<specification.labels {
                let there = here < names.count ? labels.firstIndex(of: names[here]) : nil
                var known: [String] = []
                func number(_ value: Value) -> Float? {
                    switch (value, isOfClasses[here]) {
                    case (.number(let number), false): return number
                    case (.category(let name), true):
                        if let id = known.firstIndex(of: name) { return Float(id) }
                        known.append(name)
                        return Float(known.count - 1)
                    default: return nil
                    }
                }
                for at in rows.indices {
                    numbers[at].labels.append(there.flatMap { number(rows[at].labels[$0]) })
                    numbers[at].befores.append(there.flatMap { number(rows[at].befores[$0]) })
                }
                classes.append(known.map { Array($0.utf8) })
            }
            let known = numbers.filter { row in row.labels.contains { $0 != nil } }
            return known.isEmpty ? nil : ProbeSet(classes: classes, rows: known)
        }

        /// Whether a label is a number here and a name there.
        func isOfBothKinds(_ label: Int) -> Bool {
            var (numbers, names) = (false, false)
            for row in rows {
                for value in [row.labels[label], row.befores[label]] {
                    switch value {
                    case .unknown: break
                    case .number: numbers = true
                    case .category: names = true
                    }
                }
            }
            return numbers && names
        }

        /// As it stands in the file, from its comment to an empty line.
        var text: String {
            var text = "# Labelled rows that no device learns from: what a device learns is judged by them. A latent is scale times these numbers.\n"
            text += "[probe]\nlabels = [\(labels.map(Calibration.quote).joined(separator: ", "))]\n\n"
            for row in rows {
                text += "[[row]]\nscale = \(Calibration.decimal(row.scale))\n"
                text += "latent = [\(row.latent.map { "\($0)" }.joined(separator: ","))]\n"
                text += "labels = [\(row.labels.map(Self.text).joined(separator: ", "))]\n"
                text += "before = [\(row.befores.map(Self.text).joined(separator: ", "))]\n\n"
            }
            return text
        }

        private static func text(_ value: Value) -> String {
            switch value {
            case .unknown: "\"\""
            case .number(let number): Calibration.decimal(number)
            case .category(let name): Calibration.quote(name)
            }
        }
    }
}

extension Specification {
    /// Of each label whether its values are names; nil where heads differ, or none wants it.
    fileprivate var labelsOfClasses: [Bool?] {
        var kinds = [[Bool]](repeating: [], count: labels)
        for head in heads {
            switch head.kind {
            case .regression(let targets): for label in targets { kinds[label].append(false) }
            case .classification(let label, _): kinds[label].append(true)
            case .anomaly: break
            }
        }
        return kinds.map { Set($0).count == 1 ? $0[0] : nil }
    }
}
