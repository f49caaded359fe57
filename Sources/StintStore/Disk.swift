#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// What the file system refused to do.
public struct DiskError: Error, Equatable, CustomStringConvertible {
    public let operation: Disk.Operation
    public let path: String
    /// An errno.
    public let code: Int32

    public var reason: String { String(cString: strerror(code)) }
    public var description: String { "\(path): cannot \(operation.rawValue): \(reason)" }
    /// Nothing lies at the path.
    public var isMissing: Bool { code == ENOENT }
}

/// The few operations on files that state needs, each of which can be made to fail.
///
/// ```swift
/// let disk = Disk()
/// try disk.write([bytes], to: "/var/lib/stint/a.state")  // the old file, or the new one, at every instant
/// ```
///
/// `fault` is asked before each operation and may give an errno: a test fails the Nth, and replays a power cut at every step. Whoever
/// fails every operation from the Nth on has a process that was killed there: nothing is cleaned up behind the fault's back.
public struct Disk {
    public enum Operation: String, Sendable {
        case create, write, sync, rename, link, open, read, remove, list
        case syncFolder = "sync the folder"
        case makeFolder = "make the folder"
    }

    private let fault: (Operation) -> Int32?

    public init(fault: @escaping (Operation) -> Int32? = { _ in nil }) { self.fault = fault }

    /// Replaces a file by these pieces, whole or not at all: a temporary file beside it, write, fsync, rename, fsync of the folder.
    ///
    /// After a failure the old file is as it was. Only a failure of the last step leaves the new one in place, not yet surely on disk.
    ///
    /// - Parameters:
    ///   - mode: who may read it; the umask takes its share.
    ///   - isLasting: whether it must outlive a power cut; what only this process reads again need not.
    /// - Throws: also where a device or a folder lies at the path: a file in its place would be worse than none.
    public func write(_ pieces: [UnsafeRawBufferPointer], to path: String, mode: mode_t = 0o600, isLasting: Bool = true) throws(DiskError) {
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG { throw DiskError(operation: .create, path: path, code: EINVAL) }
        let temporary = path + ".tmp"
        do throws(DiskError) {
            try writeThrough(pieces, to: temporary, mode, isLasting)
            try rename(temporary, to: path, isLasting)
        } catch {
            // The first error is the one to tell; a left-over is taken away at the next start.
            try? remove(temporary)
            throw error
        }
    }

    private func writeThrough(
        _ pieces: [UnsafeRawBufferPointer], to path: String, _ mode: mode_t, _ isLasting: Bool
    ) throws(DiskError) {
        try check(.create, path)
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure(.create, path) }
        do throws(DiskError) {
            for piece in pieces { try write(piece, to: file, path) }
            if isLasting {
                try check(.sync, path)
                guard fsync(file) == 0 else { throw failure(.sync, path) }
            }
        } catch {
            _ = close(file)
            throw error
        }
        guard close(file) == 0 else { throw failure(.sync, path) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to file: Int32, _ path: String) throws(DiskError) {
        var rest = bytes
        // A fault strikes in the middle, as a full disk does.
        if let code = fault(.write) {
            _ = System.write(file, bytes.baseAddress, bytes.count / 2)
            throw DiskError(operation: .write, path: path, code: code)
        }
        while !rest.isEmpty {
            let written = System.write(file, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure(.write, path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Moves a file within its folder, and makes that last.
    func rename(_ path: String, to other: String, _ isLasting: Bool = true) throws(DiskError) {
        try check(.rename, path)
        guard System.rename(path, other) == 0 else { throw failure(.rename, path) }
        guard isLasting else { return }
        try syncFolder(of: other)
    }

    /// Makes last what was renamed or linked there.
    func syncFolder(of path: String) throws(DiskError) {
        let folder = Self.folder(of: path)
        try check(.syncFolder, folder)
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw failure(.syncFolder, folder) }
        defer { _ = close(handle) }
        guard fsync(handle) == 0 else { throw failure(.syncFolder, folder) }
    }

    /// A whole file. The bytes belong to the caller, who deallocates them.
    public func read(_ path: String) throws(DiskError) -> UnsafeMutableRawBufferPointer {
        try check(.open, path)
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(.open, path) }
        defer { _ = close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw failure(.read, path) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw DiskError(operation: .read, path: path, code: EINVAL) }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(facts.st_size), alignment: 16)
        do throws(DiskError) {
            try check(.read, path)
            var filled = 0
            while filled < bytes.count {
                let got = System.read(file, bytes.baseAddress! + filled, bytes.count - filled)
                if got < 0, errno == EINTR { continue }
                // A file that shrinks while it is read has an end where there was none.
                guard got > 0 else { throw got < 0 ? failure(.read, path) : DiskError(operation: .read, path: path, code: EIO) }
                filled += got
            }
        } catch {
            bytes.deallocate()
            throw error
        }
        return bytes
    }

    /// Adds bytes to a file that is made piece by piece; with the first, what lay there is gone. Nothing of it needs to outlive a power cut.
    public func append(_ bytes: UnsafeRawBufferPointer, to path: String, isFirst: Bool) throws(DiskError) {
        try check(.create, path)
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (isFirst ? O_TRUNC : 0), 0o600)
        guard file >= 0 else { throw failure(.create, path) }
        defer { _ = close(file) }
        try write(bytes, to: file, path)
    }

    /// The first `head` bytes of a file, its length, and a piece of it, all of one file at one instant.
    public func piece(
        of path: String, head: Int, from offset: Int, most: Int
    ) throws(DiskError) -> (head: [UInt8], fileBytes: Int, piece: [UInt8]) {
        try check(.open, path)
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(.open, path) }
        defer { _ = close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw failure(.read, path) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw DiskError(operation: .read, path: path, code: EINVAL) }
        try check(.read, path)
        var pieces: [[UInt8]] = []
        for (start, count) in [(0, head), (offset, most)] {
            var bytes = [UInt8](repeating: 0, count: max(min(count, Int(facts.st_size) - start), 0))
            let got = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(start)) }
            guard got == bytes.count else { throw got < 0 ? failure(.read, path) : DiskError(operation: .read, path: path, code: EIO) }
            pieces.append(bytes)
        }
        return (pieces[0], Int(facts.st_size), pieces[1])
    }

    /// Gives a file another name besides its own, in place of what has it.
    func link(_ path: String, to other: String) throws(DiskError) {
        try remove(other)
        try check(.link, path)
        guard System.link(path, other) == 0 else { throw failure(.link, path) }
    }

    /// Takes a file away, if it is there.
    public func remove(_ path: String) throws(DiskError) {
        try check(.remove, path)
        guard unlink(path) == 0 || errno == ENOENT else { throw failure(.remove, path) }
    }

    /// What lies in a folder, in the order of the names.
    func names(in folder: String) throws(DiskError) -> [String] {
        try check(.list, folder)
        guard let list = opendir(folder) else { throw failure(.list, folder) }
        defer { closedir(list) }
        var names: [String] = []
        while let entry = readdir(list) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder and those above it, if they are missing.
    public func makeFolder(_ path: String) throws(DiskError) {
        try check(.makeFolder, path)
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        let above = Self.folder(of: path)
        guard errno == ENOENT, above != path else { throw failure(.makeFolder, path) }
        try makeFolder(above)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(.makeFolder, path) }
    }

    static func folder(of path: String) -> String {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func check(_ operation: Operation, _ path: String) throws(DiskError) {
        if let code = fault(operation) { throw DiskError(operation: operation, path: path, code: code) }
    }

    private func failure(_ operation: Operation, _ path: String) -> DiskError {
        DiskError(operation: operation, path: path, code: errno)
    }

    /// The system's own functions, where a method has the same name.
    private enum System {
        static func write(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
            #if canImport(Glibc)
            Glibc.write(file, bytes, count)
            #else
            Musl.write(file, bytes, count)
            #endif
        }

        static func read(_ file: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
            #if canImport(Glibc)
            Glibc.read(file, bytes, count)
            #else
            Musl.read(file, bytes, count)
            #endif
        }

        static func link(_ path: String, _ other: String) -> Int32 {
            #if canImport(Glibc)
            Glibc.link(path, other)
            #else
            Musl.link(path, other)
            #endif
        }

        static func rename(_ path: String, _ other: String) -> Int32 {
            #if canImport(Glibc)
            Glibc.rename(path, other)
            #else
            Musl.rename(path, other)
            #endif
        }
    }
}
