/// The k nearest of what has been offered, nearest first; of two equally near the one that was offered first.
struct Neighbours {
    let capacity: Int
    private let taken: UnsafeMutablePointer<Int32>
    private let slots: UnsafeMutablePointer<Int32>
    private let squares: UnsafeMutablePointer<Float>

    init(capacity: Int, _ carver: inout Carver) {
        self.capacity = capacity
        taken = carver.carve(Int32.self, 1)
        slots = carver.carve(Int32.self, capacity)
        squares = carver.carve(Float.self, capacity)
    }

    func clear() { taken[0] = 0 }

    var count: Int { Int(taken[0]) }
    func slot(_ rank: Int) -> Int { Int(slots[rank]) }
    /// d², at least 0.
    func square(_ rank: Int) -> Float { max(squares[rank], 0) }

    /// What a distance must be below to be taken.
    var bound: Float { count < capacity ? .infinity : squares[capacity - 1] }

    /// The part of a neighbour in a mean, not normalised: 1/(d² + a twentieth of the farthest), so that a hit does not silence the rest.
    func weight(_ rank: Int) -> Double { 1 / (Double(square(rank)) + 0.05 * Double(square(count - 1)) + 1e-6) }

    func offer(_ slot: Int, _ square: Float) {
        guard square < bound else { return }
        var at = min(count, capacity - 1)
        while at > 0, squares[at - 1] > square {
            squares[at] = squares[at - 1]
            slots[at] = slots[at - 1]
            at -= 1
        }
        squares[at] = square
        slots[at] = Int32(slot)
        taken[0] = Int32(min(count + 1, capacity))
    }
}
