package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// started runs `sleep 0` with attributes that the system has to grant.
func started(attributes *syscall.SysProcAttr) error {
	child := exec.Command("sleep", "0")
	child.SysProcAttr = attributes
	return child.Run()
}

var processes = asks{
	"lower priority": func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, 5) },
	"affinity": func() error {
		var set unix.CPUSet
		return must(unix.SchedGetaffinity(0, &set), unix.SchedSetaffinity(0, &set))
	},
	"setuid to oneself": func() error { return syscall.Setuid(os.Getuid()) },
	"setgid to oneself": func() error { return syscall.Setgid(os.Getgid()) },
	"setresuid to oneself": func() error {
		return syscall.Setresuid(os.Getuid(), os.Getuid(), os.Getuid())
	},
	"limit of open files": func() error {
		var limit unix.Rlimit
		return must(unix.Getrlimit(unix.RLIMIT_NOFILE, &limit), unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	},
	"priority of input and output": func() error {
		_, _, number := unix.Syscall(unix.SYS_IOPRIO_SET, 1, 0, 2<<13|7)
		if number != 0 {
			return number
		}
		return nil
	},
	"batch scheduling": func() error { return unix.SchedSetAttr(0, &unix.SchedAttr{Size: 48, Policy: 3}, 0) },
	"name of the process": func() error {
		return unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&[]byte("x\x00")[0])), 0, 0, 0)
	},
	"no core dumps": func() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) },
	"lock memory":   func() error { return unix.Mlock(make([]byte, 4096)) },
	"advice about memory": func() error {
		page, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ, unix.MAP_ANON|unix.MAP_PRIVATE)
		return must(err, unix.Madvise(page, unix.MADV_HUGEPAGE))
	},
	"resource usage":                func() error { return unix.Getrusage(unix.RUSAGE_SELF, &unix.Rusage{}) },
	"own user":                      func() error { return second(user.Current()) },
	"own user's groups":             func() error { me, err := user.Current(); return must(err, second(me.GroupIds())) },
	"another user":                  func() error { return second(user.Lookup("root")) },
	"shell":                         run("sh", "-c", "date >/dev/null && exit 0"),
	"child that chowns":             func() error { return run("sh", "-c", fmt.Sprintf("touch c; chown %d c", os.Getuid()))() },
	"child with less priority":      run("nice", "-n", "5", "true"),
	"child in another language":     run("python3", "-c", "import os, socket, threading; threading.Thread(target=os.getpid).start()"),
	"child in a session of its own": func() error { return started(&syscall.SysProcAttr{Setsid: true}) },
	"child in a group of its own":   func() error { return started(&syscall.SysProcAttr{Setpgid: true}) },
	"child that dies along": func() error {
		runtime.LockOSThread()
		return started(&syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL})
	},
	"child as oneself": func() error {
		who := &syscall.Credential{Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid()), NoSetGroups: true}
		return started(&syscall.SysProcAttr{Credential: who})
	},
	"handle of a process": func() error { return second(unix.PidfdOpen(os.Getpid(), 0)) },
	"signal to oneself": func() error {
		heard := make(chan os.Signal, 1)
		signal.Notify(heard, unix.SIGUSR1)
		unix.Kill(os.Getpid(), unix.SIGUSR1)
		select {
		case <-heard:
			return nil
		case <-time.After(5 * time.Second):
			return fmt.Errorf("not heard")
		}
	},
	"signal as a file":  func() error { return second(unix.Signalfd(-1, &unix.Sigset_t{}, 0)) },
	"event as a file":   func() error { return second(unix.Eventfd(0, 0)) },
	"timer as a file":   func() error { return second(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0)) },
	"timer with signal": func() error { return second(unix.Setitimer(unix.ITIMER_REAL, unix.Itimerval{})) },
	"watch a directory": func() error {
		watch, err := unix.InotifyInit1(0)
		return must(err, second(unix.InotifyAddWatch(watch, ".", unix.IN_CREATE)))
	},
	"ring of requests": func() error {
		_, _, number := unix.Syscall(unix.SYS_IO_URING_SETUP, 4, 0, 0)
		if number != unix.EFAULT { // the system's own answer to no parameters
			return number
		}
		return nil
	},
}
