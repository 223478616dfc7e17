// Command greeter is a small HTTP service that says hello and tells what it is and where it runs.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the linker: -X main.version=v1.2.3.
var version = "devel"

// shutdownTimeout bounds how long requests in flight may take after SIGTERM.
const shutdownTimeout = 25 * time.Second

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, log, os.Args[1:], os.Getenv); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		log.Error("greeter failed", "error", err.Error())
		os.Exit(1)
	}
}

// run serves until ctx is done, then finishes the requests in flight.
func run(ctx context.Context, log *slog.Logger, args []string, getenv func(string) string) error {
	flags := flag.NewFlagSet("greeter", flag.ContinueOnError)
	addr := flags.String("addr", defaultAddr(getenv("PORT")), "address to listen on")
	if err := flags.Parse(args); err != nil {
		return err
	}

	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	server := newServer(newGreeter(getenv), log)
	log.Info("listening", "address", listener.Addr().String(), "version", version)
	return serve(ctx, log, server, listener)
}

func defaultAddr(port string) string {
	if port == "" {
		port = "8080"
	}
	return net.JoinHostPort("", port)
}

// newServer returns a server whose limits stop slow clients but leave long responses,
// large uploads and idle keep-alive connections alone.
func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		// Longer than the idle timeout of usual load balancers (60 s), so that the balancer
		// closes an idle connection first and never sends a request into a closing one.
		IdleTimeout:    120 * time.Second,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serve runs server on listener until ctx is done. It then closes the listener, lets requests
// in flight finish for at most shutdownTimeout, and cuts off what is still running.
func serve(ctx context.Context, log *slog.Logger, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("shutting down", "timeout", shutdownTimeout.String())
	deadline, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		return errors.Join(err, server.Close())
	}
	log.Info("stopped")
	return nil
}
