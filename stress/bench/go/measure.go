// How the program measures: the same as ../harness does for the programs in C++.

package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

type metric struct {
	name  string
	value float64
}

// Rounds that take less are repeated until they have taken so long together.
const shortestMeasurement = 100 * time.Millisecond

// What one of `operations` costs when `round` does that many of them. The first round warms up.
func costOfRounds(operations int, round func()) []metric {
	round()
	cpuBefore := cpuSeconds()
	start := time.Now()
	done := 0.0
	for elapsed := time.Duration(0); elapsed < shortestMeasurement; elapsed = time.Since(start) {
		round()
		done += float64(operations)
	}
	return []metric{
		{"ns", time.Since(start).Seconds() / done * 1e9},
		{"cpu_ns", (cpuSeconds() - cpuBefore) / done * 1e9},
		{"peak_mib", peakMib()},
	}
}

func percentiles(microseconds []float64) []metric {
	sort.Float64s(microseconds)
	at := func(fraction float64) float64 {
		index := int(fraction * float64(len(microseconds)))
		if index > len(microseconds)-1 {
			index = len(microseconds) - 1
		}
		return microseconds[index]
	}
	return []metric{{"p50_us", at(0.5)}, {"p99_us", at(0.99)}, {"max_us", at(1)}}
}

// What the process uses while nobody does anything.
func watchIdle(seconds float64) []metric {
	time.Sleep(100 * time.Millisecond) // The start is no part of it.
	cpuBefore, switchesBefore := cpuSeconds(), voluntarySwitches()
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	return []metric{
		{"cpu_us_per_s", (cpuSeconds() - cpuBefore) / seconds * 1e6},
		// One of them is this goroutine's.
		{"switches_per_s", (voluntarySwitches() - switchesBefore - 1) / seconds},
	}
}

// Deadlines of timers, within a second, the same in every program: xorshift64.
type deadlines uint64

func (state *deadlines) next() time.Duration {
	*state ^= *state << 13
	*state ^= *state >> 7
	*state ^= *state << 17
	return time.Duration(*state%1000000) * time.Microsecond
}

// What the recursive Fibonacci function gives, and how many calls it makes.
func fibonacciOf(n int) int {
	current, next := 0, 1
	for ; n > 0; n-- {
		current, next = next, current+next
	}
	return current
}

func fibonacciCalls(n int) int { return 2*fibonacciOf(n+1) - 1 }

func require(holds bool, what string) {
	if !holds {
		fmt.Fprintln(os.Stderr, "wrong result:", what)
		os.Exit(1)
	}
}

func cpuSeconds() float64 {
	const processCpuTime = 2 // CLOCK_PROCESS_CPUTIME_ID
	var moment syscall.Timespec
	_, _, failure := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, processCpuTime,
		uintptr(unsafe.Pointer(&moment)), 0)
	require(failure == 0, "clock_gettime")
	return float64(moment.Sec) + float64(moment.Nsec)*1e-9
}

// Sleeps in the kernel, away from the runtime, which does not notice.
func sleepOutside(pause time.Duration) {
	wanted := syscall.NsecToTimespec(int64(pause))
	syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&wanted)), 0, 0)
}

func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	require(err == nil, "/proc/self/statm")
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	require(err == nil, "/proc/self/statm")
	return pages * float64(os.Getpagesize())
}

func usage() syscall.Rusage {
	var usage syscall.Rusage
	require(syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil, "getrusage")
	return usage
}

// Not Maxrss: that begins with what the parent had when it forked.
func peakMib() float64 {
	text, err := os.ReadFile("/proc/self/status")
	require(err == nil, "/proc/self/status")
	_, rest, found := strings.Cut(string(text), "VmHWM:")
	require(found, "VmHWM")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	require(err == nil, "VmHWM")
	return kib / 1024
}

func voluntarySwitches() float64 { return float64(usage().Nvcsw) }

func useWorkers(workers int) { runtime.GOMAXPROCS(workers) }
