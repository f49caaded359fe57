#!/bin/sh
# Installs River, rrcf and PySAD into .build-anomaly and runs them, trivial detectors and Stint over the same recordings; docs/anomaly.md.
#   bench-anomaly.sh FOLDER_OF_PROGRAMS FOLDER_OF_RECORDINGS [OPTION…]
set -eu
cd "$(dirname "$0")/../.."
programs=$1
data=${2:?"bench-anomaly: DATA is the folder that holds anomaly/nab, anomaly/smap and anomaly/skab; say DATA=FOLDER"}
shift 2
here=.build-anomaly
wanted=Benchmarks/anomaly/requirements.txt
if ! cmp -s $wanted $here/installed; then
    python3 -m venv $here/venv
    $here/venv/bin/pip install -q -r $wanted
    cp $wanted $here/installed
fi
exec $here/venv/bin/python Benchmarks/anomaly/anomaly.py "$data" --bin "$programs" "$@"
