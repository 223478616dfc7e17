package main

import (
	"fmt"
	"net/http"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// metrics counts requests and shows them in the Prometheus text format.
type metrics struct {
	started  time.Time
	inFlight atomic.Int64

	mu     sync.Mutex
	byCode map[int]int64
}

func newMetrics(started time.Time) *metrics {
	return &metrics{started: started, byCode: map[int]int64{}}
}

// count wraps next so that every request is counted once, when it ends.
func (m *metrics) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.inFlight.Add(1)
		recorder := &codeRecorder{ResponseWriter: w, code: http.StatusOK}
		defer func() {
			m.inFlight.Add(-1)
			m.mu.Lock()
			m.byCode[recorder.code]++
			m.mu.Unlock()
		}()
		next.ServeHTTP(recorder, r)
	})
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")

	fmt.Fprintln(w, "# HELP greeter_requests_total Requests answered, by status code.")
	fmt.Fprintln(w, "# TYPE greeter_requests_total counter")
	m.mu.Lock()
	codes := make([]int, 0, len(m.byCode))
	for code := range m.byCode {
		codes = append(codes, code)
	}
	sort.Ints(codes)
	for _, code := range codes {
		fmt.Fprintf(w, "greeter_requests_total{code=\"%d\"} %d\n", code, m.byCode[code])
	}
	m.mu.Unlock()

	fmt.Fprintln(w, "# HELP greeter_requests_in_flight Requests being answered now, this one included.")
	fmt.Fprintln(w, "# TYPE greeter_requests_in_flight gauge")
	fmt.Fprintf(w, "greeter_requests_in_flight %d\n", m.inFlight.Load())

	fmt.Fprintln(w, "# HELP greeter_build_info What is running; the value is always 1.")
	fmt.Fprintln(w, "# TYPE greeter_build_info gauge")
	fmt.Fprintf(w, "greeter_build_info{version=%q,goversion=%q,architecture=%q} 1\n",
		version, runtime.Version(), runtime.GOARCH)

	fmt.Fprintln(w, "# HELP process_start_time_seconds When the process started, in seconds since 1970.")
	fmt.Fprintln(w, "# TYPE process_start_time_seconds gauge")
	fmt.Fprintf(w, "process_start_time_seconds %.3f\n", float64(m.started.UnixMilli())/1000)
}

// codeRecorder remembers the status code that a handler wrote.
type codeRecorder struct {
	http.ResponseWriter
	code int
}

func (c *codeRecorder) WriteHeader(code int) {
	c.code = code
	c.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the real writer.
func (c *codeRecorder) Unwrap() http.ResponseWriter { return c.ResponseWriter }
