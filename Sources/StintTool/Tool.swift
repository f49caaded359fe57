import ArgumentParser
import Stint
import StintConfig

/// `stint`, the root of all verbs.
struct Tool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stint",
        abstract: "Learns on the robot: configs, recordings and daemons.",
        discussion: """
            Exit codes: 0 done, 1 a config, a plan or data was refused, 2 wrong usage, 3 a file or a daemon cannot be reached. \
            Data goes to stdout, talk to stderr.

              stint init > stint.toml
              stint check stint.toml
              stint replay -c stint.toml recording.csv
            """,
        version: stintVersion,
        subcommands: verbs)

    /// In the order of the help.
    static let verbs: [ParsableCommand.Type] = [
        DemoCommand.self,
        InitCommand.self,
        CheckCommand.self,
        CalibrateCommand.self,
        ReplayCommand.self,
        PlayCommand.self,
        RecordCommand.self,
        TapCommand.self,
        InspectCommand.self,
        MergeCommand.self,
        StatusCommand.self,
        PushCommand.self,
        ConfirmCommand.self,
        RollbackCommand.self,
        HistoryCommand.self,
        LabelCommand.self,
        ForgetCommand.self,
        CheckpointCommand.self,
        StateCommand.self,
        PauseCommand.self,
        ResumeCommand.self,
        DoctorCommand.self,
        KeysCommand.self,
    ]

    /// Verbs of the interface that this version does not have: whoever read of one shall not look for his own mistake.
    static let later = ["top", "compare"]

    /// Runs what the command line says and returns the exit code.
    static func status(of arguments: [String]?) -> Int32 {
        if let verb = (arguments ?? Array(CommandLine.arguments.dropFirst())).first, later.contains(verb) {
            say("stint \(verb) is not in this version (\(stintVersion)); `stint --help` lists what is")
            return 2
        }
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return 0
        } catch let failure as Failure {
            say(failure.message)
            return failure.exitCode
        } catch let error as ConfigError {
            say(error.description)
            return 1
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            return status(of: error)
        }
    }

    /// Help and version are data; wrong usage is talk; anything else should not be.
    private static func status(of error: any Error) -> Int32 {
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        if code == .success {
            try? show(message + "\n")
            return 0
        }
        if code == .validationFailure {
            say(message)
            return 2
        }
        say("this is a bug in stint: \(error)")
        return 70
    }
}
