package cli

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Harden makes the process keep its memory to itself: no core file, nothing for a
// debugger of the same account, and no password in the list of processes. It is for main
// alone, before anything else, and takes the arguments as the system gave them.
func Harden(args []string) []string {
	// What cannot be had is no reason to stop: a container may forbid either.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = strings.Clone(a)
		for _, span := range passwordsIn(a) {
			// Go's arguments are the system's own memory, which the list of processes is read from.
			clear(unsafe.Slice(unsafe.StringData(a), len(a))[span[0]:span[1]])
		}
	}
	return out
}
