package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/localnet"
	"github.com/understudy-db/understudy/pkg/localpg"
)

// end is where a server stands.
type end int

const (
	sourceEnd end = iota
	targetEnd
)

// network is what lies between the contenders and the servers.
type network interface {
	what() string                                                    // for the series' name; empty: the loopback
	at(e end, start func(address string) error) error                // runs start where a server is to be
	reach(ctx context.Context, source, target *localpg.Server) error // makes the ways to them
	leave()                                                          // ends the ways
	from(database string) string                                     // the source's address for contenders
	into(database string) string                                     // the target's
	start(c *exec.Cmd) error                                         // starts a program where contenders are
	close()
}

// openNetwork makes the most real network that this machine has: hosts with cables between
// them, or else a relay.
func openNetwork(ctx context.Context, roundTrip time.Duration, mbit int) (network, error) {
	if roundTrip <= 0 && mbit <= 0 {
		return &loopback{}, nil
	}
	n, err := openHosts(localnet.Line{Delay: roundTrip / 2, Mbit: mbit})
	if errors.Is(err, localnet.ErrRefused) {
		return &relays{roundTrip: roundTrip, mbit: mbit, why: err}, nil
	}
	return n, err
}

// loopback is no network: everything is on this machine.
type loopback struct{ source, target *localpg.Server }

func (*loopback) what() string { return "" }

func (*loopback) at(_ end, start func(string) error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and what was set for it
		done <- start("")
	}()
	return <-done
}

func (l *loopback) reach(_ context.Context, source, target *localpg.Server) error {
	l.source, l.target = source, target
	return nil
}

func (*loopback) leave()                        {}
func (l *loopback) from(database string) string { return l.source.DSN(database) }
func (l *loopback) into(database string) string { return l.target.DSN(database) }
func (*loopback) start(c *exec.Cmd) error       { return c.Start() }
func (*loopback) close()                        {}

// hosts is a machine for each server and one for the contenders, with a cable from there to each.
type hosts struct {
	line    localnet.Line
	client  *localnet.Host
	servers [2]*localnet.Host
	cables  [2]*localnet.Cable
	loopback
}

func openHosts(line localnet.Line) (_ *hosts, err error) {
	h := &hosts{line: line}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.client, err = localnet.New(); err != nil {
		return nil, err
	}
	for i := range h.servers {
		if h.servers[i], err = localnet.New(); err != nil {
			return nil, err
		}
		if h.cables[i], err = localnet.Join(h.client, h.servers[i], line); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *hosts) what() string {
	return fmt.Sprintf(", %s and %d Mbit/s between three hosts (namespaces)", 2*h.line.Delay, h.line.Mbit)
}

func (h *hosts) at(e end, start func(string) error) error {
	_, there := h.cables[e].Addresses()
	return h.servers[e].Do(func() error { return start(there) })
}

func (h *hosts) start(c *exec.Cmd) error { return h.client.Do(c.Start) }

func (h *hosts) close() {
	for _, c := range h.cables {
		if c != nil {
			c.Close()
		}
	}
	for _, host := range []*localnet.Host{h.client, h.servers[sourceEnd], h.servers[targetEnd]} {
		if host != nil {
			host.Close()
		}
	}
}

// relays are the loopback with a relay before each server.
type relays struct {
	roundTrip time.Duration
	mbit      int
	why       error
	links     []*link
	there     [2]string
	loopback
}

func (r *relays) what() string {
	return fmt.Sprintf(", %s and %d Mbit/s to each server through a relay (%v)", r.roundTrip, r.mbit, r.why)
}

func (r *relays) reach(ctx context.Context, source, target *localpg.Server) error {
	for i, s := range []*localpg.Server{source, target} {
		l, there, err := openLink(ctx, s.DSN(""), r.roundTrip, r.mbit)
		if err != nil {
			return err
		}
		r.links, r.there[i] = append(r.links, l), there
	}
	return nil
}

func (r *relays) leave() {
	for _, l := range r.links {
		l.Close()
	}
	r.links = nil
}

func (r *relays) from(database string) string { return named(r.there[sourceEnd], database) }
func (r *relays) into(database string) string { return named(r.there[targetEnd], database) }

// named puts a database's name into an address that has none.
func named(address, database string) string {
	return strings.Replace(address, "/?", "/"+database+"?", 1)
}
