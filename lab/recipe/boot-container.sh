#!/bin/sh
# Boots one container, and again whenever it reboots: boot-container.sh DIRECTORY CGROUP BRIDGE HOSTNAME
# Expects mount and network namespaces of its own: every mount made here ends with it.
set -eu
directory=$1 group=/sys/fs/cgroup/$2 bridge=$3 name=$4

cd "$directory"
mount -t overlay overlay -o lowerdir=base,upperdir=upper,workdir=work root
# nspawn takes both for its own: names under /run would clash between labs, and the machine's cgroups may be version 1.
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_LOCK=0

while :; do
    if [ -d "$group" ]; then find "$group" -depth -type d -exec rmdir {} \;; fi
    mkdir "$group"
    status=0
    sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" \
        systemd-nspawn --quiet --register=no --keep-unit --settings=no --boot --directory=root --machine="$name" \
        --network-bridge="$bridge" --resolv-conf=off --timezone=off --link-journal=no </dev/null || status=$?
    # 133: "I am a unit and shall be restarted", which is how a reboot looks under --keep-unit.
    [ "$status" = 133 ] || exit "$status"
done
