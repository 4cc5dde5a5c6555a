//go:build unix

package snapshot

import (
	"os/exec"
	"syscall"
)

// detach gives a command a session of its own.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
