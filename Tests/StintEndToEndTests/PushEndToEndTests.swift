import Foundation
import StintSockets
import Testing

/// Configs that are pushed to the real daemon by the real tool.
@Suite(.enabled(if: Programs.areBuilt, "build the programs first: make build"), .serialized) struct PushEndToEndTests {
    private static let room = "[memory]\nbudget = \"32 MiB\"\n"

    /// The device's own config with changes, as a file.
    private func file(_ device: Device, _ name: String, _ change: (String) -> String) throws -> String {
        let text = change(try String(contentsOf: device.config, encoding: .utf8))
        let url = device.folder.appendingPathComponent(name)
        try text.write(to: url, atomically: true, encoding: .utf8)
        return url.path
    }

    /// Its own config, watched for a moment only.
    private func brief(_ text: String) -> String { text.replacing("[control]", with: "[control]\nprobation = \"300 ms\"") }

    private func stint(_ device: Device, _ words: String...) throws -> (status: Int32, said: String) {
        try Programs.stint(words + ["--control", device.control])
    }

    private func config(_ device: Device) throws -> [String: Any] {
        let status = try #require(try device.ask("status")["result"] as? [String: Any])
        return try #require(status["config"] as? [String: Any])
    }

    private func revision(_ device: Device) throws -> Int? { (try device.ask("config.get")["result"] as? [String: Any])?["revision"] as? Int }

    private func outcomes(_ device: Device) throws -> [String] {
        let history = try device.ask("config.history")["result"] as? [String: Any]
        return (history?["records"] as? [[String: Any]] ?? []).compactMap { $0["outcome"] as? String }
    }

    @Test("a good config is in force after its probation, survives a restart, and pushing it again changes nothing")
    func applied() throws {
        let device = try Device()
        _ = try device.start()
        let pushed = try file(device, "new.toml") { brief($0) + "\n[drift]\nregimes = 3\n" }
        let shown = try Programs.stintOutput(["push", pushed, "--dry-run", "--control", device.control])
        #expect(shown.status == 0 && shown.output.contains("drift.regimes: not said → 3") && shown.output.contains("head torque: kept"))
        #expect(try revision(device) == 0)
        #expect(try stint(device, "push", pushed).status == 0)
        #expect(try revision(device) == 1)
        #expect(try stint(device, "push", pushed).status == 0)
        #expect(try revision(device) == 1)
        #expect(try config(device)["status"] as? String == "applied")
        #expect(device.stop() == 0)
        #expect(try device.start().contains(#""revision":1,"#))
        #expect(try stint(device, "rollback").status == 0)
        #expect(try revision(device) == 0)
        #expect(try outcomes(device) == ["applied", "rolled_back"])
    }

    @Test("with trusted keys and a guard nothing gets in that is unsigned, forged, old, expired, for another, too large, forbidden or out of range")
    func refused() throws {
        let device = try Device(more: Self.room + "[security]\ntrusted = \"trusted.keys\"\nguard = \"guard.toml\"\n")
        for name in ["anna", "spare", "mallory"] {
            #expect(try Programs.stint(["keys", "make", name, "--signing", "--folder", device.folder.path]).status == 0)
        }
        func path(_ name: String) -> String { device.folder.appendingPathComponent(name).path }
        let keys = try ["anna", "spare"].map { try String(contentsOfFile: path("\($0).trusted"), encoding: .utf8) }
        try keys.joined().write(toFile: path("trusted.keys"), atomically: true, encoding: .utf8)
        try """
        settable = ["drift", "control.probation", "label", "head", "memory.budget", "device.id"]
        [ceiling]
        heads = 4
        [range]
        "label.pending" = [64, 2048]
        """.write(toFile: path("guard.toml"), atomically: true, encoding: .utf8)
        _ = try device.start()

        func push(_ name: String, _ flags: [String], _ change: (String) -> String = { $0 }) throws -> (status: Int32, said: String) {
            let pushed = try file(device, name) { change(brief($0)) }
            return try Programs.stint(["push", pushed, "--control", device.control] + flags)
        }
        let signed = ["--sign", path("anna.signing")]
        let cases: [(String, [String], (String) -> String, String)] = [
            ("unsigned", [], { $0 }, "not signed"),
            ("wrongly signed", ["--sign", path("mallory.signing")], { $0 }, "none of the keys"),
            ("expired", signed + ["--expires", "1 us"], { $0 }, "was good until"),
            ("other device", signed + ["--device", "leg"], { $0 }, "is for leg"),
            ("over budget", signed, { $0.replacing("32 MiB", with: "1 MiB") }, "the plan needs"),
            ("forbidden key", signed, { $0 + "[compute]\nmax_age = \"1 s\"\n" }, "not to be set by a push"),
            ("out of range", signed, { $0 + "[label]\npending = 4096\n" }, "between 64 and 2048"),
            ("over a ceiling", signed, { $0 + (1...3).map { "[[head]]\nname = \"h\($0)\"\nkind = \"anomaly\"\n" }.joined() }, "at most 4 heads"),
            ("its own identity", signed, { $0.replacing("id = \"arm\"", with: "id = \"leg\"") }, "device's own"),
            ("no config", signed, { $0 + "[label]\npending = \"many\"\n" }, "must be"),
        ]
        for (name, flags, change, reason) in cases {
            let (status, said) = try push("bad.toml", flags, change)
            #expect(status == 1 && said.contains(reason), "\(name): \(status) \(said)")
            #expect(try revision(device) == 0, "\(name)")
        }
        // Signed by either, for it or its like, it is taken; then it is the past.
        let good = try push("good.toml", ["--sign", path("spare.signing"), "--device", "arm", "--expires", "1 h", "--revision", "50"]) { $0 + "[drift]\nregimes = 2\n" }
        #expect(good.status == 0, "\(good.said)")
        #expect(try revision(device) == 50)
        let lower = try push("lower.toml", signed + ["--revision", "50"]) { $0 + "[drift]\nregimes = 3\n" }
        #expect(lower.status == 1 && lower.said.contains("not above 50"), "\(lower.said)")
        #expect(try config(device)["last_good_revision"] as? Int == 50)
    }

    @Test("killed on probation, a device starts by the config before, says why, and does not try the other again")
    func killed() throws {
        let device = try Device()
        _ = try device.start()
        let pushed = try file(device, "new.toml") { $0 + "\n[drift]\nregimes = 3\n" }
        #expect(try stint(device, "push", pushed, "--confirm", "--within", "600", "--revision", "7").status == 0)
        #expect(try config(device)["status"] as? String == "probation")
        kill(try #require(device.process?.processIdentifier), SIGKILL)
        device.process?.waitUntilExit()
        #expect(try device.start().contains(#""revision":0,"#))
        let refused = try config(device)["refused"] as? [String: Any]
        #expect(refused?["outcome"] as? String == "rolled_back" && refused?["revision"] as? Int == 7)
        let again = try stint(device, "push", pushed, "--revision", "7")
        #expect(again.status == 1 && again.said.contains("not tried again"), "\(again.said)")
        #expect(try revision(device) == 0)
    }

    @Test("a file that is broken at the start is refused with its place, and the device goes on by the last good config")
    func brokenFile() throws {
        let device = try Device()
        _ = try device.start()
        let pushed = try file(device, "new.toml") { brief($0) + "\n[drift]\nregimes = 3\n" }
        #expect(try stint(device, "push", pushed).status == 0)
        #expect(device.stop() == 0)
        let whole = try String(contentsOf: device.config, encoding: .utf8)
        try (whole + "[label]\npending = 0\n").write(to: device.config, atomically: true, encoding: .utf8)
        #expect(try device.start().contains(#""revision":1,"#))
        let said = try config(device)
        let problems = (said["refused"] as? [String: Any])?["problems"] as? [[String: Any]]
        #expect(said["status"] as? String == "rejected" && problems?.first?["path"] as? String == "label.pending")
        #expect(device.stop() == 0)
        // Mended, it is a new file, and goes before what was pushed.
        try (whole + "[label]\npending = 512\n").write(to: device.config, atomically: true, encoding: .utf8)
        #expect(try device.start().contains(#""revision":2,"#))
    }

    @Test("a config without a head and with another, on probation and then taken back: every head goes on bit by bit as if it had never been")
    func takenBack() throws {
        let device = try Device(more: Self.room)
        let recording = try device.recording("run.csv", rows: 0..<600)
        let rows = try String(contentsOf: recording, encoding: .utf8).split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        _ = try device.start()
        var socket = try device.subscriber()
        var publisher = try Socket(.xpub, in: device.context)
        try publisher.set(.sendHighWater, to: 0)
        try publisher.bind(device.input)
        var message = Message()
        try publisher.set(.receiveTimeout, to: 10_000)
        for _ in 0..<6 { #expect(try publisher.receive(into: &message)) }

        func put(_ topic: String, _ payload: String) throws {
            _ = try publisher.send(topic, more: true)
            _ = try publisher.send(payload)
        }
        func send(_ range: Range<Int>) throws {
            for seq in range {
                let row = rows[seq]
                try put("arm", #"{"t":\#(row[0]),"seq":\#(seq),"q1":\#(row[1]),"q2":\#(row[2]),"dq1":\#(row[3]),"dq2":\#(row[4])}"#)
                try put("label/tau1", #"{"seq":\#(seq),"value":\#(row[5])}"#)
                try put("label/tau2", #"{"seq":\#(seq),"value":\#(row[6])}"#)
                try put("label/load", #"{"seq":\#(seq),"value":"\#(row[7])"}"#)
            }
        }
        func head(_ line: String) -> Substring? { line.firstMatch(of: #/"head":"(\w+)"/#)?.1 }
        func plain(_ lines: [String]) -> [String] { lines.map { $0.replacing(#/,"revision":\d+/#, with: "") } }

        try send(0..<300)
        var live = try device.collect(900, from: &socket)
        let pushed = try file(device, "new.toml") {
            $0.replacing("name = \"load\"\nkind = \"classification\"\ntarget = \"label:load\"", with: "name = \"first\"\nkind = \"regression\"\ntarget = \"label:tau1\"")
        }
        let push = try stint(device, "push", pushed, "--confirm", "--within", "3600")
        #expect(push.status == 0, "\(push.said)")
        try send(300..<450)
        let tried = try device.collect(450, from: &socket)
        #expect(Set(tried.compactMap(head)) == ["torque", "first", "health"])
        #expect(tried.allSatisfy { $0.contains(#""revision":1"#) || $0.contains(#""head":"health""#) })
        #expect(try stint(device, "rollback").status == 0)
        try send(450..<600)
        let after = try device.collect(450, from: &socket)
        #expect(try revision(device) == 0)

        let replayed = plain(try device.replayed(recording))
        live += tried.filter { head($0) != "first" } + after
        let expected = replayed.enumerated().filter { index, line in !(900..<1350).contains(index) || head(line) != "load" }.map(\.element)
        #expect(live.count == expected.count && zip(plain(live), expected).allSatisfy { $0 == $1 })
        let status = try #require(try device.ask("status")["result"] as? [String: Any])
        #expect((status["dropped"] as? [String: Int])?.values.allSatisfy { $0 == 0 } == true && status["lost"] as? Int == 0)
        #expect(device.stop() == 0)
    }

    @Test("a stream that becomes hard while a config is on probation beside the one before is no fault of the config's")
    func hardStretch() throws {
        let device = try Device(more: Self.room)
        _ = try device.start()
        var socket = try device.subscriber(), publisher = try Socket(.xpub, in: device.context), message = Message()
        try publisher.set(.sendHighWater, to: 0)
        try publisher.bind(device.input)
        try publisher.set(.receiveTimeout, to: 10_000)
        for _ in 0..<6 { #expect(try publisher.receive(into: &message)) }
        func send(_ range: Range<Int>, _ torque: (Int) -> Double) throws {
            for seq in range {
                let angle = Double(seq) / 20, values = [sin(angle), cos(angle), cos(angle), -sin(angle)]
                for (topic, payload) in [
                    ("arm", "{\"t\":\(1e6 + Double(seq) / 64),\"seq\":\(seq),\"values\":[\(values.map { "\($0)" }.joined(separator: ","))]}"),
                    ("label/tau1", "{\"seq\":\(seq),\"value\":\(torque(seq))}"), ("label/tau2", "{\"seq\":\(seq),\"value\":\(-torque(seq))}"),
                ] {
                    _ = try publisher.send(topic, more: true)
                    _ = try publisher.send(payload)
                }
            }
        }
        try send(0..<400) { sin(Double($0) / 20) }
        _ = try device.collect(1200, from: &socket)
        let pushed = try file(device, "new.toml") { $0 + "\n[[head]]\nname = \"more\"\nkind = \"anomaly\"\n" }
        let push = try stint(device, "push", pushed, "--confirm", "--within", "3600")
        #expect(push.status == 0, "\(push.said)")
        // What nobody could know.
        try send(400..<600) { Double(($0 &* 7919) % 101) / 20 - 2.5 }
        _ = try device.collect(800, from: &socket)
        for _ in 0..<5 {
            #expect(try config(device)["status"] as? String == "probation")
            usleep(100_000)
        }
        #expect(try stint(device, "confirm").status == 0)
        #expect(try config(device)["status"] as? String == "applied")
    }
}
