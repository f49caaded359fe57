import CLinux
import Stint
import StintConfig
import StintDaemon
import StintStore
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Names the real clocks, streams and files, and turns what happens into an exit code.
func start(_ words: [String]) -> Int32 {
    let surroundings = System.surroundings
    do throws(Arguments.Misuse) {
        switch try Arguments(words) {
        case .help:
            System.write(Arguments.usage, to: STDOUT_FILENO)
            return 0
        case .version:
            System.write("stintd \(stintVersion)\n", to: STDOUT_FILENO)
            return 0
        case .run(let run):
            do throws(Failure) {
                try live(run, surroundings)
                return 0
            } catch {
                System.write("\(error)\n", to: STDERR_FILENO)
                return error.exitCode
            }
        }
    } catch {
        System.write("stintd: \(error.text)\n\(Arguments.usage)", to: STDERR_FILENO)
        return 2
    }
}

func live(_ run: Arguments.Run, _ surroundings: Surroundings) throws(Failure) {
    stint_tune_memory()
    stint_release_file_pages()
    if run.checksOnly {
        let launch = try Launch(run)
        System.write(PlanTable(launch.plan, launch.assembly).text + "\n", to: STDOUT_FILENO)
        return
    }
    let start = try Start(run, surroundings, stateHint: getenv("STATE_DIRECTORY").map { String(cString: $0) })
    stint_release_file_pages()
    let signals = Signals()
    var manager = ServiceManager(process: getpid()) { name in getenv(name).map { String(cString: $0) } }
    var launch = start.launch, isFirst = true
    while true {
        do throws(Failure) {
            switch try live(by: launch, start.keeper, surroundings, signals, &manager, isFirst ? run.readyFile : nil, isFirst: isFirst) {
            case .ended: return
            case .again(let next): launch = next
            }
            isFirst = false
        } catch {
            // By the config before the one that was pushed it can go on.
            guard !isFirst, let former = start.keeper.retreat("\(error)", surroundings) else { throw error }
            launch = former
        }
    }
}

/// One life of the daemon: until it ends, or has to be made anew.
func live(
    by launch: Launch, _ keeper: ConfigKeeper, _ surroundings: Surroundings, _ signals: borrowing Signals, _ manager: inout ServiceManager,
    _ readyFile: String?, isFirst: Bool
) throws(Failure) -> Daemon.End {
    var daemon = try Daemon(launch, keeper, surroundings, manager, residentBytes: System.residentBytes)
    stint_release_file_pages()
    if isFirst {
        let line = daemon.readyLine(process: getpid())
        // The file first: who waits for the line may look for the file at once.
        if let path = readyFile { try write(line, to: path) }
        System.write(line, to: STDOUT_FILENO)
    }
    manager.ready()
    return try daemon.run(signals, &manager)
}

func write(_ line: String, to path: String) throws(Failure) {
    do throws(DiskError) {
        var line = line
        let failure: DiskError? = line.withUTF8 { bytes in
            do throws(DiskError) {
                try Disk().write([UnsafeRawBufferPointer(bytes)], to: path)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    } catch {
        throw .unreachable("\(error)")
    }
}

exit(start(Array(CommandLine.arguments.dropFirst())))
