// Command faulty is a service that misbehaves as its environment says. It exists for the fault tests alone.
//
//	FAULT_ON        hosts on which it misbehaves, by name, separated by spaces; without it on all
//	EXIT_AFTER      exits with status 3 after that time
//	NEVER_LISTEN    runs, but never listens
//	LISTEN_AFTER    listens only after that time
//	HEALTH_SCRIPT   statuses that /healthz answers with in turns, such as 200,500,200
//	HEALTH_DELAY    how long /healthz takes to answer
//	HEALTHY_AFTER   /healthz answers 503 until that time has passed
//	IGNORE_TERM     goes on after SIGTERM
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// version is set by the linker.
var version = "devel"

func main() {
	host, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	began := time.Now()
	fault := faults(host)
	if after := fault("EXIT_AFTER"); after != "" {
		time.AfterFunc(duration(after), func() {
			log.Print("exiting as told")
			os.Exit(3)
		})
	}
	if fault("NEVER_LISTEN") != "" {
		time.Sleep(24 * time.Hour)
	}
	time.Sleep(duration(fault("LISTEN_AFTER")))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health(fault, began))
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
		if err != nil {
			http.Error(w, "ms must be a whole number", http.StatusBadRequest)
			return
		}
		time.Sleep(time.Duration(ms) * time.Millisecond)
		_, _ = w.Write([]byte("late\n"))
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"message": os.Getenv("GREETING"), "version": version, "host": host, "pid": os.Getpid(),
		})
	})
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go stop(server, fault("IGNORE_TERM") != "", done)
	log.Printf("listening on %s", server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-done
}

// faults returns how to read a fault's setting: empty where this host is not meant.
func faults(host string) func(string) string {
	on := os.Getenv("FAULT_ON")
	if on == "" || slices.Contains(strings.Fields(on), host) {
		return os.Getenv
	}
	return func(string) string { return "" }
}

func health(fault func(string) string, began time.Time) http.HandlerFunc {
	script := strings.Split(fault("HEALTH_SCRIPT"), ",")
	delay, healthy := duration(fault("HEALTH_DELAY")), began.Add(duration(fault("HEALTHY_AFTER")))
	var asked atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(delay)
		status := http.StatusOK
		if script[0] != "" {
			turn := int(asked.Add(1)-1) % len(script)
			status, _ = strconv.Atoi(script[turn])
		}
		if time.Now().Before(healthy) {
			status = http.StatusServiceUnavailable
		}
		w.WriteHeader(status)
	}
}

// stop ends the server on SIGTERM, after the requests in flight, unless it is to ignore it.
func stop(server *http.Server, ignore bool, done chan<- struct{}) {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	for range term {
		if ignore {
			log.Print("ignoring SIGTERM")
			continue
		}
		_ = server.Shutdown(context.Background())
		close(done)
		return
	}
}

// duration is a Go duration; empty text is none.
func duration(text string) time.Duration {
	if text == "" {
		return 0
	}
	found, err := time.ParseDuration(text)
	if err != nil {
		log.Fatal(err)
	}
	return found
}
