package session

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// silence says how a network that says nothing any more is noticed: a cable that is cut, a
// firewall that forgets a connection, a host without power. Nobody sends a reset then, and
// the systems' own patience is a quarter of an hour for what was sent and two hours for a
// connection that waits. It holds for both ends: for ours it is set on the socket, for the
// server's by SET, since a session whose client is gone keeps its locks, and the lock on
// staging would refuse the next run.
type silence struct {
	off            bool          // keepalives=0: an idle connection is not probed
	idle, interval time.Duration // before the first probe, and between two
	count          int           // probes without an answer
	user           time.Duration // that what was sent may stay without an answer; 0 is the system's own
}

// defaultSilence notices within two minutes. It cannot be much less: for the system a
// server that takes no more for so long, as one whose disk stalls, is silent as well.
var defaultSilence = silence{idle: 30 * time.Second, interval: 10 * time.Second, count: 6, user: 2 * time.Minute}

// silenceKeywords are libpq's. The driver would send them to the server.
var silenceKeywords = []string{"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}

// parseSilence reads libpq's keywords, with libpq's meaning: seconds, but milliseconds for
// tcp_user_timeout, and 0 is the system's own number.
func parseSilence(settings map[string]string) (silence, error) {
	s := defaultSilence
	for _, key := range silenceKeywords {
		v := settings[key]
		if v == "" {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 32)
		if err != nil || n < 0 {
			return s, fmt.Errorf("%s is not a number from 0", key)
		}
		switch key {
		case "keepalives":
			s.off = n == 0
		case "keepalives_idle":
			s.idle = time.Duration(n) * time.Second
		case "keepalives_interval":
			s.interval = time.Duration(n) * time.Second
		case "keepalives_count":
			s.count = int(n)
		case "tcp_user_timeout":
			s.user = time.Duration(n) * time.Millisecond
		}
	}
	return s, nil
}

// dialer returns one whose sockets notice.
func (s silence) dialer() *net.Dialer {
	// To Go a zero is its own number, and a negative one the system's.
	own := func(n int64) int64 {
		if n == 0 {
			return -1
		}
		return n
	}
	d := &net.Dialer{KeepAlive: -1}
	if !s.off {
		d.KeepAliveConfig = net.KeepAliveConfig{
			Enable: true, Idle: time.Duration(own(int64(s.idle))), Interval: time.Duration(own(int64(s.interval))), Count: int(own(int64(s.count))),
		}
	}
	d.Control = func(network, _ string, raw syscall.RawConn) error {
		if s.user > 0 && strings.HasPrefix(network, "tcp") {
			return limitUnanswered(raw, s.user)
		}
		return nil
	}
	return d
}

// settings are the same for the server's end. A server may refuse them, as one on a system
// that has no such thing does.
func (s silence) settings() [][2]string {
	list := [][2]string{{"tcp_user_timeout", strconv.FormatInt(s.user.Milliseconds(), 10)}}
	if s.off {
		return list
	}
	seconds := func(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
	return append(list, [][2]string{
		{"tcp_keepalives_idle", seconds(s.idle)}, {"tcp_keepalives_interval", seconds(s.interval)}, {"tcp_keepalives_count", strconv.Itoa(s.count)},
	}...)
}

// conninfo is the same as libpq's keywords, for the programs that we start: none of them
// has an environment variable.
func (s silence) conninfo() string {
	info := fmt.Sprintf("tcp_user_timeout=%d", s.user.Milliseconds())
	if s.off {
		return info + " keepalives=0"
	}
	return fmt.Sprintf("%s keepalives_idle=%d keepalives_interval=%d keepalives_count=%d", info, s.idle/time.Second, s.interval/time.Second, s.count)
}
