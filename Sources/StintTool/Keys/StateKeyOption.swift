import ArgumentParser
import StintStore
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What states are sealed with, where they are.
struct StateKeyOption: ParsableArguments {
    @Option(help: ArgumentHelp("The key of sealed states, from `stint keys state`; what is written is sealed, too. Else $STINT_STATE_KEY.", valueName: "file"))
    var stateKey: String?

    /// nil: there is none.
    func read() throws(Failure) -> StateKey? {
        let said = getenv("STINT_STATE_KEY").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        guard let path = stateKey ?? said else { return nil }
        do throws(StateError) { return try StateKey.read(path) } catch { throw Failure(error) }
    }
}
