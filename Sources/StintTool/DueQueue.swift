/// What waits for a row: in order of the rows after which it is due, then of coming.
///
/// Cost: with one delay for all, an item is put at the end and taken from the front; an earlier one moves those behind it.
struct DueQueue<Item> {
    private var items: [(due: Int, item: Item)] = []
    private var first = 0

    var count: Int { items.count - first }

    mutating func add(_ item: Item, due: Int) {
        var place = items.count
        while place > first, items[place - 1].due > due { place -= 1 }
        items.insert((due, item), at: place)
    }

    /// The next item that is due after `row`, or nil.
    mutating func next(due row: Int) -> Item? {
        guard first < items.count, items[first].due <= row else { return nil }
        let item = items[first].item
        first += 1
        // Half of it is gone: as many moves as there were takings.
        if 2 * first >= items.count {
            items.removeFirst(first)
            first = 0
        }
        return item
    }
}
