#!/bin/sh
# What stint and stintd write, read by other people's decoders: cbor2, json and jsonlines of Python, nlohmann::json of C++ where its header
# is installed (apt-get install nlohmann-json3-dev).
#   test-readers.sh FOLDER_OF_PROGRAMS
set -eu
cd "$(dirname "$0")/../.."
programs=$(cd "$1" && pwd)
python=.build-readers/bin/python
if ! $python -c 'import cbor2, jsonlines, zmq' 2>/dev/null; then
    python3 -m venv .build-readers
    .build-readers/bin/pip install -q cbor2 jsonlines pyzmq
fi
work=$(mktemp -d)
daemon=""
trap '[ -z "$daemon" ] || kill $daemon 2>/dev/null || true; rm -rf "$work"' EXIT
"$programs/stint" demo --write-recording "$work/arm.csv" --seconds 20 --scenario demo 2>/dev/null
channels=$(head -1 "$work/arm.csv" | tr ',' '\n' | grep -vE '^(t|label:.*|delay:.*)$' | sed 's/.*/"&"/' | paste -sd,)

for format in json cbor; do
    cat >"$work/stint.toml" <<TOML
[input]
connect = ["ipc://$work/in"]
[[stream]]
name = "arm"
channels = [$channels]
rate = "100 Hz"
[[head]]
name = "torque"
kind = "regression"
target = ["label:tau1", "label:tau2"]
[[head]]
name = "zone"
kind = "classification"
target = "label:zone"
[[head]]
name = "health"
kind = "anomaly"
[output]
bind = "ipc://$work/out"
format = "$format"
[control]
bind = "ipc://$work/control"
[state]
directory = "$work/$format"
TOML
    "$programs/stintd" "$work/stint.toml" >/dev/null 2>"$work/said" &
    daemon=$!
    $python Tests/Readers/readers.py "ipc://$work/out" $format 6000 "$work/$format.bin" >"$work/read" &
    reader=$!
    while ! grep -q listening "$work/read"; do kill -0 $reader || exit 1; sleep 0.1; done
    "$programs/stint" play "$work/arm.csv" --to "ipc://$work/in" -c "$work/stint.toml" --rate max 2>>"$work/said"
    wait $reader || { cat "$work/said" >&2; exit 1; }
    tail -1 "$work/read"
    kill $daemon && wait $daemon
    daemon=""
done

"$programs/stint" replay -c "$work/stint.toml" "$work/arm.csv" -o "$work/lines.jsonl" --summary "$work/summary.json"
$python - "$work/lines.jsonl" "$work/summary.json" <<'PYTHON'
import json, sys
import jsonlines
with jsonlines.open(sys.argv[1]) as lines:
    count = sum(1 for line in lines.iter(type=dict))
rows = json.load(open(sys.argv[2]))["rows"]
assert count >= 3 * rows > 0, (count, rows)
print(f"ok jsonlines: {count} lines of {rows} rows")
PYTHON

if printf '#include <nlohmann/json.hpp>\n' | g++ -E -xc++ - >/dev/null 2>&1; then
    g++ -std=c++17 -O1 -o "$work/nlohmann" Tests/Readers/nlohmann.cpp
    for format in json cbor; do "$work/nlohmann" $format "$work/$format.bin"; done
else
    echo "skipped nlohmann::json: apt-get install nlohmann-json3-dev"
fi
echo "test-readers: all passed"
