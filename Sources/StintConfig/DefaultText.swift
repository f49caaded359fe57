/// The text of `stint init`: a config that works as it is, in which every key is shown with its meaning and default.
///
/// A line `#key = value` is a default: taking the `#` away changes nothing. A line `# key = value` is an example of a key that has none.
public enum DefaultText {
    /// What the device is to learn.
    public enum Kind: String, CaseIterable, Sendable {
        case regression
        case classification
        case anomaly
    }

    public static func text(kind: Kind = .regression) -> String {
        start + head(kind) + rest
    }

    private static let start = """
        # A Stint config. Lines `#key = value` show the defaults: taking the # away changes nothing.
        # Lines `# key = value` are examples of keys that have no default. An unknown key is an error.
        # `stint replay` needs [[head]] only; `stintd` also needs what is marked with (stintd).


        """

    private static func head(_ kind: Kind) -> String {
        switch kind {
        case .regression:
            """
            # What to learn, one table a head. Predictions come on the topic prediction/NAME.
            [[head]]
            name = "y"
            kind = "regression"
            # One label, a list of labels (learned together), or all of a recording.
            # (stintd) Say the names: stintd has no recording to look them up in.
            # target = ["label:tau1", "label:tau2"]
            target = "label:*"
            # A forecast of a channel needs no labels: write its name as target, and horizon = "50 ms", or so many samples.


            """ + health
        case .classification:
            """
            # What to learn, one table a head. Predictions come on the topic prediction/NAME.
            [[head]]
            name = "y"
            kind = "classification"
            # Exactly one label; `label:*` is the only one that a recording has.
            # (stintd) Say the name: stintd has no recording to look it up in.
            # target = "label:surface"
            target = "label:*"
            # The most classes that there can be, 2 to 1024. They need no names: they are added as they appear.
            #classes = 32


            """ + health
        case .anomaly: health
        }
    }

    private static let health = """
        # Says when something is not as it was. Needs no labels. Predictions come on the topic prediction/health.
        [[head]]
        name = "health"
        kind = "anomaly"
        # How often an alarm may be false: "1 per day", "2 per week", "1 per 10000 rows".
        #false_alarms = "1 per day"


        """

    private static let rest = """
        [device]
        # Who this is, in the eyes of a fleet.
        # id = "arm-07"
        # Names under which it takes pushed configs beside its own.
        # groups = ["arms"]

        [memory]
        # A hard limit for the learner's state and buffers, 64 KiB or more. What does not fit is refused at the start.
        #budget = "8 MiB"
        # The same seed and the same frames give the same predictions, bit for bit. 0 or more.
        #seed = 1
        # For labelled rows to remember, within the budget; 0 is none. Without it: 256 KiB, or what the budget leaves of that.
        # reservoir = "256 KiB"
        # Parts of what is older than the newest rows that `stint forget` can take out apart from the rest, each a copy of the long
        # memories. Without it: 1, or none where there is no room.
        # segments = 1
        # Which of the older rows stay: "uniform", "balanced" (as many of each class), or "recent". Without it: balanced where there
        # are classes, else recent.
        # sample = "uniform"
        # "latents", or "statistics": nothing that resembles a sample is kept, on disk or in memory, but rows that wait for their label.
        #store = "latents"

        [input]
        # (stintd) Where frames and labels come from: sockets to connect to, or to bind, or both.
        # connect = ["tcp://127.0.0.1:5555"]
        # bind = ["ipc:///run/stint/in"]

        # One table a stream. With several, channels are called STREAM.CHANNEL, each needs its rate, and the others are sampled at
        # the times of one of them: see [window] clock.
        [[stream]]
        # The topic of its frames.
        #name = "input"
        # The names of a frame's values, in order; "*" is every column of a recording that is neither clock nor label.
        # (stintd) Say the names: memory is planned before data comes.
        # channels = ["q1", "q2", "dq1", "dq2"]
        #channels = "*"
        # (stintd) Frames a second. A recording with a clock tells it.
        # rate = "100 Hz"
        # Rows for which the last value stands in for a gap, 0 to 65536. After that the channel is left out until it is back.
        # Of a stream that is sampled at the times of another: its own periods.
        #max_hold = 10
        # How it is sampled at the times of another stream: "hold", its newest value, or "linear", between two; a step waits for the later.
        #resample = "hold"
        # How long anything waits for a frame of it, in stream time. Without it: two of its periods.
        # wait = "40 ms"
        # Numbered frames that may overtake a missing one before it is given up, 0 to 256.
        #reorder = 4

        [window]
        # How far back a prediction looks, in samples (1 to 65536) or as "0.64 s".
        #length = 64
        # From one prediction to the next, in samples or as "100 ms".
        #every = 1
        # The stream each of whose frames is one sample. Without it: that of the highest rate, the first of equals.
        # clock = "input"

        [encoder]
        # What a prediction is made from: the newest values (last), earlier values (lags), random waves of the newest values (fourier);
        # mean, deviation, change, slope and energy of each channel over the window (stats). Without this key: the first three, and
        # stats where [window] every is more than one sample and there are at most 23 channels.
        # blocks = ["last", "lags", "fourier", "stats"]
        # What `stint calibrate` wrote: then the encoder is frozen from the first row, and the same on every device that has this file.
        # A path from the folder of this config.
        # calibration = "arm.calibration"
        # Rows on which scaling is fitted before it is frozen, if there is no calibration, 2 to 65536.
        #warm_up = 500

        [label]
        # Predictions that wait for their label, 1 to 1048576. An older label is counted as late.
        #pending = 1024
        # How much older than a label, by its time, the prediction may be that it belongs to. Without it: one period of the stream.
        # tolerance = "10 ms"

        [drift]
        # What notices that the world has changed: "adwin" or "page-hinkley" by the loss of a head, "two-sample" by the frames alone,
        # or "none".
        #detector = "adwin"
        # What is done about it: "auto" chooses from the evidence among "notify", "boost", "fork" and "recall".
        #reaction = "auto"
        # How many worlds are told apart and kept, 1 to 16; the most similar two are merged.
        #regimes = 4
        # Labels between two alarms of a head.
        #cool_down = 200

        [compute]
        # Frames older than this are predicted, but not learned from. Without it: no limit.
        # max_age = "500 ms"
        # What one frame may cost, by the sizes of the plan, on a small board (1000 multiply-adds a microsecond). What earns least for
        # what it costs sleeps. Without it: half the time between two predictions, and at least 500 us.
        # per_frame = "2 ms"

        [output]
        # (stintd) Where predictions and events go.
        # bind = "tcp://127.0.0.1:9872"
        # Their syntax: "json" or "cbor".
        #format = "json"

        [control]
        # Where stintd takes orders from the tool.
        #bind = "tcp://127.0.0.1:5557"
        # (stintd) Where it dials out to for orders, besides: whoever cannot reach it waits there, `stint push --listen`. Needs [device] id.
        # connect = ["tcp://fleet.example.org:5600"]
        # How long a pushed config is watched before it counts as good: 100 ms to 1 day.
        #probation = "30 s"

        [state]
        # (stintd) A directory of its own, for what was learned.
        # directory = "/var/lib/stint"
        # Time between checkpoints, 100 ms or more.
        #every = "15 min"
        # How much checkpoints may write, to spare the flash; 0 is no limit.
        #wear = "256 MiB/day"
        # (stintd) What states are sealed with on disk, from `stint keys state`, mode 0600; without it they are not.
        # key = "states.key"

        [security]
        # Keys, for endpoints beyond this machine: there every socket asks for CURVE. `stint keys` makes them; paths from this config's folder.
        # The device's own, mode 0600.
        # secret_key = "arm-07.secret"
        # The public ones of who may come in, one a line with a name, and of whom it connects to, with the endpoint as name.
        # allow = "allow.keys"
        # Those whose configs are taken: Ed25519, one a line with a name; two or more, so that one can be lost. Then every push is signed.
        # trusted = "trusted.keys"
        # What no push can change, whoever signs it; a file of root's. See docs/operating.md.
        # guard = "guard.toml"

        """
}
