package night

import (
	"bytes"
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// proxy stands between the tool and a server, and cuts or slows what passes.
type proxy struct {
	listener net.Listener
	server   string
	cutAfter int64         // bytes that may pass towards the tool or the server, of all connections together; 0: any
	once     bool          // after the cut new connections pass
	delay    time.Duration // before each piece of what passes
	struck   bool          // the delay ends when the fault has struck
	rowsOnly bool          // the delay begins with the first COPY; what is asked before it passes at once

	slow   atomic.Bool
	rows   chan struct{} // closed with the first COPY
	told   sync.Once
	mu     sync.Mutex
	open   map[net.Conn]bool
	passed atomic.Int64
	cuts   atomic.Int64
	closed bool
}

// again is a proxy that does the same from the beginning.
func (p *proxy) again() *proxy {
	return &proxy{cutAfter: p.cutAfter, once: p.once, delay: p.delay, rowsOnly: p.rowsOnly, struck: p.struck}
}

// through starts a proxy for the server of a DSN and returns it with the DSN that leads through it.
func through(t testing.TB, dsn string, p *proxy) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the DSN is no URL")
	}
	p.server, p.open = u.Host, map[net.Conn]bool{}
	p.slow.Store(!p.rowsOnly)
	p.rows = make(chan struct{})
	if p.listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	go p.accept()
	t.Cleanup(p.close)
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := p.dial()
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		refuse := p.closed || p.cuts.Load() > 0 && !p.once
		if !refuse {
			p.open[client], p.open[server] = true, true
		}
		p.mu.Unlock()
		if refuse {
			_ = client.Close()
			_ = server.Close()
			continue
		}
		go p.pass(client, server)
		go p.pass(server, client)
	}
}

// dial connects to the server. Where it is slow the system buffers little: a server that
// has sent all its rows is done with them, whatever has arrived.
func (p *proxy) dial() (net.Conn, error) {
	var d net.Dialer
	if p.delay > 0 {
		d.Control = func(_, _ string, c syscall.RawConn) error {
			var err error
			cerr := c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 16<<10) })
			return errors.Join(cerr, err)
		}
	}
	return d.Dial("tcp", p.server)
}

// pass hands bytes on until the end, or the cut.
func (p *proxy) pass(to, from net.Conn) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
		p.mu.Lock()
		delete(p.open, to)
		delete(p.open, from)
		p.mu.Unlock()
	}()
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if p.rowsOnly && to.RemoteAddr().String() == p.server && bytes.Contains(b[:n], []byte("COPY ")) {
				p.told.Do(func() {
					p.slow.Store(true)
					close(p.rows)
				})
			}
			if p.delay > 0 && p.slow.Load() {
				time.Sleep(p.delay) //nolint:forbidigo // a slow network is what is played
			}
			if now := p.passed.Add(int64(n)); p.cutAfter > 0 && now >= p.cutAfter && p.cuts.CompareAndSwap(0, 1) {
				p.cut()
				return
			}
			if _, werr := to.Write(b[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// hurry ends the delay.
func (p *proxy) hurry() {
	if p != nil {
		p.slow.Store(false)
	}
}

// cut resets every connection, as a router does that restarts.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cut()
}
