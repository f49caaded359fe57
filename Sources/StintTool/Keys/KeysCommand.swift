import ArgumentParser
import StintConfig
import StintSecurity
import StintSockets
import StintWire

/// `stint keys`: who a device or an operator is.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Makes and shows keys: CURVE keys for endpoints beyond this machine, signing keys for configs.",
        discussion: """
            A device and everybody who talks to it have a pair of keys each. The secret one stays where it was made. The public ones go into \
            the list that [security] allow names on the device, one a line with a name.

              stint keys make arm-07                    # arm-07.secret, and arm-07.public
              stint keys make laptop && cat laptop.public >> allow.keys
              stint keys show laptop.secret             # its public key again
              stint keys state states.key               # what states are sealed with

            Whoever pushes configs has a signing key besides, and its public half stands in the list that [security] trusted names.

              stint keys make laptop --signing          # laptop.signing, and laptop.trusted
              cat laptop.trusted spare.trusted >> trusted.keys
            """,
        subcommands: [Make.self, Show.self, StateKeyCommand.self])

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Writes NAME.secret, mode 0600, and NAME.public; prints the public key's line.")

        @Argument(help: "Whose keys they are.")
        var name: String

        @Option(help: ArgumentHelp("Where the files go.", valueName: "folder"))
        var folder = "."

        @Flag(help: "A key to sign configs with, Ed25519: NAME.signing, and NAME.trusted.")
        var signing = false

        @Flag(help: "Print the public key as JSON.")
        var json = false

        func validate() throws {
            let isPlain = name.unicodeScalars.allSatisfy { $0 != "/" && $0.value > 0x20 && $0.value != 0x7F }
            guard isPlain, (1...64).contains(name.utf8.count), !name.hasPrefix(".") else {
                throw ValidationError("NAME must be 1 to 64 bytes without blanks and slashes, got \(name)")
            }
        }

        func run() throws {
            let path = "\(folder)/\(name)"
            if signing {
                let key = SigningKey.random()
                try writeNewFile("\(key.text) \(name)\n", to: path + ".signing", mode: 0o600)
                try writeNewFile("\(key.trusted.text) \(name)\n", to: path + ".trusted", mode: 0o644)
                return try tell(key.trusted.text, name, json)
            }
            let pair = try reaching { () throws(SocketError) in try CurveKeyPair.random() }
            try writeNewFile("\(pair.secretKey.text) \(name)\n", to: path + ".secret", mode: 0o600)
            try writeNewFile("\(pair.publicKey.text) \(name)\n", to: path + ".public", mode: 0o644)
            try tell(pair.publicKey.text, name, json)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the public key that belongs to a secret one, as a line of a list.")

        @Argument(help: ArgumentHelp("A secret key.", valueName: "file"))
        var file: String

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() throws {
            // A signing key is written in another way than a CURVE key, so no file is both.
            if let (key, name) = try? KeyList<SigningKey>.readSigning(file) { return try tell(key.trusted.text, name, json) }
            let found: (keys: CurveKeyPair, name: String)
            do throws(KeyFileError) { found = try KeyFile.readSecret(file) } catch { throw Failure.refused(error.description) }
            try tell(found.keys.publicKey.text, found.name, json)
        }
    }
}

private func tell(_ key: String, _ name: String, _ json: Bool) throws {
    guard json else { return try show("\(key) \(name)\n") }
    var out = ByteWriter()
    JSONObject.write(into: &out) { object, out in
        object.add("name", name, &out)
        object.add("public_key", key, &out)
    }
    try show(String(decoding: out.bytes, as: UTF8.self) + "\n")
}
