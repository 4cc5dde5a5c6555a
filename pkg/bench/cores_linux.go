package bench

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// useCores has the calling thread use these cores alone, and so do the programs that it
// starts. Without any nothing changes.
func useCores(cores []int) error {
	if len(cores) == 0 {
		return nil
	}
	var set unix.CPUSet
	for _, c := range cores {
		set.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("use the cores %v alone: %w", cores, err)
	}
	return nil
}
