#!/bin/sh
# Runs as root inside the container of packaging/scripts/test-service.sh, under a real systemd.
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin

# ok NAME COMMAND…: one line for each thing that must hold.
ok() {
    name=$1
    shift
    if "$@" >/tmp/said 2>&1; then printf 'ok %s\n' "$name"; else
        printf 'not ok %s: %s\n' "$name" "$*"
        tail -n 3 /tmp/said | cut -c 1-600 | sed 's/^/    /'
        journalctl -u stintd -n 8 -o cat --no-pager | sed 's/^/    journal: /'
    fi
}
# until COMMAND…: holds within 20 seconds.
until_() {
    for _ in $(seq 200); do
        "$@" && return 0
        sleep 0.1
    done
    return 1
}
property() { systemctl show -p "$1" --value stintd; }
is() { [ "$(property "$1")" = "$2" ] || { echo "$1 is $(property "$1")"; return 1; }; }
# status PATTERN: `stint status` holds this text.
status() { stint status --json >/tmp/status && grep -qE "$1" /tmp/status || { cat /tmp/status; return 1; }; }
journal_has() { journalctl -u stintd -o cat --no-pager | grep -qE "$1"; }
lines() { [ "$(wc -l <"$1")" -ge "$2" ] || { echo "$1 has $(wc -l <"$1") lines"; return 1; }; }
stopped_and_refused() { ! stint status >/dev/null 2>&1; }

until_ sh -c 'systemctl is-system-running | grep -qE "running|degraded|starting"'

# As `make install` does it.
install -D -m 755 /programs/stint /programs/stintd /usr/local/bin/ 2>/dev/null || {
    install -m 755 /programs/stint /usr/local/bin/stint
    install -m 755 /programs/stintd /usr/local/bin/stintd
}
ok "installs" sh /repository/packaging/scripts/install-service.sh install /usr/local
ok "the user exists" id stint
# Sooner than a user would wait, but the same watchdog.
printf '[Service]\nWatchdogSec=2\nTimeoutAbortSec=1\nRestartSec=500ms\n' >/etc/systemd/system/stintd.service.d/test.conf
systemctl daemon-reload
ok "verify has nothing to say" sh -c 'systemd-analyze verify /usr/local/lib/systemd/system/stintd.service 2>&1 | tee /dev/stderr | wc -c | grep -qx 0'

# A disk of its own, that can be filled up.
mkdir -p /var/lib/stint
ok "has a small disk" mount -t tmpfs -o size=3m stint-disk /var/lib/stint
ok "starts under its hardening" systemctl enable --now stintd
ok "is ready" is ActiveState active
ok "says so" is StatusText predicting
ok "its memory limit is that of the plan" sh -c \
    '[ "$(systemctl show -p MemoryMax --value stintd)" = "$(stint check --json /etc/stint/stint.toml | grep -oE "\"memory_max\":[0-9]+" | cut -d: -f2)" ]'
ok "the drop-in is in force" sh -c 'systemctl show -p DropInPaths --value stintd | grep -q memory.conf'
ok "its state folder is its own" sh -c '[ "$(stat -c %U:%a /var/lib/stint)" = stint:700 ] && ls /var/lib/stint/*.state'

# Over TCP, from outside of the unit.
stint tap tcp://127.0.0.1:9872 prediction/load --json >/tmp/tap 2>/dev/null &
tap=$!
sleep 1
ok "takes a recording over TCP" stint play /recording.csv -c /etc/stint/stint.toml --connect tcp://127.0.0.1:5555 --rate max
ok "every frame is predicted" until_ lines /tmp/tap 3000
kill $tap
ok "the load head is ready" status '"load":\{"kind":"regression","ready":true,"labels":3000'
ok "nothing is allocated" status '"allocations_per_frame":0,'
ok "nothing is dropped" sh -c '! grep -oE "\"dropped\":\{[^}]*\}" /tmp/status | grep -qE ":[1-9]"'

ok "doctor finds nothing wrong" stint doctor -c /etc/stint/stint.toml

# Over ipc, as another user of the group.
useradd -G stint sensor
sed 's/^17000/17001/' /recording.csv >/tmp/later.csv
chmod 644 /tmp/later.csv
ok "takes frames over ipc from a member of its group" runuser -u sensor -- \
    stint play /tmp/later.csv -c /etc/stint/stint.toml --connect ipc:///run/stint/in --rate max
useradd stranger
ok "not from a stranger" sh -c '! runuser -u stranger -- stat /run/stint/in 2>/dev/null'

ok "the watchdog is fed" sh -c 'sleep 5; [ "$(systemctl show -p NRestarts --value stintd)" = 0 ] && systemctl is-active stintd'

# A disk that is full, and one that is read-only: predictions go on, and it says so once.
ok "checkpoint" stint checkpoint
dd if=/dev/zero of=/var/lib/stint/filler bs=4k 2>/dev/null
ok "a full disk fails a checkpoint, with the reason" sh -c 'stint checkpoint 2>&1 | grep -q "No space left"'
ok "which status tells" status '"ok":false,"reason":"[^"]*No space left'
sed 's/^17000/17002/' /recording.csv >/tmp/third.csv
ok "it goes on predicting" stint play /tmp/third.csv -c /etc/stint/stint.toml --connect tcp://127.0.0.1:5555 --rate max
ok "every frame" until_ status '"frames":9000'
ok "doctor finds it" sh -c 'stint doctor -c /etc/stint/stint.toml | grep -A1 "^wrong *state" | grep -q "No space left"'
rm /var/lib/stint/filler
ok "with room again it is written" stint checkpoint
mount -o remount,ro /var/lib/stint
ok "a read-only disk fails it" sh -c 'stint checkpoint 2>&1 | grep -q "Read-only"'
mount -o remount,rw /var/lib/stint
ok "and writable again it is written" stint checkpoint
ok "it said so once for each" sh -c '[ "$(journalctl -u stintd -o cat --no-pager | grep -c "no checkpoint")" = 2 ] && [ "$(journalctl -u stintd -o cat --no-pager | grep -c "written again")" = 2 ]'

# Reload: what can be applied is, what cannot is refused, and either way it goes on.
before=$(property MainPID)
sed -i 's/^directory.*/&\nwear = 0\nevery = "1 s"/' /etc/stint/stint.toml
ok "reloads" systemctl reload stintd
ok "a good change is applied" until_ status '"revision":1,'
ok "and it is ready again" until_ is ActiveState active
sed -i 's/^every.*/every = "never"/' /etc/stint/stint.toml
systemctl reload stintd
ok "a bad one is refused, with its place" until_ journal_has 'stint.toml:[0-9]+:[0-9]+:.*state.every'
ok "which status tells" status '"config":\{"status":"rejected"'
sed -i 's/^every.*/every = "1 s"/' /etc/stint/stint.toml
systemctl reload stintd
ok "put right, it is well" until_ status '"config":\{"status":"applied"'
ok "the same process all along" is MainPID "$before"

# The plug, once the timer has written.
sleep 2
systemctl kill -s KILL stintd
ok "is restarted after SIGKILL" until_ is NRestarts 1
ok "and goes on from its state" until_ status '"resumed":true,"steps":[1-9]'
ok "with the config that was applied" status '"bytes_per_day"'
ok "restart" systemctl restart stintd
ok "goes on after a restart" status '"resumed":true,"steps":[1-9]'

# A loop that hangs.
systemctl kill -s STOP stintd
ok "a loop that hangs is ended by the watchdog" until_ journal_has 'resumed":true'
ok "and started again" until_ sh -c '[ "$(systemctl show -p NRestarts --value stintd)" -ge 1 ] && [ "$(systemctl show -p ActiveState --value stintd)" = active ]'
ok "by the watchdog, says the journal" sh -c 'journalctl --no-pager -o cat | grep -q "Watchdog timeout"'

# A config that is no config: it goes on by the last good one.
cp /etc/stint/stint.toml /tmp/good.toml
echo 'nonsense' >>/etc/stint/stint.toml
systemctl restart stintd
ok "a file that is broken at the start is no end" until_ is ActiveState active
ok "it goes on by the last good config, and says so" until_ journal_has 'going on with the last good config'
ok "which status tells" until_ status '"config":\{"status":"rejected"'
ok "with the place" status '"line":[1-9]'
cp /tmp/good.toml /etc/stint/stint.toml
ok "mended, it is well again" systemctl reload stintd
ok "which status tells, too" until_ status '"config":\{"status":"applied"'

# Pushed, on the device itself and then signed.
sed 's/^bind = "tcp:\/\/127.0.0.1:5557"/&\nprobation = "1 s"/' /etc/stint/stint.toml >/tmp/pushed.toml
ok "a config that is pushed is applied" stint push /tmp/pushed.toml
ok "by the unit's user, in its state folder" sh -c '[ "$(stat -c %U /var/lib/stint/config/ledger)" = stint ]'
ok "stint history tells it" sh -c 'stint history | grep -q applied'
(cd /etc/stint && stint keys make laptop --signing >trusted.keys && stint keys make spare --signing >>trusted.keys)
printf '[security]\ntrusted = "trusted.keys"\n' >>/etc/stint/stint.toml
ok "trusts keys after a reload" systemctl reload stintd
echo '# again' >>/tmp/pushed.toml
ok "takes nothing unsigned then" sh -c '! stint push /tmp/pushed.toml'
ok "takes what is signed" stint push /tmp/pushed.toml --sign /etc/stint/laptop.signing
ok "and keeps it over a restart" systemctl restart stintd
ok "as its revision says" until_ sh -c 'stint status --json | grep -q "\"status\":\"applied\"" && stint history | grep -q "good: revision [1-9][0-9]*, pushed"'
ok "stops" systemctl stop stintd
ok "uninstalls" sh /repository/packaging/scripts/install-service.sh uninstall /usr/local
ok "and leaves state and config" sh -c 'ls /var/lib/stint/a.state /etc/stint/stint.toml'

# From two fresh machines to a signed push: the commands of docs/operating.md, as they stand there. The laptop is a network namespace with a
# network between it and the device; `make` finds the programs built; and scp, for want of a network of names and passwords, copies.
rm -rf /etc/stint /var/lib/stint/* /etc/systemd/system/stintd.service.d
sed -n '/^## From two fresh machines/,/^## Push/s/^    //p' /repository/docs/operating.md >/tmp/commands
ok "there are ten commands" sh -c '[ "$(wc -l </tmp/commands)" = 10 ]'
mkdir -p /machines/bin /etc/netns
cp -r /repository /machines/device
cp -r /repository /machines/laptop
cat >/machines/bin/scp <<'SCP'
#!/bin/sh
for word; do
    shift
    set -- "$@" "${word#root@arm-07:}"
done
exec cp "$@"
SCP
chmod 755 /machines/bin/scp
ip netns add laptop
ip link add todevice type veth peer name tolaptop
ip link set todevice netns laptop
ip addr add 10.77.0.7/24 dev tolaptop
ip link set tolaptop up
ip -n laptop addr add 10.77.0.1/24 dev todevice
ip -n laptop link set todevice up
echo '10.77.0.7 arm-07' >>/etc/hosts
export SWIFT=true
while read -r where command; do
    case $where in
    device#) cd /machines/device && ok "device: $command" sh -c "$command" ;;
    laptop#) cd /machines/laptop && ok "laptop: $command" ip netns exec laptop env PATH="/machines/bin:$PATH" sh -c "$command" ;;
    *) echo "not ok $where is neither machine" ;;
    esac
done </tmp/commands
ok "the push is in force" sh -c 'stint history --control tcp://10.77.0.7:5557 --key /machines/laptop/laptop.secret --server-key /etc/stint/arm-07.public | grep -q "good: revision 1, pushed"'
ok "who has no key gets no answer" sh -c '! ip netns exec laptop stint status --control tcp://10.77.0.7:5557'
ok "the unit with its network drop-in says what it is exposed to" sh -c 'systemd-analyze security --no-pager stintd | tee /dev/stderr | grep -q "exposure level for stintd.service: $(sed -n "s/^# systemd-analyze security: //p" /repository/packaging/systemd/network.conf) "'
systemctl stop stintd
echo done
