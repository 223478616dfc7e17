// Mirror answers with what it was asked, and as the query tells it to: the service behind the catalogue of requests.
package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	runs  = map[string]int{}
	guard sync.Mutex
)

// seen is a request as it arrived here.
type seen struct {
	Method, Target, Path, Host, Proto, Peer string
	Header                                  [][2]string
	Length                                  int64
	Body                                    string
	Trailer                                 http.Header
}

func mirror(w http.ResponseWriter, r *http.Request) {
	body := sha256.New()
	size, _ := io.Copy(body, r.Body)
	found := seen{Method: r.Method, Target: r.RequestURI, Path: r.URL.Path, Host: r.Host, Proto: r.Proto, Peer: r.RemoteAddr,
		Length: r.ContentLength, Body: fmt.Sprintf("%d %x", size, body.Sum(nil)), Trailer: r.Trailer}
	for name, values := range r.Header {
		for _, value := range values {
			found.Header = append(found.Header, [2]string{name, value})
		}
	}
	sort.SliceStable(found.Header, func(i, j int) bool { return found.Header[i][0] < found.Header[j][0] })
	w.Header().Set("Content-Type", "application/json")
	w.(http.Flusher).Flush() // the length would tell of headers that differ from place to place
	json.NewEncoder(w).Encode(found)
}

// answer has the status, the headers and the body that the query wants.
func answer(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	for _, line := range query["header"] {
		name, value, _ := strings.Cut(line, ":")
		w.Header()[name] = append(w.Header()[name], value)
	}
	if size, _ := strconv.Atoi(query.Get("large")); size > 0 {
		w.Header().Set("X-Large", strings.Repeat("a", size))
	}
	if text := query.Get("early"); text != "" {
		w.Header().Set("Link", text)
		w.WriteHeader(http.StatusEarlyHints)
	}
	status, _ := strconv.Atoi(query.Get("status"))
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent && status != http.StatusNotModified {
		io.WriteString(w, query.Get("body"))
	}
}

// stream sends pieces, each flushed, a moment apart.
func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", r.URL.Query().Get("type"))
	pause, _ := time.ParseDuration(r.URL.Query().Get("pause"))
	for piece := range 4 {
		fmt.Fprintf(w, "piece %d\n", piece)
		w.(http.Flusher).Flush()
		time.Sleep(pause)
	}
}

// trailed ends a chunked body with a trailer.
func trailed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Trailer", "X-Sum")
	io.WriteString(w, "body")
	w.(http.Flusher).Flush()
	w.Header().Set("X-Sum", "4")
}

// upload tells how long the first byte took, and how much came.
func upload(w http.ResponseWriter, r *http.Request) {
	began, first := time.Now(), make([]byte, 1)
	r.Body.Read(first)
	arrived := time.Since(began)
	size, _ := io.Copy(io.Discard, r.Body)
	fmt.Fprintf(w, "%d %.3f\n", size+1, arrived.Seconds())
}

// count counts how often each name was asked for, and says when it answered; `read` only tells.
func count(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	guard.Lock()
	runs[name]++
	guard.Unlock()
	if pause, err := time.ParseDuration(r.URL.Query().Get("pause")); err == nil {
		time.Sleep(pause)
	}
	if r.URL.Query().Get("end") == "break" {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Made", time.Now().Format(time.RFC3339Nano))
	answer(w, r)
}

func read(w http.ResponseWriter, r *http.Request) {
	guard.Lock()
	defer guard.Unlock()
	fmt.Fprint(w, runs[r.PathValue("name")])
}

// upgrade speaks any protocol that is asked for, by sending every line back.
func upgrade(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") == "" || !strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade") {
		http.Error(w, "no upgrade seen", http.StatusUpgradeRequired)
		return
	}
	connection, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	key := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(buffer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: %s\r\nConnection: Upgrade\r\n", r.Header.Get("Upgrade"))
	fmt.Fprintf(buffer, "Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(key[:]))
	buffer.Flush()
	lines := bufio.NewScanner(buffer)
	for lines.Scan() {
		fmt.Fprintln(connection, lines.Text())
	}
}

var ill sync.Map

func health(w http.ResponseWriter, r *http.Request) {
	if _, hangs := ill.Load("hangs"); hangs {
		<-r.Context().Done()
	}
}

func main() {
	// By hand, because the standard library's router would mend odd paths.
	routes := http.NewServeMux()
	routes.HandleFunc("/answer", answer)
	routes.HandleFunc("/stream", stream)
	routes.HandleFunc("/trailed", trailed)
	routes.HandleFunc("/upload", upload)
	routes.HandleFunc("/upgrade", upgrade)
	routes.HandleFunc("/count/{name}", count)
	routes.HandleFunc("/counted/{name}", read)
	routes.HandleFunc("/healthz", health)
	routes.HandleFunc("/hang", func(http.ResponseWriter, *http.Request) { ill.Store("hangs", true) })
	routes.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Type", "text/html")
		http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader(strings.Repeat("<p>page</p>", 500)))
	})
	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := routes.Handler(r); strings.HasPrefix(r.RequestURI, "/mirror") || pattern == "" {
			mirror(w, r)
			return
		}
		routes.ServeHTTP(w, r)
	})}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	<-stopped.Done()
	within, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	server.Shutdown(within)
}
