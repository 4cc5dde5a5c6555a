package localnet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hosts returns two hosts and a cable between them. Where the kernel refuses, the test has
// nothing to look at but that the refusal says so.
func hosts(t *testing.T, line Line) (client, server *Host, cable *Cable) {
	t.Helper()
	var err error
	if client, err = New(); err == nil {
		t.Cleanup(client.Close)
		if server, err = New(); err == nil {
			t.Cleanup(server.Close)
			cable, err = Join(client, server, line)
		}
	}
	if errors.Is(err, ErrRefused) && os.Geteuid() != 0 {
		t.Skipf("%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cable.Close)
	return client, server, cable
}

// listen opens a listener on the second host, which sums up what each connection brings
// and answers with the sum.
func listen(t *testing.T, server *Host, cable *Cable) (address string) {
	t.Helper()
	var l net.Listener
	err := server.Do(func() (err error) {
		_, here := cable.Addresses()
		l, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(here, "0"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				sum := sha256.New()
				_, _ = io.Copy(sum, c)
				_, _ = c.Write(sum.Sum(nil))
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, client *Host, address string, userTimeout time.Duration) (*net.TCPConn, error) {
	t.Helper()
	var c net.Conn
	err := client.Do(func() (err error) {
		d := net.Dialer{Timeout: time.Minute, Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(fd uintptr) {
				_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds()))
			})
		}}
		c, err = d.DialContext(t.Context(), "tcp", address)
		return err
	})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn), nil
}

// send sends bytes and compares the sum that comes back.
func send(t *testing.T, c *net.TCPConn, b []byte) {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
	_ = c.CloseWrite()
	got, err := io.ReadAll(c)
	if want := sha256.Sum256(b); err != nil || !bytes.Equal(got, want[:]) {
		t.Errorf("what arrived is not what was sent: %v", err)
	}
}

func TestACableDelaysAndLimitsAndCarriesEveryByte(t *testing.T) {
	t.Parallel()
	const oneWay, mbit, size = 20 * time.Millisecond, 80, 3_000_000
	client, server, cable := hosts(t, Line{Delay: oneWay, Mbit: mbit})
	address := listen(t, server, cable)
	begin := time.Now()
	c, err := dial(t, client, address, 0)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 2*oneWay {
		t.Errorf("a connection took %s, less than a round trip", took)
	}
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i * 31 >> 5)
	}
	begin = time.Now()
	send(t, c, b)
	took := time.Since(begin)
	if least := size*8*time.Microsecond/mbit - credit - ahead; took < least {
		t.Errorf("%d bytes took %s, the line lets them pass in %s", size, took, least)
	}
	t.Logf("%d bytes in %s: %.0f of %d Mbit/s", size, took, size*8/1e6/took.Seconds(), mbit)
}

func TestHostsReachNothingElse(t *testing.T) {
	t.Parallel()
	client, _, _ := hosts(t, Line{})
	outside, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = outside.Close() }()
	if _, err := dial(t, client, outside.Addr().String(), 0); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("this machine's loopback address answers in a host: %v", err)
	}
}

func TestACutIsSilentAndAMendedCableGoesOn(t *testing.T) {
	t.Parallel()
	client, server, cable := hosts(t, Line{})
	address := listen(t, server, cable)
	c, err := dial(t, client, address, 0)
	if err != nil {
		t.Fatal(err)
	}
	cable.After(100_000, cable.Cut)
	mended := make(chan struct{})
	go func() {
		defer close(mended)
		for tick := time.NewTicker(time.Millisecond); cable.Swallowed() < 3; {
			<-tick.C
		}
		cable.Mend()
	}()
	send(t, c, make([]byte, 5_000_000))
	<-mended
	if cable.Swallowed() == 0 || cable.Passed() < 5_000_000 {
		t.Errorf("%d packets were swallowed, %d bytes passed", cable.Swallowed(), cable.Passed())
	}

	// For good: nobody says anything, and the sender's own patience ends it.
	c, err = dial(t, client, address, 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	cable.After(100_000, cable.Cut)
	for err == nil {
		_, err = c.Write(make([]byte, 64<<10))
	}
	if !errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("the cut ended with %v, want a timeout", err)
	}
}

func TestAnUnpluggedCableIsKnownToItsHost(t *testing.T) {
	t.Parallel()
	client, server, cable := hosts(t, Line{})
	address := listen(t, server, cable)
	if err := cable.Unplug(); err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t, client, address, 0); !errors.Is(err, syscall.ENETUNREACH) {
		t.Errorf("without a cable: %v", err)
	}
	if err := cable.Plug(); err != nil {
		t.Fatal(err)
	}
	c, err := dial(t, client, address, 0)
	if err != nil {
		t.Fatal(err)
	}
	send(t, c, []byte("again"))
}
