#!/bin/sh
# Installs what building Stint needs on Debian 12 or later, and nothing that is there already. Uses sudo when not root.
set -eu
packages="libzmq3-dev libsodium-dev libopenblas-dev libopenblas-serial-dev libtomlplusplus-dev g++ make git ca-certificates"
missing=""
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
echo "stint: installing$missing" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
