import ArgumentParser
import StintSecurity
import StintSockets
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who we are and whom we talk to, for endpoints beyond this machine.
struct KeyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Our own secret key, from `stint keys make`; else $STINT_KEY.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("The other side's public key, or a file that has it; else $STINT_SERVER_KEY.", valueName: "key"))
    var serverKey: String?

    /// Whether none was given here; those of the environment are for whoever connects.
    var areNone: Bool { key == nil && serverKey == nil }

    /// A file.
    var own: String? { key ?? Self.variable("STINT_KEY") }

    /// A key, or a file that has it.
    var theirs: String? { serverKey ?? Self.variable("STINT_SERVER_KEY") }

    /// Makes a socket show our keys to whomever it meets from now on, if there are any.
    func introduce(_ socket: borrowing Socket) throws(Failure) {
        if own == nil, theirs == nil { return }
        guard let own, let theirs else {
            throw .refused("--key and --server-key go together: our own secret key, and the public key of the other side")
        }
        let pair: CurveKeyPair
        let server: CurveKey
        do throws(KeyFileError) {
            pair = try KeyFile.readSecret(own).keys
            server = try KeyFile.readPublic(theirs)
        } catch {
            throw .refused(error.description)
        }
        do throws(SocketError) { try socket.introduce(as: pair, to: server) } catch { throw Failure(error) }
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
