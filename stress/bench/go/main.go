// What Go's operations cost. Each function in tasks.go, resting.go and echo_server.go does one work
// of ../README.md, which also describes the command line and the line of JSON.

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// What the command line asks for.
type settings struct {
	workers      int
	count        int
	messageBytes int
	seconds      float64
}

var works = []struct {
	name         string
	defaultCount int
	run          func(settings) []metric
}{
	{"spawn_join", 1000000, spawnJoin},
	{"spawn_detached", 1000000, spawnDetached},
	{"yield", 1000000, yield},
	{"channel", 500000, channel},
	{"channel_pairs", 1000000, channelPairs},
	{"fork_join", 27, forkJoin},
	{"wake_idle", 10000, wakeIdle},
	{"idle", 1, idle},
	{"idle_memory", 1000000, idleMemory},
	{"timers", 1000000, timers},
	{"echo", 1, echo},
}

func refuse(message string) {
	fmt.Fprintln(os.Stderr, "bench_go:", message)
	os.Exit(2)
}

func readOptions(arguments []string, defaultCount int) settings {
	var s settings
	flags := flag.NewFlagSet("bench_go", flag.ExitOnError)
	flags.IntVar(&s.workers, "workers", 2, "threads that run goroutines at the same time")
	flags.IntVar(&s.count, "count", defaultCount, "how much to do")
	flags.IntVar(&s.messageBytes, "message-bytes", 64, "buffer of an echoed connection")
	flags.Float64Var(&s.seconds, "seconds", 2, "how long to watch an idle runtime")
	flags.Parse(arguments)
	if s.workers < 1 || s.count < 1 || s.messageBytes < 1 || s.seconds <= 0 {
		refuse("options need positive numbers")
	}
	return s
}

func print(metrics []metric) {
	var fields []string
	for _, each := range metrics {
		fields = append(fields, fmt.Sprintf("\"%s\": %.3f", each.name, each.value))
	}
	fmt.Printf("{%s}\n", strings.Join(fields, ", "))
}

func main() {
	if len(os.Args) < 2 {
		refuse("usage: bench_go list | WORK [--workers N] [--count N] ...")
	}
	for _, work := range works {
		if os.Args[1] == "list" {
			fmt.Println(work.name)
		} else if os.Args[1] == work.name {
			s := readOptions(os.Args[2:], work.defaultCount)
			useWorkers(s.workers)
			print(work.run(s))
			return
		}
	}
	if os.Args[1] != "list" {
		refuse("there is no work '" + os.Args[1] + "'")
	}
}
