// Goroutines that do next to nothing, so that the rest is the runtime. Go has no thread outside its
// runtime, so there is no `inject`; and no signal other than the channel.

package main

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	yieldingTasks = 1000
	manyPairs     = 1000
)

// A goroutine has no handle to wait for: a channel for each stands for it.
func spawnJoin(s settings) []metric {
	return costOfRounds(s.count, func() {
		results := make([]chan int, s.count)
		for number := range results {
			result := make(chan int, 1)
			results[number] = result
			number := number
			go func() { result <- number }()
		}
		sum := 0
		for _, result := range results {
			sum += <-result
		}
		require(sum == s.count*(s.count-1)/2, "the sum of what the tasks gave")
	})
}

func spawnDetached(s settings) []metric {
	return costOfRounds(s.count, func() {
		var done sync.WaitGroup
		done.Add(s.count)
		for number := 0; number < s.count; number++ {
			go done.Done()
		}
		done.Wait()
	})
}

func yield(s settings) []metric {
	return costOfRounds(s.count, func() {
		var done sync.WaitGroup
		done.Add(yieldingTasks)
		for number := 0; number < yieldingTasks; number++ {
			go func() {
				for time := 0; time < s.count/yieldingTasks; time++ {
					runtime.Gosched()
				}
				done.Done()
			}()
		}
		done.Wait()
	})
}

func channelPair(roundTrips int) int {
	questions, answers := make(chan int, 1), make(chan int, 1)
	go func() {
		for trip := 0; trip < roundTrips; trip++ {
			answers <- <-questions + 1
		}
	}()
	number := 0
	for trip := 0; trip < roundTrips; trip++ {
		questions <- number
		number = <-answers
	}
	return number
}

func measurePairs(s settings, pairs int) []metric {
	roundTrips := s.count / pairs
	return costOfRounds(s.count, func() {
		var done sync.WaitGroup
		done.Add(pairs)
		for number := 0; number < pairs; number++ {
			go func() {
				require(channelPair(roundTrips) == roundTrips, "a pair lost a round trip")
				done.Done()
			}()
		}
		done.Wait()
	})
}

func channel(s settings) []metric      { return measurePairs(s, 1) }
func channelPairs(s settings) []metric { return measurePairs(s, manyPairs) }

func fibonacci(n int, result chan<- int) {
	if n < 2 {
		result <- n
		return
	}
	parts := make(chan int, 2)
	go fibonacci(n-1, parts)
	go fibonacci(n-2, parts)
	result <- <-parts + <-parts
}

func forkJoin(s settings) []metric {
	return costOfRounds(fibonacciCalls(s.count), func() {
		result := make(chan int, 1)
		go fibonacci(s.count, result)
		require(<-result == fibonacciOf(s.count), "the Fibonacci number")
	})
}

// The nearest to an outside thread: a goroutine that has a thread to itself and sleeps in the
// kernel, where the runtime does not know of it. It holds a worker, so there is one more.
func wakeIdle(s settings) []metric {
	useWorkers(s.workers + 1)
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	var latency int64
	var ran uint32
	var latencies []float64
	for number := 0; number < s.count; number++ {
		atomic.StoreUint32(&ran, 0)
		sleepOutside(200 * time.Microsecond)
		start := time.Now()
		go func() {
			atomic.StoreInt64(&latency, int64(time.Since(start)))
			atomic.StoreUint32(&ran, 1)
		}()
		for {
			sleepOutside(100 * time.Microsecond)
			if atomic.LoadUint32(&ran) == 1 {
				break
			}
		}
		latencies = append(latencies, float64(atomic.LoadInt64(&latency))/1000)
	}
	return percentiles(latencies)
}
