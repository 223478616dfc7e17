package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func socket(family, kind, protocol int) func() error {
	return func() error { return second(unix.Socket(family, kind, protocol)) }
}

func call(number uintptr, words ...uintptr) func() error {
	return func() error {
		all := append(words, 0, 0, 0, 0, 0, 0)
		_, _, failed := unix.Syscall6(number, all[0], all[1], all[2], all[3], all[4], all[5])
		if failed != 0 {
			return failed
		}
		return nil
	}
}

// closed is what no service has business with. Nothing here may succeed, and nothing may kill.
var closed = asks{
	"run what was written": func() error {
		page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		return must(err, unix.Mprotect(page, unix.PROT_READ|unix.PROT_EXEC))
	},
	"namespace of users":  func() error { return started(&syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}) },
	"namespace of mounts": func() error { return unix.Unshare(unix.CLONE_NEWNS) },
	"mount":               func() error { return unix.Mount("none", "/mnt", "tmpfs", 0, "") },
	"change the root":     func() error { return unix.Chroot(".") },
	"trace a process": func() error {
		if err := call(unix.SYS_PTRACE, unix.PTRACE_ATTACH, 1<<22+1)(); err != unix.ESRCH { // there is no such process
			return err
		}
		return nil
	},
	"state of the clock": func() error { return second(unix.Adjtimex(&unix.Timex{})) },
	"count events": func() error {
		return second(unix.PerfEventOpen(&unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE}, 0, -1, -1, 0))
	},
	"load a program into the kernel": call(unix.SYS_BPF),
	"load a module":                  call(unix.SYS_INIT_MODULE),
	"replace the kernel":             call(unix.SYS_KEXEC_LOAD),
	"reboot":                         func() error { return unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF) },
	"swap":                           call(unix.SYS_SWAPON),
	"set the clock": func() error {
		return unix.ClockSettime(unix.CLOCK_REALTIME, &unix.Timespec{Sec: time.Now().Unix()})
	},
	"name the host":              func() error { return unix.Sethostname([]byte("other")) },
	"other personality":          call(unix.SYS_PERSONALITY, 8),
	"page faults":                call(unix.SYS_USERFAULTFD),
	"read the kernel's messages": func() error { return second(unix.Klogctl(10, nil)) },
	"become root":                func() error { return syscall.Setuid(0) },
	"sudo":                       run("sudo", "-n", "true"),
	"give to root":               func() error { return os.Chown(scratch().Name(), 0, 0) },
	"mark set-user-id":           func() error { return unix.Chmod(scratch().Name(), 0o4755) },
	"real time": func() error {
		return unix.SchedSetAttr(0, &unix.SchedAttr{Size: 48, Policy: 1, Priority: 1}, 0)
	},
	"more priority":      func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -5) },
	"raw packets":        socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP),
	"packets of a card":  socket(unix.AF_PACKET, unix.SOCK_RAW, 0),
	"Bluetooth":          socket(unix.AF_BLUETOOTH, unix.SOCK_STREAM, 0),
	"encryption sockets": socket(unix.AF_ALG, unix.SOCK_SEQPACKET, 0),
	"port below 1024":    func() error { return second(net.Listen("tcp", "127.0.0.1:1023")) },
	"devices": func() error {
		if _, err := os.Stat("/dev/kmsg"); err != nil {
			return err
		}
		return second(unix.Open("/dev/kmsg", unix.O_RDONLY, 0))
	},
	"homes of people": func() error { return second(os.ReadDir("/home")) },
	"home of root":    func() error { return second(os.ReadDir("/root")) },
	"other processes": func() error {
		found, err := filepath.Glob("/proc/[0-9]*")
		for _, path := range found {
			number, _ := strconv.Atoi(filepath.Base(path))
			if number == 1 {
				return nil
			}
		}
		return errors.Join(err, fmt.Errorf("process 1 is not to be seen"))
	},
	"write beside the binary": func() error {
		path, _ := os.Executable()
		return os.WriteFile(filepath.Join(filepath.Dir(path), "x"), nil, 0o600)
	},
	"write where the system is":     func() error { return os.WriteFile("/usr/local/x", nil, 0o600) },
	"write a setting of the system": func() error { return os.WriteFile("/etc/x", nil, 0o600) },
	"write a tunable":               write("/proc/sys/vm/swappiness"),
	"write a control group":         func() error { return os.Mkdir("/sys/fs/cgroup/x", 0o755) },
}
