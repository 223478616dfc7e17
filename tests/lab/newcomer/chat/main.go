// Chat is what somebody new to Slipway may bring: WebSocket, a stream, uploads, logs that it rotates by itself, a second port.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coder/websocket"
	"gopkg.in/natefinch/lumberjack.v2"
)

//go:embed static
var static embed.FS

type config struct{ Greeting, Uploads string }

func main() {
	address := flag.String("listen", "127.0.0.1:8080", "")
	metrics := flag.String("metrics", "127.0.0.1:9090", "")
	path := flag.String("config", "chat.json", "")
	prepare := flag.Bool("prepare", false, "what has to be done once before a release")
	flag.Parse()
	if *prepare {
		file, err := os.OpenFile("prepared", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = fmt.Fprintln(file, os.Getenv("SLIPWAY_RELEASE"))
		}
		if err != nil {
			log.Fatal(err)
		}
		return
	}

	var settings config
	text, err := os.ReadFile(*path)
	if err == nil {
		err = json.Unmarshal(text, &settings)
	}
	if err == nil {
		err = os.MkdirAll(settings.Uploads, 0o700)
	}
	if err != nil {
		log.Fatal(err)
	}
	requests := log.New(&lumberjack.Logger{Filename: "../logs/requests.log", MaxSize: 1, MaxBackups: 2}, "", log.LstdFlags)

	var asked atomic.Int64
	pages := http.NewServeMux()
	pages.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	pages.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s from %s for %s\n", settings.Greeting, os.Getenv("SLIPWAY_SLOT"), r.Header.Get("X-Real-IP"))
	})
	pages.HandleFunc("GET /talk", func(w http.ResponseWriter, r *http.Request) {
		connection, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer connection.CloseNow()
		for {
			kind, words, err := connection.Read(r.Context())
			if err != nil {
				return
			}
			connection.Write(r.Context(), kind, append([]byte("you said "), words...))
		}
	})
	pages.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for number := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", number)
			w.(http.Flusher).Flush()
			select {
			case <-time.After(400 * time.Millisecond):
			case <-r.Context().Done():
				return
			}
		}
	})
	pages.HandleFunc("PUT /uploads/{name}", func(w http.ResponseWriter, r *http.Request) {
		file, err := os.Create(filepath.Join(settings.Uploads, filepath.Base(r.PathValue("name"))))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer file.Close()
		size, err := io.Copy(file, r.Body)
		if err != nil {
			io.Copy(io.Discard, r.Body) // who answers without reading on may cut the client off
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, size)
	})
	pages.HandleFunc("POST /log", func(w http.ResponseWriter, r *http.Request) {
		words, _ := io.ReadAll(r.Body)
		for range 40 {
			requests.Printf("%s", words)
		}
	})
	pages.HandleFunc("GET /static/{name}", func(w http.ResponseWriter, r *http.Request) {
		text, err := static.ReadFile("static/" + r.PathValue("name"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", fmt.Sprintf("\"%x\"", sha256.Sum256(text)))
		http.ServeContent(w, r, r.PathValue("name"), time.Time{}, bytes.NewReader(text))
	})
	// Says how many were here at a time.
	var here, most atomic.Int64
	pages.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), here.Add(1)))
		time.Sleep(300 * time.Millisecond)
		here.Add(-1)
		fmt.Fprintln(w, most.Load())
	})

	numbers := http.NewServeMux()
	numbers.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "chat_requests_total %d\n", asked.Load())
	})
	go func() { log.Fatal(http.ListenAndServe(*metrics, numbers)) }()

	server := &http.Server{Addr: *address, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		pages.ServeHTTP(w, r)
	})}
	asking, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		<-asking.Done()
		server.Shutdown(context.Background())
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
