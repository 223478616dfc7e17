#!/bin/sh
# gate.sh URL: three good answers in a row, half a second apart, within a minute; Slipway's own gate, for the others.
good=0 left=120
while [ "$good" -lt 3 ]; do
    if curl --fail --silent --output /dev/null --max-time 2 "$1"; then good=$((good + 1)); else good=0; fi
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "$1 did not become healthy within a minute" >&2; exit 1; }
    [ "$good" -ge 3 ] || sleep 0.5
done
