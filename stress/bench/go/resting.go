// What it costs to do nothing: an idle runtime, goroutines that wait for ever or for a time.

package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func idle(s settings) []metric {
	done := make(chan struct{})
	go close(done)
	<-done
	return watchIdle(s.seconds)
}

func idleMemory(s settings) []metric {
	runtime.GC()
	before := residentBytes()
	never := make(chan struct{})
	var started int64
	for number := 0; number < s.count; number++ {
		go func() {
			atomic.AddInt64(&started, 1)
			<-never
		}()
	}
	for atomic.LoadInt64(&started) != int64(s.count) {
		time.Sleep(time.Millisecond)
	}
	return []metric{{"bytes", (residentBytes() - before) / float64(s.count)}}
}

func timers(s settings) []metric {
	lateness := make([]float64, s.count)
	var done sync.WaitGroup
	done.Add(s.count)
	times := deadlines(88172645463325252)
	cpuBefore := cpuSeconds()
	for number := range lateness {
		late, pause := &lateness[number], times.next()
		go func() {
			deadline := time.Now().Add(pause)
			time.Sleep(pause)
			*late = float64(time.Since(deadline)) / 1000
			done.Done()
		}()
	}
	done.Wait()
	cpu := cpuSeconds() - cpuBefore
	metrics := []metric{{"cpu_s", cpu}, {"cpu_us_per_timer", cpu * 1e6 / float64(s.count)}}
	metrics = append(metrics, percentiles(lateness)...)
	require(lateness[0] >= -1000, "a timer came too early") // They are sorted now.
	return append(metrics, metric{"peak_mib", peakMib()})
}
