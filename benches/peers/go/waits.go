// Goroutines that wait: sleepers, awaiters of one promise, starts, files, and what they keep in memory.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func sleepers(count int) float64 {
	start := time.Now()
	var all sync.WaitGroup
	all.Add(count)
	for n := 0; n < count; n++ {
		go func() {
			time.Sleep(100 * time.Millisecond)
			all.Done()
		}()
	}
	all.Wait()
	assert(time.Since(start) >= 100*time.Millisecond)
	return millis(time.Since(start))
}

// awaiters has 1,000 goroutines wait for a channel that is closed once the value is there.
func awaiters() []float64 {
	const count, answer = 1_000, 42
	resolved, value := make(chan struct{}), 0
	values := make(chan int, count)
	var arrived int32
	start := time.Now()
	for n := 0; n < count; n++ {
		go func() {
			atomic.AddInt32(&arrived, 1)
			<-resolved
			values <- value
		}()
	}
	for atomic.LoadInt32(&arrived) < count {
		runtime.Gosched()
	}
	invoking := time.Since(start)
	time.Sleep(20 * time.Millisecond)
	start = time.Now()
	value = answer
	close(resolved)
	sum := 0
	for n := 0; n < count; n++ {
		sum += <-values
	}
	waking := time.Since(start)
	assert(sum == count*answer)
	return []float64{millis(invoking + waking), millis(waking)}
}

// starts watches for each start while it goes on computing, right after another one and after a rest.
func starts() []float64 {
	soon := samples(2_000, func() { compute(2 * time.Microsecond) })
	rested := samples(200, func() { time.Sleep(3 * time.Millisecond) })
	return []float64{soon, rested}
}

func samples(count int, pause func()) float64 {
	var latencies []float64
	for n := 0; n < count; n++ {
		pause()
		var started int64
		invoked := time.Now()
		go func() { atomic.StoreInt64(&started, time.Since(invoked).Nanoseconds()) }()
		for atomic.LoadInt64(&started) == 0 {
		}
		if n >= count/10 {
			latencies = append(latencies, float64(started)/1e3)
		}
	}
	sort.Float64s(latencies)
	return latencies[len(latencies)/2]
}

// checksum hashes the tree twice, by two goroutines that take the next file.
func checksum() []float64 {
	tree := os.Getenv("BENCHES_TREE")
	sums(tree)
	start := time.Now()
	lines := sums(tree)
	time := time.Since(start)
	sort.Strings(lines)
	digest := sha256.New()
	for _, line := range lines {
		io.WriteString(digest, line+"\n")
	}
	expected, _ := os.ReadFile(filepath.Join(tree, "expected"))
	assert(hex.EncodeToString(digest.Sum(nil)) == strings.TrimSpace(string(expected)))
	return []float64{millis(time)}
}

func sums(tree string) []string {
	files := make(chan string, 64)
	root := filepath.Join(tree, "files")
	go func() {
		filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				files <- path
			}
			return err
		})
		close(files)
	}()
	var all sync.WaitGroup
	var lock sync.Mutex
	var lines []string
	for n := 0; n < runtime.GOMAXPROCS(0); n++ {
		all.Add(1)
		go func() {
			defer all.Done()
			var mine []string
			buffer := make([]byte, 64*1024)
			for path := range files {
				below, _ := filepath.Rel(root, path)
				mine = append(mine, hash(path, buffer)+"  "+below)
			}
			lock.Lock()
			lines = append(lines, mine...)
			lock.Unlock()
		}()
	}
	all.Wait()
	return lines
}

func hash(path string, buffer []byte) string {
	file, err := os.Open(path)
	assert(err == nil)
	defer file.Close()
	digest := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{digest}, struct{ io.Reader }{file}, buffer)
	assert(err == nil)
	return hex.EncodeToString(digest.Sum(nil))
}

// memory measures channels that hold a value, and goroutines that wait for one.
func memory() []float64 {
	const promises, blocked = 500_000, 5_000
	fanOut(100)
	runtime.GC()
	before := resident()
	held := make([]chan int, promises)
	for n := range held {
		held[n] = make(chan int, 1)
		trivial(n, held[n])
	}
	completed := (resident() - before) / promises
	never := make(chan int)
	before = resident()
	for n := 0; n < blocked; n++ {
		go func() { <-never }()
	}
	time.Sleep(200 * time.Millisecond)
	waiting := (resident() - before) / blocked
	runtime.KeepAlive(held)
	return []float64{completed, math.NaN(), waiting}
}

func resident() float64 {
	rollup, _ := os.ReadFile("/proc/self/smaps_rollup")
	for _, line := range strings.Split(string(rollup), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Rss:" {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			return kib * 1024
		}
	}
	return -1
}
