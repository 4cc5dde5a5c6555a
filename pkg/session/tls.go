package session

import (
	"crypto/tls"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// With returns a connection string with one keyword more, in either of the two forms. A
// keyword that stands there already is overruled.
func With(dsn, key, value string) string {
	if !strings.Contains(dsn, "://") {
		return dsn + " " + key + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	}
	join := "?"
	if strings.Contains(dsn, "?") {
		join = "&"
	}
	return dsn + join + key + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20") // libpq does not read + as a blank
}

// remote reports whether one of a configuration's hosts is not this machine.
func remote(pg *pgx.ConnConfig) bool {
	hosts := []string{pg.Host}
	for _, f := range pg.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, h := range hosts {
		ip := net.ParseIP(h)
		if !strings.HasPrefix(h, "/") && !strings.HasPrefix(h, "@") && h != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return true
		}
	}
	return false
}

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

// bundles are where systems keep the certificates of the authorities that they trust.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Gentoo, Arch
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Red Hat
	"/etc/pki/tls/certs/ca-bundle.crt",                  // older Red Hat
	"/etc/ssl/ca-bundle.pem",                            // SUSE
	"/etc/ssl/cert.pem",                                 // Alpine, macOS, BSD
}

// rootCertificates returns the file that a child's libpq is told to check certificates
// with; empty leaves it to libpq. By itself it looks for a file in the home directory
// and for nothing else, and it knows "system" only since version 16.
func rootCertificates(s map[string]string) string {
	if given := s["sslrootcert"]; given != "" && given != "system" || !verifies(s) {
		return ""
	}
	if s["sslrootcert"] == "" {
		if home, err := os.UserHomeDir(); err == nil {
			if _, err := os.Stat(filepath.Join(home, ".postgresql", "root.crt")); err == nil {
				return ""
			}
		}
	}
	if own := os.Getenv("SSL_CERT_FILE"); own != "" { // Go's own name for it
		return own
	}
	for _, path := range bundles {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}
