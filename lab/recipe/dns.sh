#!/bin/sh
# A machine that serves DNS: PowerDNS as its package leaves it. unbound, which asks such machines for others, waits to be wanted.
set -eu
chroot "$1" systemctl disable --quiet unbound.service
chroot "$1" systemctl mask --quiet unbound-resolvconf.service
