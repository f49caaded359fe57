import Stint

/// Labels on their way to the learner: each waits here until the row after which it is due.
///
/// Invariant: in order of the rows after which they are due, then of the rows that they belong to.
struct Deliveries {
    struct Item {
        /// The row after whose prediction it is delivered; rows of a life from 0.
        var due: Int
        /// The frame that it belongs to: by the learner's number, or by its time where the row has no step.
        var moment: Label.Moment
        /// Index into the assembly's labels.
        var label: Int
        /// What it says as a number; nil if it is none, or no head wants numbers.
        var number: Float?
        /// The same without rounding, for figures.
        var exact: Double
        /// What it says as a class, by the number of its name; nil if no head wants classes.
        var category: Int?
    }

    private var queue = DueQueue<Item>()

    var count: Int { queue.count }

    mutating func add(_ item: Item) { queue.add(item, due: item.due) }

    /// The next label that is due after `row`, or nil.
    mutating func next(due row: Int) -> Item? { queue.next(due: row) }
}
