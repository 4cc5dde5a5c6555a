//go:build !linux

package cli

// Harden does nothing on this system: whoever may look into a process of this account
// may do so. It returns the arguments as they are.
func Harden(args []string) []string { return args }
