#!/bin/bash
# The least that a release can take: one scp and one ssh to each host, the canary first, then all others side by side.
# deploy.sh SSH_CONFIG FOLDER RELEASE HOST…   FOLDER holds greeter, greeter.env, greeter.service and gate.sh.
set -euo pipefail
config=$1 folder=$2 release=$3
shift 3
home=/opt/greeter-floor unit=greeter-floor port=9003

# Nothing is compared: a release is whatever is sent.
release_on() {
    scp -q -F "$config" "$folder"/* "$1:"
    ssh -F "$config" "$1" "sudo -n sh -ec '
        id $unit >/dev/null 2>&1 || useradd --system --no-create-home --home-dir $home $unit
        install -D -m 755 greeter $home/releases/$release/greeter
        install -m 755 gate.sh $home/
        install -m 600 greeter.env $home/
        install -m 644 greeter.service /etc/systemd/system/$unit.service
        ln -sfn releases/$release $home/current
        systemctl daemon-reload
        systemctl enable --quiet $unit
        systemctl restart $unit
        $home/gate.sh http://127.0.0.1:$port/healthz'"
}

release_on "$1"
shift
jobs=()
for host in "$@"; do
    release_on "$host" &
    jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job"; done
