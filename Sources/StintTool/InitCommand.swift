import ArgumentParser
import StintConfig

/// `stint init`: a config to begin with.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Prints a config with every default shown.",
        discussion: """
              stint init --kind classification > stint.toml
            """)

    @Option(help: "What is to be learned: \(DefaultText.Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind = DefaultText.Kind.regression

    func run() throws { try show(DefaultText.text(kind: kind)) }
}

extension DefaultText.Kind: ExpressibleByArgument {}
