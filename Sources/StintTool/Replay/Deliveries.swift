/// Labels on their way to the learner: each waits here until the row after which it is due.
///
/// Invariant: in order of the rows after which they are due, then of the rows that they belong to. Cost: with one delay for all, a
/// label is put at the end and taken from the front; an earlier one moves those behind it.
struct Deliveries {
    struct Item {
        /// The row after whose prediction it is delivered; rows of a life from 0.
        var due: Int
        /// The frame that it belongs to, by the learner's number.
        var sequence: UInt64
        /// Index into the assembly's labels.
        var label: Int
        /// What it says as a number; nil if it is none, or no head wants numbers.
        var number: Float?
        /// The same without rounding, for figures.
        var exact: Double
        /// What it says as a class, by the number of its name; nil if no head wants classes.
        var category: Int?
    }

    private var items: [Item] = []
    private var first = 0

    var count: Int { items.count - first }

    mutating func add(_ item: Item) {
        var place = items.count
        while place > first, items[place - 1].due > item.due { place -= 1 }
        items.insert(item, at: place)
    }

    /// The next label that is due after `row`, or nil.
    mutating func next(due row: Int) -> Item? {
        guard first < items.count, items[first].due <= row else { return nil }
        let item = items[first]
        first += 1
        // Half of it is gone: as many moves as there were takings.
        if 2 * first >= items.count {
            items.removeFirst(first)
            first = 0
        }
        return item
    }
}
