package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
	"github.com/tetratelabs/wazero"
	"go.etcd.io/bbolt"
	"go.uber.org/automaxprocs/maxprocs"
	"gopkg.in/natefinch/lumberjack.v2"
)

var libraries = asks{
	"gopsutil: processors": func() error { return must(second(cpu.Counts(true)), second(cpu.Info()), second(cpu.Times(true))) },
	"gopsutil: memory":     func() error { return must(second(mem.VirtualMemory()), second(mem.SwapMemory())) },
	"gopsutil: load":       func() error { return must(second(load.Avg()), second(load.Misc())) },
	"gopsutil: host":       func() error { return must(second(host.Info()), second(host.Uptime())) },
	"gopsutil: disks":      func() error { return must(second(disk.Usage("/")), second(disk.IOCounters())) },
	"gopsutil: network": func() error {
		return must(second(net.IOCounters(true)), second(net.Interfaces()), second(net.Connections("tcp")))
	},
	"gopsutil: itself": func() error {
		me, err := process.NewProcess(int32(os.Getpid()))
		if err != nil {
			return err
		}
		return must(second(me.MemoryInfo()), second(me.NumFDs()), second(me.CPUPercent()), second(me.NumThreads()))
	},
	"lumberjack": func() error {
		log := &lumberjack.Logger{Filename: fmt.Sprint("rotated", os.Getpid(), ".log"), MaxSize: 1}
		for range 3 {
			if _, err := log.Write(make([]byte, 800_000)); err != nil {
				return err
			}
		}
		return log.Close()
	},
	"automaxprocs": func() error { return second(maxprocs.Set()) },
	"bbolt": func() error {
		base, err := bbolt.Open(fmt.Sprint("base", os.Getpid()), 0o600, nil)
		if err != nil {
			return err
		}
		err = base.Update(func(write *bbolt.Tx) error {
			bucket, err := write.CreateBucket([]byte("b"))
			return must(err, bucket.Put([]byte("k"), []byte("v")))
		})
		return must(err, base.Close())
	},
	"fsnotify": func() error {
		watch, err := fsnotify.NewWatcher()
		if err = must(err, watch.Add(".")); err != nil {
			return err
		}
		scratch()
		select {
		case <-watch.Events:
			return nil
		case <-time.After(5 * time.Second):
			return errors.New("nothing was seen")
		}
	},
	"wazero: interpreter": func() error { return compiled(wazero.NewRuntimeConfigInterpreter()) },
	"wazero: as it likes": func() error { return compiled(wazero.NewRuntimeConfig()) },
	"wazero: compiler":    func() error { return compiled(wazero.NewRuntimeConfigCompiler()) },
}

// compiled runs a module whose one function returns 42.
func compiled(how wazero.RuntimeConfig) (err error) {
	defer func() {
		if found := recover(); found != nil {
			err = fmt.Errorf("panic: %v", found)
		}
	}()
	code := []byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7f\x03\x02\x01\x00\x07\x05\x01\x01f\x00\x00\x0a\x06\x01\x04\x00\x41\x2a\x0b")
	module, err := wazero.NewRuntimeWithConfig(context.Background(), how).Instantiate(context.Background(), code)
	if err != nil {
		return err
	}
	got, err := module.ExportedFunction("f").Call(context.Background())
	if err == nil && got[0] != 42 {
		err = fmt.Errorf("got %v", got)
	}
	return err
}
