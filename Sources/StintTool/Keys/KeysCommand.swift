import ArgumentParser
import StintConfig
import StintSecurity
import StintSockets
import StintWire

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
              stint keys state states.key               # what states are sealed with
            """,
        subcommands: [Make.self, Show.self, StateKeyCommand.self])

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
            try writeNewFile("\(pair.secretKey.text) \(name)\n", to: path + ".secret", mode: 0o600)
            try writeNewFile("\(pair.publicKey.text) \(name)\n", to: path + ".public", mode: 0o644)
            try tell(pair.publicKey, name, json)
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
