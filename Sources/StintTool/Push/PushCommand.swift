import ArgumentParser
import StintConfig
import StintSecurity
import StintSockets
import StintWire

/// `stint push`: gives a config to a running daemon, or to many, and waits for what becomes of it.
struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Gives a config to a running daemon, or to a fleet in waves, and waits until it is good or taken back.",
        discussion: """
            The file is the whole config; [device], [security] and state.directory are the device's own and may be left out. It is put in force \
            between two frames, watched for [control] probation, and taken back by the device itself if it does worse. Pushing the same file \
            again changes nothing.

              stint push arm.toml --dry-run
              stint push arm.toml --sign laptop.signing
              stint push arm.toml --sign laptop.signing --confirm --within 300     # and then: stint confirm
              stint push arm.toml --sign laptop.signing --devices fleet.txt --wave 1,10%,100%
              stint push arm.toml --sign laptop.signing --listen tcp://0.0.0.0:5600 --peer arm-07 --key fleet.secret --server-key arm-07.public

            A line of fleet.txt is `NAME ENDPOINT [PUBLIC-KEY]`; the ENDPOINT of a device that dials in at --listen is `-`. Each push is signed \
            for the device of that name, or for --group.
            """)

    @Argument(help: "A whole config.")
    var file: String

    @Option(help: ArgumentHelp("A secret signing key, from `stint keys make --signing`.", valueName: "file"))
    var sign: String?

    @Option(help: ArgumentHelp("The number of this config, above all before it; without it, the next one.", valueName: "n"))
    var revision: UInt64?

    @Option(help: ArgumentHelp("Whom it is for: the id of one device.", valueName: "id"))
    var device: String?

    @Option(help: ArgumentHelp("Whom it is for: the name of a group.", valueName: "name"))
    var group: String?

    @Option(help: ArgumentHelp("How long it may be taken, such as \"1 h\".", valueName: "duration"))
    var expires: String?

    @Option(help: ArgumentHelp("The hash of the config that it is meant to replace; another one is left alone.", valueName: "hash"))
    var base: String?

    @Flag(help: "Check and keep it, without putting it in force; `stint confirm` does.")
    var stage = false

    @Flag(help: "It is taken back unless `stint confirm` comes in time.")
    var confirm = false

    @Option(help: ArgumentHelp("How long --confirm waits.", valueName: "seconds"))
    var within: Int?

    @Flag(help: "Change nothing: show what would be changed, and what each head would keep.")
    var dryRun = false

    @Flag(help: "Take it though what was learned is of no use to it.")
    var beginAnew = false

    @Flag(help: "Do not wait until it is settled.")
    var noWait = false

    @Option(help: ArgumentHelp("A list of devices, one a line: NAME ENDPOINT|- [PUBLIC-KEY].", valueName: "file"))
    var devices: String?

    @Option(help: ArgumentHelp("How many of them at a time, counted from the first: numbers or shares.", valueName: "1,10%,100%"))
    var wave: String?

    @Flag(help: "Print what became of it as JSON.")
    var json = false

    @OptionGroup var control: ControlOptions

    func validate() throws {
        if stage, confirm { throw ValidationError("--stage and --confirm exclude each other") }
        if device != nil, group != nil { throw ValidationError("--device and --group exclude each other") }
        if within != nil, !confirm { throw ValidationError("--within goes with --confirm") }
        if let within, !(1...86_400).contains(within) { throw ValidationError("--within must be between 1 and 86400 seconds, got \(within)") }
        if wave != nil, devices == nil { throw ValidationError("--wave goes with --devices") }
        if devices != nil, device != nil { throw ValidationError("--devices signs for each device by its name; use --group for a group") }
        if let wave, Waves(wave, of: 1) == nil { throw ValidationError("--wave must be numbers or shares that grow, such as 1,10%,100%, got \(wave)") }
        if let expires, Quantity.duration(expires) == nil { throw ValidationError("--expires must be a duration such as \"1 h\", got \(expires)") }
        if revision == 0 { throw ValidationError("--revision must be 1 or more") }
    }

    func run() throws {
        let text = try readWhole(file)
        do throws(ConfigError) { _ = try ConfigDocument(text, fileName: file) } catch { throw Failure.refused(error) }
        let context = try reaching { () throws(SocketError) in try Context() }
        var order = PushOrder(text: text)
        order.revision = revision
        order.apply = stage ? "stage" : confirm ? "confirm" : "apply"
        order.confirmWithin = confirm ? within : nil
        order.base = base
        order.beginsAnew = beginAnew
        order.isDryRun = dryRun
        order.device = device ?? group ?? control.peer
        order.expires = expires.flatMap { Quantity.duration($0) }.map { Int(wallSeconds() + $0) }
        if let sign {
            do throws(KeyFileError) { order.key = try KeyList<SigningKey>.readSigning(sign).key } catch { throw Failure.refused(error.description) }
        }
        if let devices { return try push(order, to: try Fleet(devices), context) }

        var target = PushTarget("", try ControlClient(control, in: context))
        if dryRun { return try showDryRun(try target.push(order)) }
        let answer = try target.push(order)
        let settled = noWait || stage || confirm ? answer : try target.settle(answer)
        try tell(settled)
        if settled.isRefused { throw ExitCode(1) }
    }

    private func push(_ order: PushOrder, to fleet: Fleet, _ context: Context) throws {
        let reception: Reception?
        if let listen = control.listen {
            reception = try Reception(listen, own: control.keys.own, guests: fleet.devices.filter { $0.dialsIn }.map { ($0.name, $0.key) }, in: context)
            say("waiting for devices at \(reception?.endpoint ?? "")")
        } else if let device = fleet.devices.first(where: \.dialsIn) {
            throw Failure.refused("\(device.name) dials in, and --listen does not say where")
        } else {
            reception = nil
        }
        var run = FleetPush(fleet, order, control.keys, reception, context, waits: !noWait && !stage && !confirm)
        guard let waves = Waves(wave ?? "100%", of: fleet.devices.count) else { throw Failure.refused("--wave \(wave ?? "")") }
        let isDone = try run.push(waves) { device, answer in
            if !json { say("\(device): \(answer.sentence)") }
        }
        if json {
            var out = ByteWriter()
            JSONObject.write(into: &out) { object, out in
                object.add("complete", isDone, &out)
                object.add("devices", run.results, &out) { result, out in
                    JSONObject.write(into: &out) { object, out in
                        object.add("device", result.device, &out)
                        result.answer.write(into: &object, &out)
                    }
                }
            }
            try show(String(decoding: out.bytes, as: UTF8.self) + "\n")
        } else {
            let applied = run.results.count { !$0.answer.isRefused }
            try show("\(applied) of \(fleet.devices.count) devices\(isDone ? "" : "; stopped there")\n")
        }
        if !isDone { throw ExitCode(1) }
    }

    private func tell(_ answer: PushAnswer) throws {
        if json {
            try showJSON { object, out in answer.write(into: &object, &out) }
        } else if answer.isRefused {
            say(answer.sentence)
        } else {
            try show(answer.sentence + "\n")
        }
    }

    private func showDryRun(_ answer: PushAnswer) throws {
        guard case .done(let said) = answer.outcome else {
            try tell(answer)
            throw ExitCode(1)
        }
        if json { return try show(String(decoding: answer.raw, as: UTF8.self) + "\n") }
        var text = ""
        for change in said["changes"]?.elements ?? [] {
            let before = change["before"]?.text ?? "not said", after = change["after"]?.text ?? "not said"
            text += "\(change["path"]?.text ?? ""): \(before) → \(after)   (\(change["effect"]?.text ?? ""))\n"
        }
        if text.isEmpty { text = "nothing is different\n" }
        for head in said["heads"]?.members ?? [] { text += "head \(head.key): \(head.value.text ?? "")\n" }
        let ways = ["hot": "at once", "beside": "beside what runs", "stop": "there is no room for two: what runs stops for the moment of the switch", "restart": "sockets are opened anew; frames of that moment are lost, and counted"]
        let way = said["way"]?.text ?? ""
        text += "plan: \(PlanTable.size(said["plan_bytes"]?.natural ?? 0)); \(ways[way] ?? way)\n"
        try show(text)
    }
}
