import StintStore

/// A state that comes in over the control endpoint, piece by piece, into a file beside the slots. Memory holds one piece.
struct StateUpload {
    /// Of a piece; it goes as base64, in one answer or request.
    static let pieceBytes = 48 << 10
    private static let name = "import.part"
    private static let own = "import.own"

    let path: String
    /// Where this device's own state lies while the other one is tried.
    let ownPath: String
    /// Of the whole.
    let bytes: Int
    private(set) var received = 0
    private let disk: Disk

    init(bytes: Int, folder: String, _ disk: Disk) {
        (path, ownPath) = (folder + "/" + Self.name, folder + "/" + Self.own)
        self.bytes = bytes
        self.disk = disk
    }

    var isWhole: Bool { received == bytes }

    mutating func add(_ piece: [UInt8]) throws(DiskError) {
        let failure: DiskError? = piece.withUnsafeBytes { bytes in
            do throws(DiskError) {
                try disk.append(bytes, to: path, isFirst: received == 0)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        received += piece.count
    }

    /// Takes both files away: they are of use to nobody else.
    func clear() {
        for path in [path, ownPath] { try? disk.remove(path) }
    }

    /// What a process that was killed has left.
    static func clear(_ folder: String, _ disk: Disk) { StateUpload(bytes: 0, folder: folder, disk).clear() }
}
