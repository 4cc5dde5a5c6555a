package session

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// limitUnanswered bounds how long what was sent may stay without an answer.
func limitUnanswered(raw syscall.RawConn, d time.Duration) error {
	var err error
	called := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds()))
	})
	return errors.Join(called, err)
}
