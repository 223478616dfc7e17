#!/bin/sh
# Turns a lab host into what a cloud's Debian image is: no login, no address of anything, and cloud-init to make the rest from
# user data. Runs once after customise.sh, as root: cloud.sh TREE
set -eu
root=$1

chroot "$root" dpkg --purge nginx nginx-common
chroot "$root" userdel --remove deploy
rm -f "$root/etc/sudoers.d/deploy"

# What user data installs is there already, because a lab host has no way out. Without sources, updating the package lists
# succeeds and finds nothing.
rm -f "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/*

# Disk and network are the lab's; everything else is left to user data.
cat >"$root/etc/cloud/cloud.cfg.d/99-lab.cfg" <<'END'
datasource_list: [NoCloud, None]
network: {config: disabled}
apt: {preserve_sources_list: true}
growpart: {mode: "off"}
resize_rootfs: false
END
install -d -m 0755 "$root/var/lib/cloud/seed/nocloud"
