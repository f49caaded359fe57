import Testing

@testable import Stint

/// The episodic experts inside whole learners.
@Suite struct NeighbourExpertsTests {
    /// Ten channels at random around one of many places; the label belongs to the place, and to nothing smooth.
    struct Places {
        var random = Random(seed: 21)
        let centers: [[Float]]
        let labels: [Float]
        init(_ count: Int) {
            var random = Random(seed: 4)
            centers = (0..<count).map { _ in (0..<10).map { _ in Float(random.normal()) } }
            labels = (0..<count).map { _ in Float(random.normal()) }
        }
        mutating func next() -> (x: [Float], y: Float, place: Int) {
            let place = random.below(centers.count)
            return (centers[place].map { $0 + 0.05 * Float(random.normal()) }, labels[place], place)
        }
    }

    func specification(reservoir: Int, _ kind: HeadSpecification.Kind) -> Specification {
        var specification = Specification(channels: 10, rateHz: 1, labels: 1, heads: [HeadSpecification(kind: kind)])
        specification.memory.reservoirBytes = reservoir
        return specification
    }

    @Test("where labels belong to places and not to directions, neighbours cut the error of the memories to a third")
    func regression() {
        func error(reservoir: Int) -> Double {
            let session = Session(specification(reservoir: reservoir, .regression(targets: [0])))
            var places = Places(150)
            var sum = 0.0
            for i in 0..<2500 {
                let row = places.next()
                session.frame(row.x)
                let p = session.regression()
                if i >= 1500 { sum += Double((p.value[0] - row.y) * (p.value[0] - row.y)) }
                session.label(0, row.y, sequence: UInt64(i))
            }
            return sum / 1000
        }
        let (without, with) = (error(reservoir: 0), error(reservoir: 256 << 10))
        #expect(with < without / 3, "\(with) with, \(without) without")
    }

    @Test("classes that lie in patches are told by their neighbours")
    func classification() {
        func share(reservoir: Int) -> Double {
            let session = Session(specification(reservoir: reservoir, .classification(label: 0, classes: 4)))
            var places = Places(150)
            var right = 0.0
            for i in 0..<2500 {
                let row = places.next()
                session.frame(row.x)
                let said = session.classification(0)
                let name = ["a", "b", "c"][row.place % 3]
                if i >= 1500, said.classID >= 0, String(decoding: session.learner.classes(of: 0).name(said.classID), as: UTF8.self) == name {
                    right += 1
                }
                session.label(0, name, sequence: UInt64(i))
            }
            return right / 1000
        }
        let (without, with) = (share(reservoir: 0), share(reservoir: 256 << 10))
        #expect(with > 0.97 && with > without, "\(with) with, \(without) without")
    }

    @Test("where a line is the truth they fall asleep, and what they would say is then no part of the prediction")
    func asleep() throws {
        func run(reservoir: Int) -> (said: [UInt64], awake: [String]) {
            let session = Session(specification(reservoir: reservoir, .regression(targets: [0])))
            var random = Random(seed: 3)
            for i in 0..<1500 {
                let x = (0..<10).map { _ in Float(random.normal()) }
                session.frame(x)
                session.label(0, x.reduce(0, +) + 0.1 * Float(random.normal()), sequence: UInt64(i))
            }
            let awake = session.learner.experts(of: 0).filter { $0.weight > 0 }.map { "\($0.name)" }
            return (session.said, awake.filter { NeighbourExperts.names.map { "\($0)" }.contains($0) })
        }
        #expect(run(reservoir: 256 << 10).awake == [])
    }

    @Test("the mean sleeps while the planes work where a slope changes from place to place")
    func planesAlone() {
        let session = Session(specification(reservoir: 256 << 10, .regression(targets: [0])))
        var random = Random(seed: 6)
        var x = [Float](repeating: 0, count: 10)
        var phase = 0.0
        for i in 0..<3000 {
            phase += 0.05
            for c in 0..<10 { x[c] = Float(2 * Double(c % 3 + 1) * cos(phase * Double(c + 1) / 3)) + 0.2 * Float(random.normal()) }
            session.frame(x)
            session.label(0, abs(x[0]) * x[1] + x[2] * x[3], sequence: UInt64(i))
        }
        let awake = session.learner.experts(of: 0).filter { $0.weight > 0 }.map { "\($0.name)" }
        #expect(awake.contains("local_ridge") && awake.contains("local_ridge_lags") && !awake.contains("neighbours_all"), "\(awake)")
    }

    @Test("without a reservoir they are never heard")
    func none() {
        let session = Session(specification(reservoir: 0, .regression(targets: [0])))
        var places = Places(20)
        for i in 0..<700 {
            let row = places.next()
            session.frame(row.x)
            session.label(0, row.y, sequence: UInt64(i))
        }
        for report in session.learner.experts(of: 0) where NeighbourExperts.names.contains(where: { "\($0)" == "\(report.name)" }) {
            #expect(report.weight == 0)
        }
    }

    @Test("a withheld row changes no memory: what a head says of it later is a fair judge")
    func withheld() {
        let session = Session(specification(reservoir: 64 << 10, .regression(targets: [0])))
        var places = Places(50)
        var learned: [Bool] = []
        for i in 0..<1500 {
            let row = places.next()
            session.frame(row.x)
            let before = session.learner.reservoir.auditedRows
            session.label(0, row.y, sequence: UInt64(i))
            learned.append(session.learner.reservoir.auditedRows == before)
        }
        let withheld = learned.filter { !$0 }.count
        #expect(withheld > 0 && withheld < 30)
    }
}
