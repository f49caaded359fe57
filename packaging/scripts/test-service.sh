#!/bin/sh
# Boots Debian's systemd in a container, installs Stint there as `make install` does, and streams through the unit.
#   test-service.sh FOLDER_OF_PROGRAMS
# The root folder is made once, in ${XDG_CACHE_HOME:-~/.cache}/stint, and never written to: each run gets an overlay in memory.
# Limits of memory cannot be judged here, only that they are set: a container gets no memory controller of its own.
set -eu
cd "$(dirname "$0")/../.."
programs=$(cd "$1" && pwd)
if [ "$(id -u)" -ne 0 ] || ! command -v systemd-nspawn >/dev/null || ! command -v mmdebstrap >/dev/null; then
    echo "test-service: needs root, and: apt-get install --no-install-recommends systemd-container mmdebstrap" >&2
    exit 1
fi
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/stint
root=$cache/service-$suite-2
if [ ! -d "$root" ]; then
    echo "test-service: making $root" >&2
    mkdir -p "$cache"
    rm -rf "$root.new"
    mmdebstrap --quiet --variant=minbase \
        --include=systemd,systemd-sysv,dbus,libzmq5,libsodium23,libopenblas0-serial,libstdc++6,procps,make,iproute2 "$suite" "$root.new"
    cat >"$root.new/etc/systemd/system/stint-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh /test/inside.sh
ExecStopPost=/bin/systemctl poweroff --force --force
StandardOutput=append:/out/said
StandardError=append:/out/said
[Install]
WantedBy=graphical.target
UNIT
    mkdir -p "$root.new/test" "$root.new/out" "$root.new/programs" "$root.new/repository"
    mkdir -p "$root.new/etc/systemd/system/default.target.wants"
    ln -s ../stint-test.service "$root.new/etc/systemd/system/default.target.wants/stint-test.service"
    mv "$root.new" "$root"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/programs" "$work/out"
cp "$programs/stintd" "$programs/stint" "$work/programs/"
# As much of the repository as `make install` takes, once it is built.
mkdir -p "$work/repository/.build"
cp -r Makefile packaging docs "$work/repository/"
cp -r "$work/programs" "$work/repository/.build/release"
printf '#!/bin/sh\n' >"$work/repository/packaging/scripts/deps.sh"
# A load that is the speed times the current: something to learn.
awk 'BEGIN { print "t,speed,current,label:load"
    for (i = 0; i < 3000; i++) { s = sin(i / 40); c = 2 + cos(i / 120); printf "%.6f,%.6f,%.6f,%.6f\n", 1700000000 + i / 100, s, c, 1.5 * s * c } }' \
    </dev/null >"$work/recording.csv"
timeout -k 10 300 systemd-nspawn --register=no --keep-unit -q -D "$root" --volatile=overlay --private-network --boot \
    --bind-ro="$PWD/Tests/Service:/test" --bind-ro="$work/programs:/programs" --bind-ro="$work/recording.csv:/recording.csv" \
    --bind-ro="$work/repository:/repository" --bind="$work/out:/out" >"$work/console" 2>&1 || true
if [ -s "$work/out/said" ]; then cat "$work/out/said"; else tail -20 "$work/console" >&2; fi
if grep -q '^done$' "$work/out/said" 2>/dev/null && ! grep -q '^not ok' "$work/out/said"; then
    echo "test-service: all passed"
else
    echo "test-service: failed" >&2
    exit 1
fi
