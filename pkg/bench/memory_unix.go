//go:build unix

package bench

import (
	"os"
	"runtime"
	"syscall"
)

// maxRSS is the largest memory, in bytes, that an ended process or one of its ended
// children had. Linux counts in KiB, the BSDs and macOS in bytes.
func maxRSS(s *os.ProcessState) int64 {
	u, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "linux" {
		return int64(u.Maxrss) << 10
	}
	return int64(u.Maxrss)
}
