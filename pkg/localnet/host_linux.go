package localnet

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Host is a computer of its own to all that is started on it: a network namespace.
type Host struct {
	ns *os.File
}

// New makes a host that reaches nothing but itself. The error wraps [ErrRefused] when the
// kernel does not let us.
func New() (*Host, error) {
	h := &Host{}
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("%w: a network namespace: %w", ErrRefused, err)
		}
		var err error
		if h.ns, err = os.Open("/proc/thread-self/ns/net"); err != nil {
			return fmt.Errorf("%w: %w", ErrRefused, err)
		}
		return setUp("lo", true)
	})
	if err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// Do runs f on a thread of the host and returns its error. Only what f does itself is
// there, not what goroutines that it starts do.
func (h *Host) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(h.ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter a network namespace: %w", err)
		}
		return f()
	})
}

// Close lets the host go. What was started in it lives on.
func (h *Host) Close() {
	if h.ns != nil {
		_ = h.ns.Close()
	}
}

// onThread runs f on a thread of its own, which ends with it: nothing else may run on a
// thread that has left this process's network.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		done <- f()
	}()
	return <-done
}

// setUp takes an interface of the calling thread's network up or down.
func setUp(name string, up bool) error {
	control, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(control) }()
	return flag(control, name, up)
}

// flag sets an interface up or down through a socket of its network.
func flag(control int, name string, up bool) error {
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(control, unix.SIOCGIFFLAGS, req); err != nil {
		return fmt.Errorf("look at the interface %s: %w", name, err)
	}
	flags := req.Uint16() &^ unix.IFF_UP
	if up {
		flags |= unix.IFF_UP
	}
	req.SetUint16(flags)
	if err := unix.IoctlIfreq(control, unix.SIOCSIFFLAGS, req); err != nil {
		return fmt.Errorf("set the interface %s up or down: %w", name, err)
	}
	return nil
}
