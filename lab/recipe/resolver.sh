#!/bin/sh
# A machine that users ask for names. Without it this machine's own resolv.conf would be unbound's to write.
set -eu
chroot "$1" systemctl mask --quiet unbound-resolvconf.service
