package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func request(t *testing.T, handler http.Handler, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest(method, target, strings.NewReader(body)))
	return response
}

func TestGreetingTellsWhatRunsAndWhere(t *testing.T) {
	handler := newGreeter(environment(map[string]string{"GREETING": "Moin", "SLIPWAY_SLOT": "blue"}))
	var got greeting
	if err := json.Unmarshal(request(t, handler, "GET", "/", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Message != "Moin" || got.Slot != "blue" || got.Version != version || got.Architecture != runtime.GOARCH ||
		got.Host == "" || got.PID == 0 || got.Token {
		t.Errorf("unexpected greeting: %+v", got)
	}
}

func TestTokenIsReportedButNeverShown(t *testing.T) {
	const secret = "s3cr3t-v4lue"
	handler := newGreeter(environment(map[string]string{"GREETER_TOKEN": secret}))
	if body := request(t, handler, "GET", "/", "").Body.String(); !strings.Contains(body, `"token":true`) {
		t.Errorf("the token is not reported: %s", body)
	}
	for _, path := range []string{"/", "/metrics", "/healthz", "/unknown"} {
		if strings.Contains(request(t, handler, "GET", path, "").Body.String(), secret) {
			t.Errorf("%s shows the token's value", path)
		}
	}
}

func TestStatusCodes(t *testing.T) {
	handler := newGreeter(environment(nil))
	for _, test := range []struct {
		method, target string
		want           int
	}{
		{"GET", "/", 200},
		{"GET", "/healthz", 200},
		{"GET", "/slow?ms=1", 200},
		{"GET", "/slow", 400},
		{"GET", "/slow?ms=-1", 400},
		{"GET", "/slow?ms=60001", 400},
		{"GET", "/slow?ms=9223372036854775807", 400},
		{"GET", "/nowhere", 404},
		{"DELETE", "/", 405},
	} {
		if got := request(t, handler, test.method, test.target, "").Code; got != test.want {
			t.Errorf("%s %s: got %d, want %d", test.method, test.target, got, test.want)
		}
	}
}

func TestMetricsCountAnswersByCode(t *testing.T) {
	handler := newGreeter(environment(nil))
	request(t, handler, "GET", "/healthz", "")
	request(t, handler, "GET", "/healthz", "")
	request(t, handler, "GET", "/nowhere", "")
	body := request(t, handler, "GET", "/metrics", "").Body.String()
	for _, want := range []string{
		`greeter_requests_total{code="200"} 2`,
		`greeter_requests_total{code="404"} 1`,
		`greeter_requests_in_flight 1`,
		`greeter_build_info{version="devel",`,
		`process_start_time_seconds `,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing %q in:\n%s", want, body)
		}
	}
}

// startServer serves on a free port and returns its URL, the way to stop it, and how it ended.
func startServer(t *testing.T) (url string, stop context.CancelFunc, ended <-chan error) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	result := make(chan error, 1)
	go func() { result <- serve(ctx, log, newServer(newGreeter(environment(nil)), log), listener) }()
	return "http://" + listener.Addr().String(), cancel, result
}

func TestEchoCountsAStreamedUpload(t *testing.T) {
	url, _, _ := startServer(t)
	const size = 5 << 20
	response, err := http.Post(url+"/echo", "application/octet-stream", io.LimitReader(zeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got map[string]int64
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || got["bytes"] != size {
		t.Errorf("got %v (%v), want %d bytes", got, err, size)
	}
}

func TestShutdownFinishesRequestsInFlightAndTakesNoNewOnes(t *testing.T) {
	url, stop, ended := startServer(t)
	type answer struct {
		code int
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		response, err := http.Get(url + "/slow?ms=1000")
		if err != nil {
			answered <- answer{err: err}
			return
		}
		response.Body.Close()
		answered <- answer{code: response.StatusCode}
	}()
	waitForInFlight(t, url, 2) // the slow one and the one that asks

	stop()
	if got := <-answered; got.err != nil || got.code != 200 {
		t.Errorf("the request in flight was lost: %+v", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server did not end cleanly: %v", err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		t.Error("the server still takes connections")
	}
}

func waitForInFlight(t *testing.T, url string, want int) {
	t.Helper()
	line := "greeter_requests_in_flight " + string(rune('0'+want)) + "\n"
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		response, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if strings.Contains(string(body), line) {
			return
		}
	}
	t.Fatalf("never saw %d requests in flight", want)
}

func TestRunRefusesAnAddressInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	log := slog.New(slog.DiscardHandler)
	err = run(context.Background(), log, []string{"-addr", listener.Addr().String()}, environment(nil))
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

type zeros struct{}

func (zeros) Read(buffer []byte) (int, error) {
	clear(buffer)
	return len(buffer), nil
}
