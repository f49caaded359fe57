import StintWire

/// A capture as the messages that it is, byte for byte, at the distances in which they came.
struct PlayedCapture: ~Copyable {
    let name: String
    /// In order of first appearance.
    let topics: [String]
    let messages: Int
    /// The last line was cut short when it was recorded.
    let isTorn: Bool
    private let file: MappedFile
    /// Those of the file. Swift 6.0 crashes on a method that reads them through it.
    private let bytes: UnsafeRawBufferPointer

    init(path: String) throws(Failure) {
        let file = try MappedFile(path)
        var reader = CaptureReader(file.bytes), topics: [String] = [], known: Set<String> = [], messages = 0
        while let message = try Self.next(&reader, path) {
            messages += 1
            let topic = String(decoding: message.topic, as: UTF8.self)
            if known.insert(topic).inserted { topics.append(topic) }
        }
        guard messages > 0 else { throw .refused("\(path): there is no message in it") }
        // Nothing is set before the last throw: Swift 6.0 cannot undo half of a value that cannot be copied.
        isTorn = reader.isTorn
        name = path
        self.file = file
        bytes = file.bytes
        self.topics = topics
        self.messages = messages
    }

    func reader() -> CaptureReader { CaptureReader(bytes) }

    static func next(_ reader: inout CaptureReader, _ name: String) throws(Failure) -> CapturedMessage? {
        do throws(CaptureProblem) { return try reader.next() } catch { throw .refused("\(name): \(error)") }
    }
}
