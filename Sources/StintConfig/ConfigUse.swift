extension Config {
    /// What a config is to be used for; each needs other sections.
    public enum Use: Sendable {
        /// `stintd`: sockets, one stream whose channels and rate are known before the first frame, and a place for its state.
        case daemon
        /// `replay`, `check`, `calibrate`, `compare`: heads alone are enough.
        case replay
    }

    /// What is missing for a use, at the place of the section that should have it, else at the start of the file. Empty: all is there.
    public func problems(for use: Use) -> [ConfigProblem] {
        guard use == .daemon else { return [] }
        var problems: [ConfigProblem] = []
        func missing(_ path: String, at nearest: String? = nil, _ message: String) {
            problems.append(ConfigProblem(code: .missing, path: path, place: place(of: nearest ?? path), message: message))
        }
        if input.connect.isEmpty && input.bind.isEmpty {
            missing("input", "[input] is missing an endpoint; say where frames come from, such as connect = [\"tcp://127.0.0.1:5555\"]")
        }
        for (index, stream) in streams.enumerated() where stream.channels == .all {
            missing(
                "stream[\(index)].channels",
                "stream.channels must be a list of names, since memory is planned before data comes, got \"*\"")
        }
        if stream.rateHz == nil {
            missing("stream[0].rate", "stream.rate is missing; say how often frames come, such as rate = \"100 Hz\"")
        }
        if output.bind == nil {
            missing("output.bind", "output.bind is missing; say where predictions go, such as bind = \"tcp://127.0.0.1:9872\"")
        }
        if state.directory == nil {
            missing(
                "state.directory",
                "state.directory is missing; say where the state is kept, such as directory = \"/var/lib/stint\", or --state DIR")
        }
        if !control.connect.isEmpty, device.id == nil {
            missing("device.id", at: "control.connect", "device.id is missing; whom [control] connect dials calls the device by it, such as id = \"arm-07\"")
        }
        // What only a recording can tell, and windows that are no whole sample at this rate.
        if let channels = channelNames, let rateHz = stream.rateHz {
            do throws(ConfigError) {
                _ = try Assembly.resolve(self, channels: channels, labels: nil, rateHz: rateHz)
            } catch {
                problems += error.problems
            }
        } else {
            for (index, head) in heads.enumerated() where head.kind.targets == .allLabels {
                problems.append(Assembly.unknownLabels(self, index))
            }
        }
        return ConfigError.sorted(problems)
    }
}
