// Answers gives small and large answers and does nothing else, so that what proxies before it cost can be seen.
package main

import (
	"bytes"
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MB
	http.HandleFunc("/healthz", answer([]byte("ok\n")))
	http.HandleFunc("/small", answer([]byte("Hello\n")))
	http.HandleFunc("/large", answer(large))
	server := &http.Server{Addr: os.Getenv("LISTEN")}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		<-stopped.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func answer(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}
}
