package bench

import (
	"context"
	"errors"
	"net"
	"net/url"
	"sync"
	"time"
)

// link is a network between this tool and a server, made in this process: a relay that
// holds every byte back for half of the round trip and lets no more through than the
// bandwidth, in each direction, for all connections together. It leaves out what a real
// network does to a TCP window: loss, and the growth from small windows. It is for machines
// that make no hosts.
type link struct {
	listener net.Listener
	to       string
	delay    time.Duration // one way
	perByte  time.Duration // 0: no limit
	up, down lane
	conns    sync.WaitGroup
}

// lane is one direction, shared by all connections.
type lane struct {
	mu   sync.Mutex
	free time.Time // when the last byte that was let in will have left
}

// book returns when so many bytes, which are there now, have passed the lane.
func (l *lane) book(n int, perByte time.Duration) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(n) * perByte)
	return l.free
}

// openLink listens on the loopback address. roundTrip is of the whole way, mbit the
// bandwidth in megabit a second, 0 without a limit.
func openLink(ctx context.Context, dsn string, roundTrip time.Duration, mbit int) (*link, string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, "", errors.New("the server's address cannot be read") // the error would hold the password
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	l := &link{listener: listener, to: u.Host, delay: roundTrip / 2}
	if mbit > 0 {
		l.perByte = time.Duration(8000/mbit) * time.Nanosecond
	}
	go l.accept(ctx)
	u.Host = listener.Addr().String()
	return l, u.String(), nil
}

func (l *link) accept(ctx context.Context) {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		l.conns.Go(func() {
			var ways sync.WaitGroup
			ways.Go(func() { l.carry(server, client, &l.up) })
			ways.Go(func() { l.carry(client, server, &l.down) })
			ways.Wait()
		})
	}
}

// parcel is some bytes under way.
type parcel struct {
	b   []byte
	due time.Time
}

// onTheWay is how many parcels a direction holds: at 64 KiB each more than a gigabit
// carries in a quarter of a second.
const onTheWay = 512

// carry moves bytes from one end to the other, and the end of the stream after them.
func (l *link) carry(to, from net.Conn, way *lane) {
	under := make(chan parcel, onTheWay)
	go func() {
		defer close(under)
		for {
			b := make([]byte, 64<<10)
			n, err := from.Read(b)
			if n > 0 {
				under <- parcel{b[:n], way.book(n, l.perByte).Add(l.delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	broken := false
	for p := range under { // to its end, or the reader would wait for ever
		if broken {
			continue
		}
		if wait := time.Until(p.due); wait > 0 {
			<-time.After(wait)
		}
		if _, err := to.Write(p.b); err != nil {
			broken = true
			_ = from.Close()
		}
	}
	_ = to.Close()
}

// Close ends every connection and waits for them.
func (l *link) Close() {
	_ = l.listener.Close()
	l.conns.Wait()
}
