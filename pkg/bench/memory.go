package bench

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What the kernel says of a process that has ended will not do: ru_maxrss of one that Go started is at
// least the memory of the process that started it, with which it shared it for a moment. So
// the programs are looked at while they run.

// lookEvery is how often: the kernel keeps the peak of each, so that only the end can be missed.
const lookEvery = 50 * time.Millisecond

// watchMemory looks at a process that runs, and at all that it starts, until the function
// that it returns is called, which returns the largest memory that one of them had, in bytes. Without /proc it is 0.
func watchMemory(pid int) func() int64 {
	var watching sync.WaitGroup
	end, most := make(chan struct{}), peakMemory(strconv.Itoa(pid))
	watching.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for ended := false; !ended; {
			select {
			case <-end:
				ended = true
			case <-tick.C:
			}
			most = max(most, peakMemory(strconv.Itoa(pid)))
		}
	})
	return func() int64 {
		close(end)
		watching.Wait()
		return most
	}
}

// peakMemory is the most memory that a process or one of its descendants has had until now, in bytes.
func peakMemory(pid string) int64 {
	most := int64(0)
	status, _ := os.ReadFile("/proc/" + pid + "/status") // one that has ended has none
	if _, rest, ok := strings.Cut(string(status), "\nVmHWM:"); ok {
		line, _, _ := strings.Cut(rest, " kB\n")
		kib, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		most = kib << 10
	}
	threads, _ := os.ReadDir("/proc/" + pid + "/task")
	for _, t := range threads {
		children, _ := os.ReadFile("/proc/" + pid + "/task/" + t.Name() + "/children")
		for child := range strings.FieldsSeq(string(children)) {
			most = max(most, peakMemory(child))
		}
	}
	return most
}
