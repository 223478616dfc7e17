package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ofGroup reads a file of the service's own control group.
func ofGroup(name string) func() error {
	return func() error {
		data, err := os.ReadFile("/proc/self/cgroup")
		_, group, _ := strings.Cut(strings.TrimSpace(string(data)), "::")
		return must(err, read(path.Join("/sys/fs/cgroup", group, name))())
	}
}

var machine = asks{
	"processors":           read("/proc/cpuinfo"),
	"memory":               read("/proc/meminfo"),
	"load":                 read("/proc/loadavg"),
	"uptime":               read("/proc/uptime"),
	"time of processors":   read("/proc/stat"),
	"disks":                maybeEmpty(read("/proc/diskstats")),
	"kernel":               read("/proc/version"),
	"backlog":              read("/proc/sys/net/core/somaxconn"),
	"open files of all":    read("/proc/sys/fs/file-nr"),
	"own mounts":           read("/proc/self/mountinfo"),
	"own limits":           read("/proc/self/limits"),
	"own memory":           read("/proc/self/smaps_rollup"),
	"own files":            func() error { return second(os.ReadDir("/proc/self/fd")) },
	"network counters":     read("/proc/net/dev"),
	"connections":          read("/proc/net/tcp"),
	"pressure":             ofGroup("memory.pressure"),
	"interfaces as files":  func() error { return second(os.ReadDir("/sys/class/net")) },
	"huge pages":           read("/sys/kernel/mm/transparent_hugepage/enabled"),
	"name of the host":     func() error { return second(os.Hostname()) },
	"id of the host":       read("/etc/machine-id"),
	"certificates":         func() error { return second(os.Stat("/etc/ssl/certs")) },
	"time zone":            func() error { return second(time.LoadLocation("UTC")) },
	"clock":                func() error { return unix.ClockGettime(unix.CLOCK_BOOTTIME, &unix.Timespec{}) },
	"random":               func() error { return second(rand.Read(make([]byte, 32))) },
	"random from the file": func() error { return second(os.Open("/dev/urandom")) },
	"system information":   func() error { return unix.Sysinfo(&unix.Sysinfo_t{}) },
	"journal":              journal,
}

// maybeEmpty takes an empty file, too: a container has no disks.
func maybeEmpty(ask func() error) func() error {
	return func() error {
		if err := ask(); err != nil && !strings.Contains(err.Error(), "is empty") {
			return err
		}
		return nil
	}
}

func journal() error {
	stream, err := net.Dial("unixgram", "/run/systemd/journal/socket")
	if err != nil {
		return err
	}
	return second(fmt.Fprintf(stream, "MESSAGE=catalogue\nPRIORITY=6\n"))
}
