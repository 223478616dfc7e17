package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// scratch is a new file in the working directory.
func scratch() *os.File {
	file, err := os.CreateTemp(".", "scratch")
	if err != nil {
		panic(err)
	}
	file.WriteString("0123456789")
	file.Seek(0, 0)
	return file
}

var files = asks{
	"write in the working directory": func() error { return os.WriteFile("mark", []byte("x"), 0o600) },
	"write a log beside data":        func() error { return os.WriteFile("../logs/own.log", []byte("x\n"), 0o600) },
	"home directory": func() error {
		home, err := os.UserHomeDir()
		work, _ := os.Getwd()
		if err == nil && home != work {
			err = fmt.Errorf("home is %s, the working directory %s", home, work)
		}
		return err
	},
	"cache directory": func() error {
		path, err := os.UserCacheDir()
		return must(err, os.MkdirAll(filepath.Join(path, "x"), 0o700))
	},
	"configuration directory": func() error {
		path, err := os.UserConfigDir()
		return must(err, os.MkdirAll(filepath.Join(path, "x"), 0o700))
	},
	"temporary directory": func() error { return second(os.MkdirTemp("", "x")) },
	"own path":            func() error { return second(os.Executable()) },
	"chown to oneself": func() error {
		name := scratch().Name()
		return must(os.Chown(name, os.Getuid(), os.Getgid()), os.Lchown(name, os.Getuid(), os.Getgid()))
	},
	"fchown to oneself": func() error { return scratch().Chown(os.Getuid(), os.Getgid()) },
	"chmod":             func() error { return scratch().Chmod(0o640) },
	"change times":      func() error { return unix.Utimes(scratch().Name(), make([]unix.Timeval, 2)) },
	"symlink":           func() error { name := scratch().Name(); return os.Symlink(name, name+".symlink") },
	"hard link":         func() error { name := scratch().Name(); return os.Link(name, name+".link") },
	"lock a file":       func() error { return unix.Flock(int(scratch().Fd()), unix.LOCK_EX) },
	"lock part of a file": func() error {
		return unix.FcntlFlock(scratch().Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Len: 1})
	},
	"allocate":     func() error { return unix.Fallocate(int(scratch().Fd()), 0, 0, 4096) },
	"sync a range": func() error { return unix.SyncFileRange(int(scratch().Fd()), 0, 10, unix.SYNC_FILE_RANGE_WRITE) },
	"read ahead":   func() error { return unix.Fadvise(int(scratch().Fd()), 0, 10, unix.FADV_WILLNEED) },
	"exchange names": func() error {
		return unix.Renameat2(unix.AT_FDCWD, scratch().Name(), unix.AT_FDCWD, scratch().Name(), unix.RENAME_EXCHANGE)
	},
	"extended attribute": func() error {
		err := unix.Setxattr(scratch().Name(), "user.x", []byte("x"), 0)
		if errors.Is(err, unix.EOPNOTSUPP) { // so says the file system
			return nil
		}
		return err
	},
	"open beneath": func() error {
		root, err := os.OpenRoot(".")
		return must(err, second(root.Create("beneath")))
	},
	"openat2": func() error {
		how := unix.OpenHow{Flags: unix.O_RDONLY, Resolve: unix.RESOLVE_BENEATH}
		return second(unix.Openat2(unix.AT_FDCWD, filepath.Base(scratch().Name()), &how))
	},
	"statx":       func() error { return unix.Statx(unix.AT_FDCWD, ".", 0, unix.STATX_BTIME, &unix.Statx_t{}) },
	"disk space":  func() error { return unix.Statfs(".", &unix.Statfs_t{}) },
	"copy a file": func() error { return second(io.Copy(scratch(), scratch())) },
	"splice": func() error {
		pipe := make([]int, 2)
		err := unix.Pipe2(pipe, unix.O_CLOEXEC)
		return must(err, second(unix.Splice(int(scratch().Fd()), nil, pipe[1], nil, 10, 0)))
	},
	"sendfile": func() error {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		go func() {
			stream, _ := net.Dial("tcp", listener.Addr().String())
			io.Copy(stream, scratch())
			stream.Close()
		}()
		stream, err := listener.Accept()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(stream)
		if err == nil && !bytes.Equal(data, []byte("0123456789")) {
			err = fmt.Errorf("got %q", data)
		}
		return err
	},
	"map a file": func() error {
		page, err := unix.Mmap(int(scratch().Fd()), 0, 10, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		return must(err, unix.Msync(page, unix.MS_SYNC))
	},
	"memory without a file": func() error {
		file, err := unix.MemfdCreate("x", unix.MFD_ALLOW_SEALING)
		return must(err, unix.Ftruncate(file, 4096), second(unix.FcntlInt(uintptr(file), unix.F_ADD_SEALS, unix.F_SEAL_GROW)))
	},
	"shared memory": func() error { return os.WriteFile("/dev/shm/catalogue", []byte("x"), 0o600) },
}
