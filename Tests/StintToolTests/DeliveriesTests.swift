import Stint
import Testing

@testable import StintTool

@Suite struct DeliveriesTests {
    private func item(_ row: Int, due: Int) -> Deliveries.Item {
        Deliveries.Item(due: due, moment: .sequence(UInt64(row)), label: 0, number: 0, exact: 0, category: nil)
    }

    @Test("labels come when they are due, those due together in the order of their rows")
    func order() {
        var deliveries = Deliveries()
        for (row, due) in [(0, 9), (1, 3), (2, 3), (3, 9), (4, 4)] { deliveries.add(item(row, due: due)) }
        var said: [(Int, UInt64)] = []
        for row in 0..<12 {
            while let item = deliveries.next(due: row) { said.append((row, item.frame)) }
        }
        #expect(said.map(\.0) == [3, 3, 4, 9, 9])
        #expect(said.map(\.1) == [1, 2, 4, 0, 3])
        #expect(deliveries.count == 0)
    }

    @Test("a long queue is left in order, whatever was taken in between")
    func long() {
        var deliveries = Deliveries()
        var taken: [UInt64] = []
        for row in 0..<10_000 {
            deliveries.add(item(row, due: row + 37))
            while let item = deliveries.next(due: row) { taken.append(item.frame) }
            #expect(deliveries.count == min(row + 1, 37))
        }
        #expect(taken == (0..<9963).map(UInt64.init))
    }
}

extension Deliveries.Item {
    /// The number of its frame.
    fileprivate var frame: UInt64 {
        guard case .sequence(let number) = moment else { return .max }
        return number
    }
}
