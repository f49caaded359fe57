/// Records of RFC 4180: bytes to cells, one record at a time, over bytes that stay where they are.
///
/// Empty lines are no records. A quote opens a quoted cell only at its beginning; what follows the closing quote belongs to the cell.
/// Cost: one look at each byte; nothing is allocated once the widest record was seen.
struct CSVSplitter: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    private let separator: UInt8
    private var position: Int
    private var cells: [Cell] = []
    /// Cells beyond this are counted, not kept.
    var mostCells = Int.max
    /// Of the newest record, kept or not.
    private(set) var count = 0
    /// The file ends inside quotes.
    private(set) var isOpen = false
    private var scratch = ByteWriter(capacity: 256)

    private struct Cell {
        var start: Int
        var end: Int
        var isInScratch: Bool
    }

    init(_ bytes: UnsafeRawBufferPointer, separator: UInt8, from position: Int) {
        self.bytes = bytes
        self.separator = separator
        self.position = position
    }

    /// Where the next record begins.
    var offset: Int { position }

    /// The content of a cell, without its quotes.
    func cell(_ i: Int) -> UnsafeRawBufferPointer {
        let cell = cells[i]
        return UnsafeRawBufferPointer(rebasing: (cell.isInScratch ? scratch.bytes : bytes)[cell.start..<cell.end])
    }

    /// Goes on to the next record; false at the end.
    mutating func next() -> Bool {
        while position < bytes.count, isLineEnd(position) { position += bytes[position] == .lineFeed ? 1 : 2 }
        guard position < bytes.count else { return false }
        cells.removeAll(keepingCapacity: true)
        scratch.clear()
        count = 0
        isOpen = false
        repeat { take() } while !endOfRecord()
        return true
    }

    @inline(__always)
    private func isLineEnd(_ i: Int) -> Bool {
        bytes[i] == .lineFeed || bytes[i] == .carriageReturn && i + 1 < bytes.count && bytes[i + 1] == .lineFeed
    }

    /// Stands behind a cell: steps over what ends it, and says whether it was the last.
    private mutating func endOfRecord() -> Bool {
        guard position < bytes.count else { return true }
        if bytes[position] == separator {
            position += 1
            return false
        }
        position += bytes[position] == .lineFeed ? 1 : 2
        return true
    }

    private mutating func take() {
        if position < bytes.count && bytes[position] == .quote { return takeQuoted() }
        let start = position
        skipPlain()
        keep(Cell(start: start, end: position, isInScratch: false))
    }

    private mutating func skipPlain() {
        var i = position
        let end = bytes.count
        while i < end {
            let byte = bytes[i]
            if byte == separator || byte == .lineFeed { break }
            if byte == .carriageReturn && isLineEnd(i) { break }
            i &+= 1
        }
        position = i
    }

    private mutating func takeQuoted() {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != .quote { position += 1 }
        guard position < bytes.count else {
            isOpen = true
            return keep(Cell(start: start, end: position, isInScratch: false))
        }
        let end = position
        position += 1
        if position == bytes.count || bytes[position] == separator || isLineEnd(position) {
            return keep(Cell(start: start, end: end, isInScratch: false))
        }
        // A doubled quote or a tail: the content is not in one piece.
        let scratchStart = scratch.count
        scratch.append(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        while position < bytes.count, bytes[position] == .quote {
            let from = position
            position += 1
            while position < bytes.count, bytes[position] != .quote { position += 1 }
            scratch.append(bytes: UnsafeRawBufferPointer(rebasing: bytes[from..<position]))
            guard position < bytes.count else {
                isOpen = true
                break
            }
            position += 1
        }
        let tail = position
        skipPlain()
        scratch.append(bytes: UnsafeRawBufferPointer(rebasing: bytes[tail..<position]))
        keep(Cell(start: scratchStart, end: scratch.count, isInScratch: true))
    }

    private mutating func keep(_ cell: Cell) {
        count += 1
        if count <= mostCells { cells.append(cell) }
    }
}
