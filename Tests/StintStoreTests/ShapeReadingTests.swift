import Stint
import StintStore
import Testing

@Suite struct ShapeReadingTests {
    @Test("what a shape says is what it was made of: its specification has the same shape again")
    func roundTrip() throws {
        var specification = Specification(
            channels: 3, rateHz: 12.5, labels: 2,
            heads: [
                HeadSpecification(kind: .regression(targets: [0])), HeadSpecification(kind: .classification(label: 1, classes: 7)),
                HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 50))),
            ])
        specification.heads.append(.forecast(.init(channels: [2, 0], steps: 4), label: 2))
        specification.labels = 4
        specification.window = .init(length: 32, every: 8)
        specification.encoder.stats = true
        specification.encoder.lags = false
        specification.pending = 99
        specification.reorder = 9
        specification.seed = 1 << 60
        specification.memory.sampler = .uniform
        specification.drift.detector = .pageHinkley
        specification.drift.reaction = .boost
        specification.drift.regimes = 2
        let shape = Shape(specification, channels: ["a b", "c\\\"d", "e\nf"], labels: ["y", "mode"], heads: ["h1", "h2", "h3", "h4"])
        let reading = try #require(ShapeReading(shape))
        let again = Shape(reading.specification, channels: reading.channels, labels: reading.labels, heads: reading.heads.map(\.name))
        #expect(again == shape)
        #expect(Plan(reading.specification).snapshotBytes == Plan(specification).snapshotBytes)
    }

    @Test("several streams, too")
    func streams() throws {
        var specification = Specification(channels: 1, rateHz: 1, labels: 0, heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 50)))])
        var slow = StreamSpecification(channels: 1, rateHz: 2)
        slow.resampling = .linear
        slow.waitSeconds = 0.25
        specification.join([StreamSpecification(channels: 2, rateHz: 100), slow], clock: 0)
        let shape = Shape(specification, channels: ["a.x", "a.y", "b.z"], labels: [], heads: ["h"])
        let reading = try #require(ShapeReading(shape))
        #expect(Shape(reading.specification, channels: reading.channels, labels: [], heads: ["h"]) == shape)
    }

    @Test("a config with other heads, reservoir or waiting labels takes a state over; another stream, encoder or seed does not")
    func obstacles() {
        func made(_ change: (inout Specification) -> Void) -> Shape {
            var specification = Specification(channels: 1, rateHz: 10, labels: 1, heads: [HeadSpecification(kind: .regression(targets: [0]))])
            change(&specification)
            return Shape(specification, channels: ["a"], labels: specification.labels == 1 ? ["y"] : [], heads: specification.heads.indices.map { "h\($0)" })
        }
        let shape = made { _ in }
        #expect(shape.obstacle(for: made { $0.pending = 5 }) == nil)
        #expect(shape.obstacle(for: made { $0.memory.reservoirBytes = 0 }) == nil)
        #expect(shape.obstacle(for: made { $0.heads.append($0.heads[0]) }) == nil)
        #expect(shape.obstacle(for: made { $0.drift.regimes = 1 }) == nil)
        #expect(shape.obstacle(for: made { $0.seed = 2 }) == "it is for `seed 1`, the config says `seed 2`")
        #expect(shape.obstacle(for: made { $0.encoder.fourier = false }) != nil)
        #expect(shape.obstacle(for: made { $0.window.length = 3 }) != nil)
    }
}
