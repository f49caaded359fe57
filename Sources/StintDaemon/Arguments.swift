/// What the command line asks for.
package enum Arguments: Equatable {
    case run(Run)
    case version
    case help

    package struct Run: Equatable {
        package var configPath: String
        package var checksOnly = false
        package var stateFolder: String?
        package var readyFile: String?
    }

    /// A sentence for a user who mistyped.
    package struct Misuse: Error, Equatable {
        package var text: String
    }

    /// - Parameter words: without the program's name.
    package init(_ words: [String]) throws(Misuse) {
        var run = Run(configPath: "")
        var rest = words[...]
        func value(_ flag: String) throws(Misuse) -> String {
            guard let value = rest.popFirst(), !value.isEmpty else { throw Misuse(text: "\(flag) needs a value") }
            return value
        }
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h":
                self = .help
                return
            case "--version":
                self = .version
                return
            case "--check": run.checksOnly = true
            case "--state": run.stateFolder = try value(word)
            case "--ready-file": run.readyFile = try value(word)
            default:
                guard !word.hasPrefix("-") || word == "-" else { throw Misuse(text: "unknown option \(word)") }
                guard run.configPath.isEmpty else { throw Misuse(text: "one CONFIG, got \(run.configPath) and \(word)") }
                run.configPath = word
            }
        }
        guard !run.configPath.isEmpty else { throw Misuse(text: "no CONFIG") }
        self = .run(run)
    }

    package static let usage = """
        usage: stintd CONFIG [--check] [--state DIR] [--ready-file FILE]
               stintd --version | --help

        Learns from the frames and labels that come over ZeroMQ, and publishes predictions.

          CONFIG             a TOML file; `stint init` prints one
          --check            say what is wrong with it and what it needs of memory, and end
          --state DIR        keep the state there, whatever [state] directory says
          --ready-file FILE  also write the ready line there, once sockets are bound and the state is loaded

        Prints one line of JSON on stdout when it is ready, and talks on stderr.
        SIGTERM and SIGINT save the state and end; SIGHUP looks at CONFIG again.
        Exit: 0 done, 1 config or plan refused, 2 usage, 3 cannot reach a file or an endpoint, 70 bug.

        example: stintd /etc/stint/stint.toml --state /var/lib/stint

        """
}
