import Testing

/// What `check` must say of a config: the text, the line that is wrong (nil where more than one is right), the word of a suggestion.
struct Case: CustomTestStringConvertible {
    let name: String
    let toml: String
    var line: Int?
    var suggestion: String?
    var testDescription: String { name }
}

private let head = "[[head]]\nname = \"y\"\nkind = \"regression\"\ntarget = \"label:y\"\n"
private let stream = "[[stream]]\nname = \"arm\"\nchannels = [\"a\", \"b\"]\nrate = \"100 Hz\"\n"

let goodCases: [Case] = [
    Case(name: "only heads", toml: head),
    Case(name: "stream and head", toml: stream + head),
    Case(name: "window in seconds", toml: head + "[window]\nlength = \"1 s\"\nevery = \"1 s\"\n"),
    Case(name: "budget", toml: head + "[memory]\nbudget = \"8 MiB\"\nseed = 3\n"),
    Case(name: "anomaly", toml: "[[head]]\nname = \"h\"\nkind = \"anomaly\"\nfalse_alarms = \"1 per 10000 rows\"\n"),
]

let badCases: [Case] = [
    Case(name: "not TOML", toml: "name = = 3\n", line: 1),
    Case(name: "string without end", toml: head + "[memory]\nbudget = \"8 MiB\n", line: 6),
    Case(name: "a key twice", toml: "[[head]]\nname = \"y\"\nname = \"z\"\nkind = \"anomaly\"\n", line: 3),
    Case(name: "a table without end", toml: "[memory\n", line: 1),
    Case(name: "empty file", toml: ""),
    Case(name: "no head", toml: stream),
    Case(name: "typo in a table", toml: head + "[memroy]\nbudget = \"8 MiB\"\n", line: 5, suggestion: "memory"),
    Case(name: "typo in a key", toml: head + "[memory]\nbugdet = \"8 MiB\"\n", line: 6, suggestion: "budget"),
    Case(name: "typo in a head's key", toml: "[[head]]\nnmae = \"y\"\nkind = \"anomaly\"\n", line: 2, suggestion: "name"),
    Case(
        name: "typo in a kind", toml: "[[head]]\nname = \"y\"\nkind = \"regresion\"\ntarget = \"label:y\"\n", line: 3,
        suggestion: "regression"),
    Case(name: "unknown key without a neighbour", toml: head + "[memory]\nzzzzzz = 1\n", line: 6),
    Case(name: "kind a number", toml: "[[head]]\nname = \"y\"\nkind = 3\n", line: 3),
    Case(name: "no kind", toml: "[[head]]\nname = \"y\"\n"),
    Case(name: "no target", toml: "[[head]]\nname = \"y\"\nkind = \"regression\"\n"),
    Case(name: "no name", toml: "[[head]]\nkind = \"anomaly\"\n"),
    Case(name: "two heads of one name", toml: head + head),
    Case(
        name: "two labels for a classification",
        toml: "[[head]]\nname = \"y\"\nkind = \"classification\"\ntarget = [\"label:a\", \"label:b\"]\n", line: 4),
    Case(name: "target neither label nor channel", toml: "[[head]]\nname = \"y\"\nkind = \"regression\"\ntarget = \"y\"\n", line: 4),
    Case(name: "classes 0", toml: "[[head]]\nname = \"y\"\nkind = \"classification\"\ntarget = \"label:y\"\nclasses = 0\n", line: 5),
    Case(name: "budget no size", toml: head + "[memory]\nbudget = \"lots\"\n", line: 6),
    Case(name: "budget a number", toml: head + "[memory]\nbudget = 8\n", line: 6),
    Case(name: "budget too small", toml: head + "[memory]\nbudget = \"1 KiB\"\n"),
    Case(name: "seed negative", toml: head + "[memory]\nseed = -1\n", line: 6),
    Case(name: "seed a string", toml: head + "[memory]\nseed = \"one\"\n", line: 6),
    Case(name: "window of nothing", toml: head + "[window]\nlength = 0\n", line: 6),
    Case(name: "window of a million", toml: head + "[window]\nlength = 1000000\n", line: 6),
    Case(name: "window in parsecs", toml: head + "[window]\nlength = \"1 pc\"\n", line: 6),
    Case(name: "rate of zero", toml: "[[stream]]\nname = \"arm\"\nchannels = [\"a\"]\nrate = \"0 Hz\"\n" + head, line: 4),
    Case(name: "rate without a unit", toml: "[[stream]]\nname = \"arm\"\nchannels = [\"a\"]\nrate = \"fast\"\n" + head, line: 4),
    Case(name: "a channel twice", toml: "[[stream]]\nname = \"arm\"\nchannels = [\"a\", \"a\"]\n" + head, line: 3),
    Case(name: "a channel that is a number", toml: "[[stream]]\nname = \"arm\"\nchannels = [\"a\", 2]\n" + head, line: 3),
    Case(name: "no channels", toml: "[[stream]]\nname = \"arm\"\nchannels = []\n" + head, line: 3),
    Case(name: "two streams of one name", toml: stream + stream + head),
    Case(name: "unknown block", toml: head + "[encoder]\nblocks = [\"last\", \"magic\"]\n", line: 6),
    Case(name: "typo in a block", toml: head + "[encoder]\nblocks = [\"fourrier\"]\n", line: 6, suggestion: "fourier"),
    Case(name: "unknown detector", toml: head + "[drift]\ndetector = \"nose\"\n", line: 6),
    Case(name: "false alarms without a number", toml: "[[head]]\nname = \"h\"\nkind = \"anomaly\"\nfalse_alarms = \"few\"\n", line: 4),
    Case(name: "unknown output format", toml: head + "[output]\nformat = \"xml\"\n", line: 6),
    Case(name: "endpoint without a scheme", toml: head + "[input]\nconnect = [\"localhost\"]\n", line: 6),
    Case(name: "port out of range", toml: head + "[input]\nconnect = [\"tcp://127.0.0.1:99999\"]\n", line: 6),
    Case(name: "connect no list", toml: head + "[input]\nconnect = \"tcp://127.0.0.1:5555\"\n", line: 6),
    Case(name: "checkpoint never", toml: head + "[state]\nevery = \"never\"\n", line: 6),
]

private let two = stream + "[[stream]]\nname = \"imu\"\nchannels = [\"a\"]\nrate = \"50 Hz\"\n"

/// Several streams.
let streamCases: [Case] = [
    Case(name: "one of several without a rate", toml: stream + "[[stream]]\nname = \"imu\"\nchannels = [\"a\"]\n" + head, line: 5),
    Case(name: "a clock that is no stream", toml: two + head + "[window]\nclock = \"imo\"\n", line: 14, suggestion: "imu"),
    Case(name: "typo in resample", toml: stream + "resample = \"liner\"\n" + head, line: 5, suggestion: "linear"),
    Case(name: "a wait in parsecs", toml: stream + "wait = \"1 pc\"\n" + head, line: 5),
    Case(name: "reordering without bound", toml: stream + "reorder = 257\n" + head, line: 5),
    Case(
        name: "two streams that make one channel",
        toml: "[[stream]]\nname = \"a.b\"\nchannels = [\"c\"]\nrate = \"1 Hz\"\n[[stream]]\nname = \"a\"\nchannels = [\"b.c\"]\nrate = \"1 Hz\"\n" + head,
        line: 7),
]
