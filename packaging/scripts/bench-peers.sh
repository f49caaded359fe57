#!/bin/sh
# Installs the peers into .build-peers and runs them and Stint over the same recordings; docs/benchmarks.md says how and what came of it.
#   bench-peers.sh FOLDER_OF_PROGRAMS [FOLDER_OF_RECORDINGS [OPTION…]]
# Without recordings: of the simulated arm. CapyMOA needs a Java runtime (apt-get install default-jre-headless); without one its peers say so.
set -eu
cd "$(dirname "$0")/../.."
programs=$1
data=${2:-}
[ $# -lt 2 ] || shift
shift
here=.build-peers
wanted=Benchmarks/peers/requirements.txt
if ! cmp -s $wanted $here/installed; then
    echo "bench-peers: installing River, Vowpal Wabbit, CapyMOA and scikit-learn into $here" >&2
    python3 -m venv $here/venv
    $here/venv/bin/pip install -q -r $wanted
    cp $wanted $here/installed
fi
if [ -z "$data" ]; then
    data=$here/data
    mkdir -p $data
    "$programs/stint" demo --write-recording "$data/arm.csv" --scenario demo
fi
exec $here/venv/bin/python Benchmarks/peers/peers.py "$data" --bin "$programs" --json "$here/peers.json" "$@"
