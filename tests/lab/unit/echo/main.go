// Echo tells over HTTP what it was told: its arguments and its environment.
package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(answer).Encode(map[string][]string{"arguments": os.Args[1:], "environment": os.Environ()})
	})
	panic(http.ListenAndServe(os.Getenv("LISTEN"), nil))
}
