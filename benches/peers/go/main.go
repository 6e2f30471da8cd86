// Go's part in the benchmarks: `peer WORKLOAD` prints the figures, then the peak of resident memory.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// What each workload measures. Sizes and warm-ups are those of benches/src/work.
var workloads = map[string]func() []float64{
	"ping":         func() []float64 { return []float64{millis(timed(2_000, 20_000, pings))} },
	"ping-busy":    func() []float64 { return []float64{micros(timed(200, 2_000, busyPings)) / 2_000} },
	"fan-out-10k":  func() []float64 { return []float64{millis(timed(1_000, 10_000, fanOut))} },
	"fan-out-100k": func() []float64 { return []float64{millis(timed(10_000, 100_000, fanOut))} },
	"fan-out-busy": func() []float64 { return []float64{millis(timed(1_000, 10_000, busyFanOut))} },
	"start":        starts,
	"fib-18":       func() []float64 { return []float64{millis(timed(13, 18, checkedFib))} },
	"fib-27":       func() []float64 { return []float64{millis(timed(13, 27, checkedFib))} },
	"chain-1k":     func() []float64 { return []float64{millis(timed(100, 1_000, checkedChain))} },
	"chain-10k":    func() []float64 { return []float64{millis(timed(1_000, 10_000, checkedChain))} },
	"chain-30k":    func() []float64 { return []float64{millis(timed(3_000, 30_000, checkedChain))} },
	"chain-1m":     func() []float64 { return []float64{millis(timed(0, 1_000_000, checkedChain))} },
	"skynet":       func() []float64 { return []float64{millis(timed(1_000, 1_000_000, checkedSkynet))} },
	"sleepers-1k":  func() []float64 { return []float64{sleepers(1_000), sleepers(1_000)} },
	"sleepers-10k": func() []float64 { return []float64{sleepers(10_000), sleepers(10_000)} },
	"awaiters":     func() []float64 { awaiters(); return awaiters() },
	"checksum":     checksum,
	"memory":       memory,
}

func main() {
	measure, known := workloads[os.Args[1]]
	if !known {
		fmt.Fprintln(os.Stderr, "no such workload")
		os.Exit(3)
	}
	var line []string
	for _, figure := range append(measure(), peak()) {
		line = append(line, strconv.FormatFloat(figure, 'g', -1, 64))
	}
	fmt.Println(strings.Join(line, " "))
}

// timed gives the time of a run after a smaller one.
func timed(warmUp, size int, f func(int)) time.Duration {
	f(warmUp)
	start := time.Now()
	f(size)
	return time.Since(start)
}

func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// compute keeps a processor busy for about that long.
func compute(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}

func assert(holds bool) {
	if !holds {
		panic("a wrong result")
	}
}

// peak is the most memory that was resident at once, in MiB.
func peak() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			return kib / 1024
		}
	}
	return -1
}
