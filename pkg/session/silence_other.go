//go:build !linux

package session

import (
	"syscall"
	"time"
)

// limitUnanswered does nothing: the system's own patience is what there is.
func limitUnanswered(syscall.RawConn, time.Duration) error { return nil }
