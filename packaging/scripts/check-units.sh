#!/bin/sh
# The unit and its drop-in, without a running systemd: nothing to complain about (a directive that this systemd does not know is a
# complaint, though not an error), and the score that the file states. Skipped where there is no systemd-analyze.
set -eu
cd "$(dirname "$0")/../.."
if ! command -v systemd-analyze >/dev/null; then
    echo "check-units: no systemd-analyze here; skipped" >&2
    exit 0
fi
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir -p "$here/bin" "$here/share/doc/stint"
printf '#!/bin/sh\n' >"$here/bin/stintd"
chmod 755 "$here/bin/stintd"

# FILE WHAT: fails unless the unit is well formed and has the score that WHAT states.
judge() {
    said=$(systemd-analyze verify "$here/stintd.service" 2>&1) || true
    if [ -n "$said" ]; then
        echo "check-units: $1: systemd-analyze verify says:" >&2
        echo "$said" >&2
        exit 1
    fi
    stated=$(sed -n 's/^# systemd-analyze security: //p' "$2")
    got=$(systemd-analyze security --offline=true --no-pager "$here/stintd.service" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
    if [ -z "$stated" ] || [ "$stated" != "$got" ]; then
        echo "check-units: $1: it states a score of '$stated', and has '$got'" >&2
        exit 1
    fi
    echo "check-units: $1: well formed, exposure $got"
}

sed "s,@PREFIX@,$here,g" packaging/systemd/stintd.service >"$here/stintd.service"
judge stintd.service packaging/systemd/stintd.service
mkdir "$here/stintd.service.d"
cp packaging/systemd/network.conf "$here/stintd.service.d/"
judge "stintd.service with network.conf" packaging/systemd/network.conf
