import Stint

/// Why a file is not a state that can be gone on from. The description is the user's sentence.
public enum StateError: Error, Equatable {
    case disk(DiskError)
    /// The first bytes are not those of a state file.
    case notAState(path: String)
    /// Written by a later version.
    case newer(path: String, version: UInt32)
    /// The file ends too early, or goes on too long.
    case wrongLength(path: String, expected: Int, got: Int)
    /// `part` is `header`, `file`, or `snapshot`.
    case badChecksum(path: String, part: String)
    /// A length or text in the header that no writer writes.
    case malformed(path: String)
    /// Of another specification or encoder.
    case otherShape(path: String, difference: String)
    /// The folder is another daemon's.
    case taken(folder: String)
    /// Only readable with a key, and there is none.
    case sealed(path: String)
    /// Sealed with another key; or somebody has changed it, checksums and all.
    case wrongKey(path: String)
    /// A file of a key that is none.
    case noKey(path: String, reason: String)
    /// It cannot become one with others.
    case unmergeable(path: String, reason: String)
    /// The file is whole, but the learner does not take the snapshot in it.
    case refused(path: String, Archive.Failure)

    /// The file was damaged or is none; what is left is good for an autopsy only.
    public var isDamage: Bool {
        switch self {
        case .notAState, .wrongLength, .badChecksum, .malformed, .refused: true
        case .disk, .newer, .otherShape, .taken, .unmergeable, .sealed, .wrongKey, .noKey: false
        }
    }
}

extension StateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .disk(let error): error.description
        case .notAState(let path): "\(path): not a state file: it does not begin as one does"
        case .newer(let path, let version):
            "\(path): written in format \(version), this version reads up to \(StateFile.version); use a newer stint"
        case .wrongLength(let path, let expected, let got):
            "\(path): \(got < expected ? "cut short" : "too long"): expected \(expected) bytes, got \(got)"
        case .badChecksum(let path, let part): "\(path): damaged: the checksum of the \(part) does not match"
        case .malformed(let path): "\(path): damaged: the header holds lengths or text that cannot be"
        case .otherShape(let path, let difference): "\(path): of another learner: \(difference)"
        case .taken(let folder): "\(folder): another stintd keeps its state there"
        case .sealed(let path): "\(path): sealed, and there is no key for it; [state] key and --state-key name one"
        case .wrongKey(let path): "\(path): sealed with another key, or changed by somebody since"
        case .noKey(let path, let reason): "\(path): not a key of states: \(reason)"
        case .unmergeable(let path, let reason): "\(path): cannot be merged: \(reason)"
        case .refused(let path, let failure): "\(path): the snapshot in it cannot be taken (\(failure))"
        }
    }
}
