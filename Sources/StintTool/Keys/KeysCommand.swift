import ArgumentParser
import StintConfig
import StintSecurity
import StintSockets
import StintWire
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `stint keys`: who a device or an operator is.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Makes and shows CURVE keys, for endpoints beyond this machine.",
        discussion: """
            A device and everybody who talks to it have a pair of keys each. The secret one stays where it was made. The public ones go into \
            the list that [security] allow names on the device, one a line with a name.

              stint keys make arm-07                    # arm-07.secret, and arm-07.public
              stint keys make laptop && cat laptop.public >> allow.keys
              stint keys show laptop.secret             # its public key again
            """,
        subcommands: [Make.self, Show.self])

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Writes NAME.secret, mode 0600, and NAME.public; prints the public key's line.")

        @Argument(help: "Whose keys they are.")
        var name: String

        @Option(help: ArgumentHelp("Where the files go.", valueName: "folder"))
        var folder = "."

        @Flag(help: "Print the public key as JSON.")
        var json = false

        func validate() throws {
            let isPlain = name.unicodeScalars.allSatisfy { $0 != "/" && $0.value > 0x20 && $0.value != 0x7F }
            guard isPlain, (1...64).contains(name.utf8.count), !name.hasPrefix(".") else {
                throw ValidationError("NAME must be 1 to 64 bytes without blanks and slashes, got \(name)")
            }
        }

        func run() throws {
            let pair = try reaching { () throws(SocketError) in try CurveKeyPair.random() }
            let path = "\(folder)/\(name)"
            try write("\(pair.secretKey.text) \(name)\n", to: path + ".secret", mode: 0o600)
            try write("\(pair.publicKey.text) \(name)\n", to: path + ".public", mode: 0o644)
            try tell(pair.publicKey, name, json)
        }

        /// A new file: a key that is there is never written over, since what it opens would be lost.
        private func write(_ text: String, to path: String, mode: mode_t) throws(Failure) {
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            guard file >= 0 else {
                let code = errno
                if code == EEXIST { throw .refused("\(path): it is there already, and keys are not written over; choose another name, or move it away") }
                throw .unreachable(path, errno: code)
            }
            var text = text
            let isWritten = text.withUTF8 { Self.writeAll($0, to: file) } && fsync(file) == 0
            let code = errno
            guard close(file) == 0, isWritten else {
                unlink(path)
                throw .unreachable(path, errno: code)
            }
        }

        private static func writeAll(_ bytes: UnsafeBufferPointer<UInt8>, to file: Int32) -> Bool {
            #if canImport(Glibc)
            Glibc.write(file, bytes.baseAddress, bytes.count) == bytes.count
            #else
            Musl.write(file, bytes.baseAddress, bytes.count) == bytes.count
            #endif
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the public key that belongs to a secret one, as a line of a list.")

        @Argument(help: ArgumentHelp("A secret key.", valueName: "file"))
        var file: String

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() throws {
            do throws(KeyFileError) {
                let (keys, name) = try KeyFile.readSecret(file)
                try? tell(keys.publicKey, name, json)
            } catch {
                throw Failure.refused(error.description)
            }
        }
    }
}

private func tell(_ key: CurveKey, _ name: String, _ json: Bool) throws {
    guard json else { return try show("\(key.text) \(name)\n") }
    var out = ByteWriter()
    JSONObject.write(into: &out) { object, out in
        object.add("name", name, &out)
        object.add("public_key", key.text, &out)
    }
    try show(String(decoding: out.bytes, as: UTF8.self) + "\n")
}
