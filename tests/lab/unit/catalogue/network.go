package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

func listens(network, address string) func() error {
	return func() error {
		listener, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		go listener.Accept()
		return second(net.Dial(network, listener.Addr().String()))
	}
}

func resolves(go_ bool) func() error {
	return func() error {
		resolver := &net.Resolver{PreferGo: go_}
		return second(resolver.LookupHost(context.Background(), "localhost"))
	}
}

func optional(level, option int) func() error {
	return func() error {
		made, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		return must(err, unix.SetsockoptInt(made, level, option, 1))
	}
}

var network = asks{
	"interfaces": func() error {
		found, err := net.Interfaces()
		addresses, err2 := net.InterfaceAddrs()
		if len(found) < 2 || len(addresses) < 2 {
			return errors.Join(err, err2, fmt.Errorf("found %v %v", found, addresses))
		}
		return must(err, err2)
	},
	"TCP over IPv4":   listens("tcp4", "127.0.0.1:0"),
	"TCP over IPv6":   listens("tcp6", "[::1]:0"),
	"Unix socket":     listens("unix", fmt.Sprint("socket", os.Getpid())),
	"abstract socket": listens("unix", fmt.Sprint("@socket", os.Getpid())),
	"packets":         func() error { return second(net.ListenPacket("udp", "127.0.0.1:0")) },
	"multicast": func() error {
		all, err := net.Interfaces()
		for _, each := range all {
			if each.Flags&net.FlagUp != 0 && each.Flags&net.FlagMulticast != 0 {
				group := &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}
				return second(net.ListenMulticastUDP("udp4", &each, group))
			}
		}
		return must(err, errors.New("no interface for it"))
	},
	"same port twice":     optional(unix.SOL_SOCKET, unix.SO_REUSEPORT),
	"no delay":            optional(unix.IPPROTO_TCP, unix.TCP_NODELAY),
	"fast open":           optional(unix.IPPROTO_TCP, unix.TCP_FASTOPEN),
	"keep alive":          optional(unix.SOL_SOCKET, unix.SO_KEEPALIVE),
	"names by Go":         resolves(true),
	"names by the system": run("getent", "hosts", "localhost"),
	"names otherwise":     resolves(false),
	"ports by name":       func() error { return second(net.LookupPort("tcp", "https")) },
	"pass a file on": func() error {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		return must(err, unix.Sendmsg(pair[0], []byte("x"), unix.UnixRights(pair[1]), nil, 0))
	},
	"who is at the other end": func() error {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		return must(err, second(unix.GetsockoptUcred(pair[0], unix.SOL_SOCKET, unix.SO_PEERCRED)))
	},
	"addresses by child": run("ip", "-brief", "address"),
	"a deadline": func() error {
		listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return err
		}
		listener.SetDeadline(time.Now().Add(time.Millisecond))
		if _, err = listener.Accept(); errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		return err
	},
}
