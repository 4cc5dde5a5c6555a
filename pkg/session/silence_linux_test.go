package session

import (
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ours checks what is set on a socket of our end.
func ours(t *testing.T, c *Config, conn net.Conn) {
	t.Helper()
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		t.Fatalf("the connection is a %T", conn)
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]struct{ level, option, want int }{
		"SO_KEEPALIVE":     {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
		"TCP_KEEPIDLE":     {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, int(c.silence.idle / time.Second)},
		"TCP_KEEPINTVL":    {syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, int(c.silence.interval / time.Second)},
		"TCP_KEEPCNT":      {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, c.silence.count},
		"TCP_USER_TIMEOUT": {syscall.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(c.silence.user.Milliseconds())},
	} {
		var got int
		var oerr error
		if err := raw.Control(func(fd uintptr) { got, oerr = syscall.GetsockoptInt(int(fd), o.level, o.option) }); err != nil || oerr != nil || got != o.want {
			t.Errorf("%s is %d, want %d: %v %v", name, got, o.want, err, oerr)
		}
	}
}
