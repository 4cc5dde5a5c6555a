//go:build !linux

package bench

import "errors"

// useCores is for Linux only.
func useCores(cores []int) error {
	if len(cores) > 0 {
		return errors.New("a server's cores can be limited on Linux only")
	}
	return nil
}
