package session

import (
	"crypto/tls"
	"net"

	"github.com/jackc/pgx/v5"
)

// Link says what lies between us and a server.
type Link struct {
	Socket    bool // a socket of this machine
	Local     bool // this machine: a socket or the loopback
	Encrypted bool
	Verified  bool // the server's certificate was checked
}

// String says it in words.
func (l Link) String() string {
	switch {
	case l.Socket:
		return "a socket of this machine"
	case l.Verified:
		return "TLS, certificate checked"
	case l.Encrypted:
		return "TLS, certificate not checked"
	case l.Local:
		return "this machine, not encrypted"
	default:
		return "not encrypted"
	}
}

// Link tells how a connection that was opened with this configuration is made.
func (c *Config) Link(conn *pgx.Conn) Link {
	raw := conn.PgConn().Conn()
	var l Link
	_, l.Encrypted = raw.(*tls.Conn)
	l.Verified = l.Encrypted && verifies(c.settings)
	switch addr := raw.RemoteAddr().(type) {
	case *net.UnixAddr:
		l.Socket, l.Local = true, true
	case *net.TCPAddr:
		l.Local = addr.IP.IsLoopback()
	}
	return l
}

// verifies reports whether the keywords have the server's certificate checked.
func verifies(s map[string]string) bool {
	return s["sslmode"] == "verify-full" || s["sslmode"] == "verify-ca" || s["sslrootcert"] == "system" ||
		s["sslmode"] == "require" && s["sslrootcert"] != "" // as libpq does, for those who relied on it
}
