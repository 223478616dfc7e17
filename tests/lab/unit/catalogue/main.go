// Catalogue asks the system for what common Go programs ask of it, each thing in a process of its own, and tells over HTTP what it
// was answered: "ok" or the error. A process that was killed for asking shows as "signal: …".
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

type asks map[string]func() error

func main() {
	all := asks{}
	for _, part := range []asks{files, processes, network, machine, libraries, closed} {
		for name, ask := range part {
			all[name] = ask
		}
	}
	if len(os.Args) == 3 && os.Args[1] == "ask" {
		if err := all[os.Args[2]](); err != nil {
			fmt.Print(err)
			os.Exit(1)
		}
		return
	}
	http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		told := map[string]string{}
		for name := range all {
			told[name] = asked(name)
		}
		json.NewEncoder(answer).Encode(told)
	})
	panic(http.ListenAndServe(os.Getenv("LISTEN"), nil))
}

func asked(name string) string {
	said, err := exec.Command("/proc/self/exe", "ask", name).CombinedOutput()
	if err == nil {
		return "ok"
	}
	return strings.TrimSpace(err.Error() + ": " + string(said))
}

func must(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func second[T any](_ T, err error) error { return err }

func read(path string) func() error {
	return func() error {
		data, err := os.ReadFile(path)
		if err == nil && len(data) == 0 {
			err = fmt.Errorf("%s is empty", path)
		}
		return err
	}
}

func write(path string) func() error {
	return func() error {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			file.Close()
		}
		return err
	}
}

func run(words ...string) func() error {
	return func() error {
		said, err := exec.Command(words[0], words[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, said)
		}
		return nil
	}
}
