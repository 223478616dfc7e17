package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"time"
)

const (
	maxSlow  = time.Minute
	maxBytes = 1 << 30
	// bodyTimeout is how long a client may pause while it sends a body; a steady upload of any
	// length is fine.
	bodyTimeout = 30 * time.Second
)

// greeting is the answer at /.
type greeting struct {
	Message      string `json:"message"`
	Version      string `json:"version"`
	Architecture string `json:"architecture"`
	Host         string `json:"host"`
	PID          int    `json:"pid"`
	Slot         string `json:"slot,omitempty"`
	// Token says whether GREETER_TOKEN is set; its value is a secret and goes nowhere.
	Token bool `json:"token"`
}

// newGreeter returns the service's routes, counted. It reads its settings with getenv.
func newGreeter(getenv func(string) string) http.Handler {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	message := getenv("GREETING")
	if message == "" {
		message = "Hello"
	}
	hello := greeting{
		Message:      message,
		Version:      version,
		Architecture: runtime.GOARCH,
		Host:         host,
		PID:          os.Getpid(),
		Slot:         getenv("SLIPWAY_SLOT"),
		Token:        getenv("GREETER_TOKEN") != "",
	}

	metrics := newMetrics(time.Now())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, hello) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /slow", slow)
	mux.HandleFunc("POST /echo", echo)
	mux.Handle("GET /metrics", metrics)
	return metrics.count(mux)
}

// slow answers after ?ms= milliseconds, or gives up when the client does.
func slow(w http.ResponseWriter, r *http.Request) {
	ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
	if err != nil || ms < 0 || ms > int(maxSlow/time.Millisecond) {
		http.Error(w, "ms must be a whole number from 0 to 60000", http.StatusBadRequest)
		return
	}
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		writeJSON(w, map[string]int{"ms": ms})
	case <-r.Context().Done():
	}
}

// echo reads the body and answers how many bytes it had.
func echo(w http.ResponseWriter, r *http.Request) {
	body := &patientReader{
		reader:  http.MaxBytesReader(w, r.Body, maxBytes),
		control: http.NewResponseController(w),
	}
	n, err := io.Copy(io.Discard, body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "the body may have at most 1 GiB", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, "the body could not be read", http.StatusBadRequest)
	default:
		writeJSON(w, map[string]int64{"bytes": n})
	}
}

// patientReader gives each read its own deadline, so that only a stalled client is cut off.
type patientReader struct {
	reader  io.Reader
	control *http.ResponseController
}

func (p *patientReader) Read(buffer []byte) (int, error) {
	if err := p.control.SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil {
		return 0, err
	}
	return p.reader.Read(buffer)
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}
