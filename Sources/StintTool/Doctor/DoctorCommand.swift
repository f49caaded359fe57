import ArgumentParser
import Stint
import StintConfig
import StintSockets
import StintStore
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `stint doctor`: why does nothing arrive?
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Finds out why nothing arrives: config, endpoints, topics, payloads, labels, clock, state, machine.",
        discussion: """
            Says what it looked at, what it saw, and what to do. Works with a running stintd and without one; it changes nothing, and listens \
            for a second. Exit 1 if something is wrong.

              stint doctor -c /etc/stint/stint.toml
              stint doctor -c stint.toml --json | jq '.checks[] | select(.verdict == "wrong")'
            """)

    @Flag(help: "Print the findings as JSON.")
    var json = false

    @Option(help: ArgumentHelp("How long to listen to the input.", valueName: "seconds"))
    var listen = 1.0

    @OptionGroup var control: DaemonOptions

    func validate() throws {
        guard (0.1...600).contains(listen) else { throw ValidationError("--listen must be 0.1 to 600 seconds, got \(listen)") }
    }

    func run() throws {
        let findings = try examine()
        if json { try showJSON(findings.write) } else { try show(findings.text) }
        guard findings.isFine else { throw ExitCode(1) }
    }

    private static let clockWatch = 0.3

    /// All findings, the likeliest reasons first among those that depend on each other.
    func examine() throws -> [Finding] {
        let wall = wallSeconds(), start = monotonicSeconds()
        var all: [Finding] = []
        let read = readConfig(&all)
        all += Machine.findings(read?.plan)
        if let folder = read?.config.state.directory { all.append(Machine.state(folder, needed: read?.plan.snapshotBytes ?? 0)) }
        let isRunning = try examineDaemon(read, &all)
        if let read { try examineInput(read, isRunning: isRunning, &all) }
        // A clock that is being pulled moves in steps; where nothing was listened to there was no time to see one.
        while monotonicSeconds() - start < Self.clockWatch { usleep(20_000) }
        all.append(Machine.clock(wall: (wall, wallSeconds()), elapsed: monotonicSeconds() - start))
        return all
    }

    // MARK: Config

    private struct Read {
        var config: Config
        var assembly: Assembly
        var plan: Plan
        var hash: String
    }

    private func readConfig(_ all: inout [Finding]) -> Read? {
        guard let path = control.config else {
            all.append(.skipped("config", "-c FILE", "none was said: only the machine and the daemon are looked at"))
            return nil
        }
        do {
            let bytes = try readWhole(path)
            let config = try Config.parse(bytes, fileName: path)
            let problems = config.problems(for: .daemon)
            guard problems.isEmpty, let channels = config.channelNames, let rateHz = config.stream.rateHz else {
                throw ConfigError(problems)
            }
            let assembly = try Assembly.resolve(config, channels: channels, labels: nil, rateHz: rateHz)
            let plan = Plan(assembly.specification)
            let hash = bytes.withUnsafeBytes { Fingerprint(of: $0).hexadecimal }
            guard plan.bytes <= config.memory.budgetBytes else {
                all.append(.wrong("config", path, PlanTable(plan, assembly).refusal(config), "`stint check \(path)` shows what takes how much"))
                return nil
            }
            all.append(
                .fine("config", path, "\(config.heads.count) heads, a plan of \(PlanTable.size(plan.bytes)) within \(PlanTable.size(config.memory.budgetBytes))"))
            return Read(config: config, assembly: assembly, plan: plan, hash: hash)
        } catch let error as ConfigError {
            for problem in error.problems { all.append(.wrong("config", path, problem.description, "`stint init` shows every key")) }
        } catch {
            all.append(.wrong("config", path, (error as? Failure)?.message ?? "\(error)", "say the file that stintd is started with"))
        }
        return nil
    }

    // MARK: Daemon

    private func examineDaemon(_ read: Read?, _ all: inout [Finding]) throws -> Bool {
        let endpoint: String
        do {
            // A config that is no config says no endpoint either.
            endpoint = read == nil && control.control == nil ? Endpoint.defaultControl.text : try control.endpoint()
        } catch {
            all.append(.skipped("daemon", "stintd", error.message))
            return false
        }
        switch Greeting(of: endpoint, as: "DEALER") {
        case .peer:
            do {
                let context = try reaching { () throws(SocketError) in try Context() }
                var client = try ControlClient(endpoint, control.keys, in: context)
                guard let status = JSON(try client.call("status")) else { throw Failure.refused("its status is not JSON") }
                all += DaemonFindings(status: status, endpoint: endpoint, configHash: read?.hash).findings
                return true
            } catch let failure as Failure {
                all.append(.wrong("daemon", endpoint, failure.message, "who listens there is not stintd, or it hangs: systemctl status stintd"))
            }
        case .notZeroMQ: all.append(.wrong("daemon", endpoint, "another program listens there", "say the daemon's [control] bind with --control"))
        case .nobody(let why):
            all.append(
                .wrong("daemon", endpoint, "stintd does not listen there: \(why)", "systemctl start stintd, and journalctl -u stintd; elsewhere than there, say --control"))
        }
        return false
    }

    // MARK: Input

    private func examineInput(_ read: Read, isRunning: Bool, _ all: inout [Finding]) throws {
        let context = try reaching { () throws(SocketError) in try Context() }
        var socket = try reaching { () throws(SocketError) in try Socket(.subscribe, in: context) }
        try reaching { () throws(SocketError) in try socket.subscribe(to: "") }
        var canHear = false
        for endpoint in read.config.input.connect.map(\.text) {
            let finding = EndpointFindings.connecting(endpoint, Greeting(of: endpoint))
            all.append(finding)
            guard finding.verdict == .fine else { continue }
            try reaching { () throws(SocketError) in try socket.connect(endpoint) }
            canHear = true
        }
        for endpoint in read.config.input.bind.map(\.text) {
            guard !endpoint.hasSuffix(":*"), !endpoint.hasSuffix(":0") else {
                all.append(.skipped("endpoint", endpoint, "its port is open: the ready line says which it is"))
                continue
            }
            // What a publisher would meet.
            let finding = EndpointFindings.binding(endpoint, Greeting(of: endpoint, as: "PUB"), isRunning: isRunning)
            all.append(finding)
            guard finding.verdict == .fine, !isRunning else { continue }
            do throws(SocketError) {
                try socket.bind(endpoint)
                canHear = true
            } catch {
                all.append(.wrong("endpoint", endpoint, "\(error)", "stintd could not bind it either"))
            }
        }
        guard canHear else { return all.append(.skipped("topic", "input", isRunning ? "only stintd hears what is sent to an endpoint that it binds" : "there is nobody to listen to")) }
        var overheard = Overheard()
        let seconds = listen
        try reaching { () throws(SocketError) in try overheard.listen(socket, seconds: seconds) }
        all += StreamFindings(
            overheard: overheard, streams: read.assembly.streams.map { .init(name: $0.name, channels: $0.channels) },
            labels: read.assembly.labelNames + read.assembly.heads.map(\.name), maxAgeSeconds: read.config.compute.maxAgeSeconds, now: wallSeconds()
        ).findings
    }
}
