package localnet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Cable joins two hosts. Its methods may be called from any goroutine.
type Cable struct {
	ends    [2]*end
	line    atomic.Pointer[Line]
	cut     atomic.Bool
	passed  atomic.Int64
	swallow atomic.Int64
	alarm   atomic.Pointer[alarm]
	carries sync.WaitGroup
}

// end is a cable's interface in one host.
type end struct {
	name    string
	address netip.Addr
	device  *os.File
	control *os.File // a socket of the host, to speak of the interface
	mu      sync.Mutex
	free    time.Time // when the last packet that came in here will have left
}

// alarm is what is to happen after so many bytes.
type alarm struct {
	at   int64
	once sync.Once
	f    func()
}

// headroom is what the kernel puts before each packet: how it is to be cut into segments
// and whether its sum is still to be made. It is handed on with the packet.
const headroom = 10

// largest is the largest packet: the kernel gives several segments as one.
const largest = headroom + 1<<16

// frame is what a segment needs on an Ethernet beside its own bytes: preamble, header,
// checksum and gap.
const frame = 38

// underWay is how many packets one direction holds: of 64 KiB, more than a gigabit carries
// in a quarter of a second.
const underWay = 512

// ahead is how far the line may be booked before the next packet is taken: more than a
// timer is late, so that the line is never idle for that.
const ahead = 2 * time.Millisecond

// credit is what a line that was idle may catch up: on a busy machine this process is late
// for its packets, and the line would have less than its bandwidth for that.
const credit = 20 * time.Millisecond

// count numbers the cables of this process: each is a network of four addresses.
var count atomic.Uint32

// Join lays a cable between two hosts.
func Join(first, second *Host, line Line) (*Cable, error) {
	c := &Cable{}
	c.line.Store(&line)
	n := count.Add(1)
	for i, h := range []*Host{first, second} {
		e := &end{name: fmt.Sprintf("cable%d", n), address: netip.AddrFrom4([4]byte{10, byte(100 + n>>8&63), byte(n), byte(1 + i)})}
		c.ends[i] = e
		if err := h.Do(e.open); err != nil {
			c.Close()
			return nil, fmt.Errorf("%w: a network interface: %w", ErrRefused, err)
		}
	}
	c.carries.Go(func() { c.carry(c.ends[1], c.ends[0]) })
	c.carries.Go(func() { c.carry(c.ends[0], c.ends[1]) })
	return c, nil
}

// open makes the interface, on a thread of its host.
func (e *end) open() error {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	keep := false
	defer func() {
		if !keep {
			_ = unix.Close(fd)
		}
	}()
	req, err := unix.NewIfreq(e.name)
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, req); err != nil {
		return err
	}
	// Sums and segments are left to the other end, as a network card does it.
	if err := unix.IoctlSetInt(fd, unix.TUNSETOFFLOAD, unix.TUN_F_CSUM|unix.TUN_F_TSO4); err != nil {
		return err
	}
	control, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	e.control = os.NewFile(uintptr(control), "control of "+e.name)
	for _, set := range []struct {
		request uint
		address netip.Addr
	}{{unix.SIOCSIFADDR, e.address}, {unix.SIOCSIFNETMASK, netip.AddrFrom4([4]byte{255, 255, 255, 252})}} {
		four := set.address.As4()
		if err := req.SetInet4Addr(four[:]); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(control, set.request, req); err != nil {
			return err
		}
	}
	if err := flag(control, e.name, true); err != nil {
		return err
	}
	keep = true
	e.device = os.NewFile(uintptr(fd), e.name)
	return nil
}

// packet is one under way.
type packet struct {
	b   []byte
	due time.Time
}

// carry hands packets on from one end to the other, until the cable is closed.
func (c *Cable) carry(to, from *end) {
	packets := make(chan packet, underWay)
	buffers := sync.Pool{New: func() any { b := make([]byte, largest); return &b }}
	var arrives sync.WaitGroup
	arrives.Go(func() {
		for p := range packets {
			pause(time.Until(p.due))
			if c.cut.Load() {
				c.swallow.Add(1)
			} else {
				_, _ = to.device.Write(p.b) // an interface that is down takes none: it is lost
			}
			b := p.b[:largest]
			buffers.Put(&b)
		}
	})
	for {
		b := *buffers.Get().(*[]byte) //nolint:forcetypeassert // there is nothing else in it
		n, err := from.device.Read(b)
		if errors.Is(err, os.ErrClosed) {
			break
		}
		if err != nil || n < headroom {
			pause(ahead) // an interface that is being taken down
			continue
		}
		c.pass(int64(n - headroom))
		if c.cut.Load() {
			c.swallow.Add(1)
			buffers.Put(&b)
			continue
		}
		line := c.line.Load()
		packets <- packet{b[:n], from.book(b[:n], line.Mbit).Add(line.Delay)}
	}
	close(packets)
	arrives.Wait()
}

// book returns when a packet that is there now has left, and waits while the line is full.
func (e *end) book(b []byte, mbit int) time.Time {
	now := time.Now()
	if mbit == 0 {
		return now
	}
	e.mu.Lock()
	if earliest := now.Add(-credit); e.free.Before(earliest) {
		e.free = earliest
	}
	e.free = e.free.Add(time.Duration(onTheWire(b)) * 8 * time.Microsecond / time.Duration(mbit))
	left := e.free
	e.mu.Unlock()
	if left.Before(now) {
		return now
	}
	pause(left.Sub(now) - ahead)
	return left
}

// onTheWire is the length of a packet's segments on an Ethernet, in bytes.
func onTheWire(b []byte) int {
	total := len(b) - headroom
	header, segment := int(binary.NativeEndian.Uint16(b[2:])), int(binary.NativeEndian.Uint16(b[4:]))
	segments := 1
	if b[1] != unix.VIRTIO_NET_HDR_GSO_NONE && segment > 0 && total > header {
		segments = (total - header + segment - 1) / segment
	}
	return total + (segments-1)*header + segments*frame
}

// pass counts bytes and raises the alarm.
func (c *Cable) pass(n int64) {
	now := c.passed.Add(n)
	if a := c.alarm.Load(); a != nil && now >= a.at {
		a.once.Do(a.f)
	}
}

// pause waits, unless there is nothing to wait for.
func pause(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// Addresses returns those of the first and of the second host on this cable.
func (c *Cable) Addresses() (first, second string) {
	return c.ends[0].address.String(), c.ends[1].address.String()
}

// Set changes what the cable does to the packets that come from now on.
func (c *Cable) Set(line Line) { c.line.Store(&line) }

// After calls f once, when so many bytes more have passed, in both directions together. It
// takes the place of what was to happen before.
func (c *Cable) After(n int64, f func()) { c.alarm.Store(&alarm{at: c.passed.Load() + n, f: f}) }

// Cut has the cable swallow every packet, those under way too. Neither host is told.
func (c *Cable) Cut() { c.cut.Store(true) }

// Mend ends a cut.
func (c *Cable) Mend() { c.cut.Store(false) }

// Swallowed is how many packets were lost in cuts.
func (c *Cable) Swallowed() int64 { return c.swallow.Load() }

// Passed is how many bytes came in at both ends, those that were lost included.
func (c *Cable) Passed() int64 { return c.passed.Load() }

// Unplug takes the first host's interface down: it has no way to the second.
func (c *Cable) Unplug() error { return c.plug(false) }

// Plug takes it up again.
func (c *Cable) Plug() error { return c.plug(true) }

func (c *Cable) plug(up bool) error {
	e := c.ends[0]
	return flag(int(e.control.Fd()), e.name, up)
}

// Close takes the cable and both interfaces away and waits until nothing is carried.
func (c *Cable) Close() {
	for _, e := range c.ends {
		if e == nil {
			continue
		}
		for _, f := range []*os.File{e.device, e.control} {
			if f != nil {
				_ = f.Close()
			}
		}
	}
	c.carries.Wait()
}
