import ArgumentParser
import StintStore
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `stint keys state`: what states are sealed with at rest.
struct StateKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Writes a new key that states are sealed with, mode 0600.",
        discussion: """
            [state] key names it on the device, --state-key where a sealed state is read. Keep a copy: what is sealed is lost without it.

              stint keys state /etc/stint/states.key
            """)

    @Argument(help: "Where to write it; what is there is not written over.")
    var file: String

    func run() throws {
        try writeNewFile(StateKey.random().text, to: file, mode: 0o600)
        say("\(file): a new key; [state] key = \"\(file)\" seals the next checkpoint")
    }
}
