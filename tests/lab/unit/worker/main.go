// Worker listens for nobody. Its words say what else it does: its health, a task, a job.
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// note appends a line to a file in the working directory, which both copies share.
func note(name, text string) {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	fmt.Fprintln(file, text)
}

func there(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func main() {
	slot := os.Getenv("SLIPWAY_SLOT")
	words := strings.Join(os.Args[1:], " ")
	switch {
	case words == "health":
		if there("ill") {
			fmt.Println("the queue is away,", os.Getenv("KEY"))
			os.Exit(1)
		}
	case strings.HasPrefix(words, "migrate"):
		note("migrations", slot+" "+words+" "+os.Getenv("KEY"))
		if there("broken") {
			fmt.Println("no such table, said", os.Getenv("KEY"))
			os.Exit(3)
		}
	case words == "clean":
		note("cleaned", slot+" "+os.Getenv("SLIPWAY_RELEASE"))
	default:
		if path := os.Getenv("NOTIFY_SOCKET"); path != "" && !there("silent") {
			if stream, err := net.Dial("unixgram", path); err == nil {
				stream.Write([]byte("READY=1"))
			}
		}
		for ; ; time.Sleep(100 * time.Millisecond) {
			if path := os.Getenv("SLIPWAY_HEALTH_FILE"); path != "" && !there("stuck") {
				os.WriteFile(path, nil, 0o600)
			}
		}
	}
}
