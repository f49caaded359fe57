import ArgumentParser
import StintConfig
import StintSockets
import StintStore
import StintWire

/// `stint state`: what a running daemon has learned, as a file, out of it and into it.
struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Fetches the state of a running daemon, or gives it another one.",
        discussion: """
              stint state export arm-07.state --control tcp://10.0.0.7:5557
              stint merge arm-07.state arm-08.state -o fleet.state
              stint state import fleet.state --control tcp://10.0.0.7:5557
            """,
        subcommands: [Export.self, Import.self])

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes what a running daemon knows now into a file.",
            discussion: "A checkpoint is made, and fetched in pieces; predictions go on. A sealed state stays sealed.")

        @Argument(help: "Where to write the state.")
        var file: String

        @Flag(help: "Print what was written as JSON.")
        var json = false

        @OptionGroup var control: ControlOptions

        func run() throws {
            let context = try reaching { () throws(SocketError) in try Context(ioThreads: 1) }
            var client = try ControlClient(control, in: context)
            _ = try client.call("checkpoint")
            var state = ByteWriter(), generation: Int?, whole = Int.max
            while state.count < whole {
                let (from, known) = (state.count, generation)
                let reply = try client.call("state.export") { object, out in
                    if let known { object.add("generation", known, &out) }
                    object.add("offset", from, &out)
                }
                guard let text = reply.withUnsafeBytes({ JSON($0) }), let bytes = text["bytes"]?.natural, let data = text["data"]?.text else {
                    throw Failure.refused("\(client.line.place): expected a piece of a state, got something else")
                }
                generation = text["generation"]?.natural
                whole = bytes
                let count = state.count
                var base64 = data
                guard base64.withUTF8({ Base64.read(UnsafeRawBufferPointer($0), into: &state) }), state.count > count || whole == count else {
                    throw Failure.refused("\(client.line.place): the state ends after \(count) of \(whole) bytes")
                }
            }
            do throws(DiskError) { try Disk().write([state.bytes], to: file) } catch { throw Failure(StateError.disk(error)) }
            guard json else { return try show("\(file): \(PlanTable.size(state.count))\n") }
            try showJSON { object, out in
                object.add("file", file, &out)
                object.add("bytes", whole, &out)
                object.add("generation", generation ?? 0, &out)
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a running daemon go on from another state.",
            discussion: """
                What it has learned itself is checkpointed first. The state is held against the rows that the device keeps: one that is wrong about \
                them is refused, and nothing has changed. Stream, clock and alarms of the device go on.
                """)

        @Argument(help: "A state of the same encoder: of stint state export, of stint merge, or a checkpoint.")
        var file: String

        @Flag(help: "Print the daemon's answer as it is.")
        var json = false

        @OptionGroup var control: ControlOptions

        func run() throws {
            let state = try MappedFile(file), pieceBytes = 48 << 10
            let context = try reaching { () throws(SocketError) in try Context(ioThreads: 1) }
            var client = try ControlClient(control, in: context)
            var reply: [UInt8] = []
            for from in stride(from: 0, to: max(state.bytes.count, 1), by: pieceBytes) {
                let end = min(from + pieceBytes, state.bytes.count)
                // None is being written when the last piece comes, and what is given up lies on the disk.
                if end == state.bytes.count { _ = try client.call("checkpoint") }
                var data = ByteWriter(capacity: 2 * pieceBytes)
                Base64.write(UnsafeRawBufferPointer(rebasing: state.bytes[from..<end]), into: &data)
                let text = String(decoding: data.bytes, as: UTF8.self)
                reply = try client.call("state.import") { object, out in
                    object.add("bytes", state.bytes.count, &out)
                    object.add("offset", from, &out)
                    object.add("data", text, &out)
                }
            }
            if json { return try show(String(decoding: reply, as: UTF8.self) + "\n") }
            let heads = JSON(reply)?["heads"]?.members ?? []
            let words = heads.map { head in
                let error = head.value["error"]?.number, before = head.value["error_before"]?.number
                let judged = error.map { ", error on \(head.value["rows"]?.natural ?? 0) rows here \(rounded($0, 4)), before \(rounded(before ?? .nan, 4))" } ?? ", not judged"
                return "  \(head.key): \(head.value["fate"]?.text ?? "")\(judged)\n"
            }
            try show("\(file) is live\n" + words.joined())
        }
    }
}
