// Echo tells over HTTP what it was told: its arguments, its environment, and the files that came with its release.
package main

import (
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

type file struct {
	Mode    string
	Content []byte
}

func below(directory string) map[string]file {
	found := map[string]file{}
	filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		name, _ := filepath.Rel(directory, path)
		info, _ := entry.Info()
		content, _ := os.ReadFile(path)
		found[name] = file{info.Mode().String(), content}
		return nil
	})
	return found
}

func main() {
	var busy sync.Mutex
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {
		busy.Lock()
		defer busy.Unlock()
	})
	http.HandleFunc("/hang", func(answer http.ResponseWriter, _ *http.Request) {
		busy.Lock() // and never unlocked: from now on no health check is answered
		answer.Write([]byte("true"))
	})
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(answer).Encode(map[string]any{
			"arguments":   os.Args[1:],
			"environment": os.Environ(),
			"files":       below(os.Getenv("SLIPWAY_FILES")),
			"secrets":     below(os.Getenv("CREDENTIALS_DIRECTORY")),
		})
	})
	if path := os.Getenv("NOTIFY_SOCKET"); path != "" && os.Getenv("SILENT") == "" {
		if stream, err := net.Dial("unixgram", path); err == nil {
			stream.Write([]byte("READY=1"))
		}
	}
	if port, set := os.LookupEnv("SLIPWAY_PORT_METRICS"); set {
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			panic(err)
		}
		go http.Serve(listener, nil)
	}
	panic(http.ListenAndServe(os.Getenv("LISTEN"), nil))
}
