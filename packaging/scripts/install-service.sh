#!/bin/sh
# Installs what the service needs beside the programs: the unit, its user, a first config, and memory limits that follow its plan.
#   install-service.sh install|uninstall PREFIX DESTDIR
# With a DESTDIR nothing on the running system is touched, as packagers want it.
set -eu
cd "$(dirname "$0")/.."
action=$1 prefix=$2 dest=${3:-}
units=$dest$prefix/lib/systemd/system
dropins=$dest/etc/systemd/system/stintd.service.d
is_live=false
[ -z "$dest" ] && [ -d /run/systemd/system ] && is_live=true

case $action in
install)
    install -d "$units" "$dest$prefix/lib/sysusers.d" "$dest/etc/stint" "$dropins" "$dest$prefix/share/doc/stint"
    sed "s,@PREFIX@,$prefix,g" systemd/stintd.service >"$units/stintd.service"
    chmod 644 "$units/stintd.service"
    install -m 644 systemd/sysusers.conf "$dest$prefix/lib/sysusers.d/stint.conf"
    install -m 644 systemd/network.conf "$dest$prefix/share/doc/stint/network.conf"
    install -m 644 ../docs/*.md "$dest$prefix/share/doc/stint/"
    # A config is the user's: it is written once.
    [ -e "$dest/etc/stint/stint.toml" ] || install -m 644 stint.toml "$dest/etc/stint/stint.toml"
    if limits=$("$dest$prefix/bin/stint" check --systemd "$dest/etc/stint/stint.toml"); then
        printf '%s\n' "$limits" >"$dropins/memory.conf"
    else
        echo "stint: no memory limits made; mend $dest/etc/stint/stint.toml and install again" >&2
    fi
    if $is_live; then
        systemd-sysusers stint.conf
        systemctl daemon-reload
        echo "stint: edit /etc/stint/stint.toml, then: systemctl enable --now stintd"
    fi
    ;;
uninstall)
    if $is_live; then systemctl disable --now stintd 2>/dev/null || true; fi
    rm -f "$units/stintd.service" "$dest$prefix/lib/sysusers.d/stint.conf" "$dropins/memory.conf" "$dest$prefix/bin/stint" "$dest$prefix/bin/stintd"
    rm -rf "$dest$prefix/share/doc/stint"
    rmdir "$dropins" 2>/dev/null || true
    if $is_live; then systemctl daemon-reload; fi
    echo "stint: $dest/etc/stint and $dest/var/lib/stint are kept: they are yours"
    ;;
*)
    echo "usage: install-service.sh install|uninstall PREFIX [DESTDIR]" >&2
    exit 2
    ;;
esac
