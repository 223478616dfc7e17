#!/bin/sh
# Turns a plain Debian tree into a lab host: a login user, a strict sshd, no keys of its own. Runs once, as root: customise.sh TREE
set -eu
root=$1

chroot "$root" useradd --create-home --shell /bin/bash --groups systemd-journal deploy
install -d -m 0700 -o 1000 -g 1000 "$root/home/deploy/.ssh"
printf 'deploy ALL=(ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/deploy"
chmod 0440 "$root/etc/sudoers.d/deploy"
chroot "$root" passwd --quiet --lock root

# Debian's sshd otherwise. Waiting for a host means connecting again and again without logging in, which
# OpenSSH 10 would punish by refusing the whole address for a while; the lab's own addresses are exempt.
cat >"$root/etc/ssh/sshd_config.d/lab.conf" <<'END'
PermitRootLogin no
PasswordAuthentication no
PerSourcePenaltyExemptList 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16
END

# nginx's default site and HAProxy's own unit stay as their packages leave them: every server has both.
chroot "$root" systemctl enable --quiet systemd-networkd.service nginx.service haproxy.service ssh.service
# Throw-away hosts without a way out: nothing to update, nothing to trim, no console to log in at. The rest does nothing
# for a service, but costs an emulated processor some ten seconds of every boot.
chroot "$root" systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer getty@tty1.service serial-getty@.service console-getty.service \
    systemd-networkd-wait-online.service systemd-firstboot.service \
    user@.service modprobe@.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount \
    dev-hugepages.mount dev-mqueue.mount systemd-journal-catalog-update.service systemd-hwdb-update.service
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nStorage=persistent\nSystemMaxUse=64M\n' >"$root/etc/systemd/journald.conf.d/lab.conf"

# What must differ between hosts is written when a host is made.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
: >"$root/etc/resolv.conf"
touch "$root/etc/.updated" "$root/var/.updated"
