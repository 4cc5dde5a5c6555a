package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
)

// Config says where a database is and how to log in. It is not changed after
// [Parse]; the methods that change something return a copy.
type Config struct {
	pg       *pgx.ConnConfig
	settings map[string]string // connection keywords as libpq merges them: environment, service, string
	silence  silence           // how a dead network is noticed
	hostaddr string            // the address of a pinned host; empty: not pinned, or a socket
	unnamed  bool              // nobody named the database: it is the role's namesake
}

// dialTimeout bounds one attempt to reach a host when the user gave no connect_timeout.
const dialTimeout = 15 * time.Second

// dsnHint is what a person needs to see who got the string wrong.
const dsnHint = "write postgres://user@host:5432/database, or 'host=… port=… dbname=… user=…'; the password may come from PGPASSWORD or a pass file"

// unsupported are keywords that we cannot honour. To ignore them would weaken what
// the user asked for, so they are refused.
var unsupported = []string{"sslcrl", "sslcrldir", "requirepeer", "hostaddr", "replication"}

// dropped are keywords that only libpq understands and that we may ignore: the driver
// would send them to the server, which refuses what it does not know.
var dropped = []string{
	"gssencmode", "gssdelegation", "gsslib", "sslcompression", "ssl_min_protocol_version",
	"ssl_max_protocol_version", "load_balance_hosts", "fallback_application_name", "client_encoding",
	"application_name", "timezone", "search_path",
}

// Parse reads a connection string in either of libpq's forms. What it leaves out comes
// from the PG* variables, the service file and the pass file; an empty string takes all
// from there. Where nothing says how the connection is secured and a host is not this
// machine, it is sslmode=verify-full. The error is a report.Fault of side Usage; it
// quotes no part of the string, which may hold a password in any place.
func Parse(dsn string) (*Config, error) {
	settings, err := conninfo(dsn)
	if err != nil {
		return nil, usage(err)
	}
	if err := check(settings); err != nil {
		return nil, usage(err)
	}
	silence, err := parseSilence(settings)
	if err != nil {
		return nil, usage(err)
	}
	pg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, usage(errors.New("it cannot be read")) // the driver's own words quote the string
	}
	if settings["sslmode"] == "" && remote(pg) {
		// libpq's own default takes whatever answers for the server. Who wants less says so.
		settings["sslmode"] = "verify-full"
		if pg, err = pgx.ParseConfig(With(dsn, "sslmode", "verify-full")); err != nil {
			return nil, usage(errors.New("it cannot be read"))
		}
	}
	for _, key := range slices.Concat(dropped, silenceKeywords) {
		delete(pg.RuntimeParams, key)
	}
	for key := range pg.RuntimeParams {
		if strings.HasPrefix(key, "pool_") { // of the driver's connection pool, which is not used here
			delete(pg.RuntimeParams, key)
		}
	}
	if pg.ConnectTimeout == 0 {
		pg.ConnectTimeout = dialTimeout
	}
	// One round trip a query, and no named statement that a pooler would lose.
	pg.DefaultQueryExecMode = pgx.QueryExecModeExec
	pg.StatementCacheCapacity, pg.DescriptionCacheCapacity = 0, 0
	unnamed := pg.Database == ""
	if unnamed {
		pg.Database = pg.User // as libpq does; child processes must be told the same
	}
	return &Config{pg: pg, settings: settings, silence: silence, unnamed: unnamed}, nil
}

// ParseTarget is [Parse] for a database that is to be replaced. libpq's rule that a
// database without a name is the role's namesake is not good enough for that: it is refused.
func ParseTarget(dsn string) (*Config, error) {
	c, err := Parse(dsn)
	if err != nil {
		return nil, err
	}
	if c.unnamed {
		return nil, usage(errors.New("it names no database, and this one is to be replaced"))
	}
	return c, nil
}

// usage wraps a reason why a connection string was refused.
func usage(err error) error {
	return &report.Fault{Side: report.Usage, Doing: "read the connection string", Hint: dsnHint, Err: err}
}

// check looks for the usual mistakes, so that the error can name the keyword.
func check(s map[string]string) error {
	for _, key := range unsupported {
		if s[key] != "" {
			return fmt.Errorf("the keyword %s is not supported", key)
		}
	}
	for port := range strings.SplitSeq(s["port"], ",") {
		if port == "" {
			continue
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errors.New("the port is not a number from 1 to 65535 (a password with one of / ? # @ must be percent-encoded)")
		}
	}
	modes := []string{"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	if !slices.Contains(modes, s["sslmode"]) {
		return fmt.Errorf("sslmode is none of%s", strings.Join(modes, " "))
	}
	for _, key := range []string{"sslrootcert", "sslcert", "sslkey"} {
		if s[key] == "" || s[key] == "system" {
			continue
		}
		if _, err := os.Stat(s[key]); err != nil {
			return fmt.Errorf("the file that %s names cannot be read", key)
		}
	}
	return nil
}

// Host returns the host name or socket directory; of several, the first.
func (c *Config) Host() string { return c.pg.Host }

// Port returns the port that belongs to Host.
func (c *Config) Port() uint16 { return c.pg.Port }

// Name returns the database's name.
func (c *Config) Name() string { return c.pg.Database }

// User returns the role that logs in.
func (c *Config) User() string { return c.pg.User }

// Redacted returns user@host:port/database for logs and reports: no password, no options.
func (c *Config) Redacted() string {
	return fmt.Sprintf("%s@%s/%s", c.pg.User, net.JoinHostPort(c.pg.Host, strconv.Itoa(int(c.pg.Port))), c.pg.Database)
}

// String returns Redacted, so that no way of printing a Config shows its password.
func (c *Config) String() string { return c.Redacted() }

// GoString returns Redacted, for %#v.
func (c *Config) GoString() string { return c.Redacted() }

// MarshalText writes Redacted, so that no encoder writes the password.
func (c *Config) MarshalText() ([]byte, error) { return []byte(c.Redacted()), nil }

// copyOf returns a deep copy.
func (c *Config) copyOf() *Config {
	return &Config{pg: c.pg.Copy(), settings: c.settings, silence: c.silence, hostaddr: c.hostaddr}
}

// Database returns a copy that leads to another database of the same server.
func (c *Config) Database(name string) *Config {
	d := c.copyOf()
	d.pg.Database = name
	return d
}

// Pin returns a copy with one host. The pair must be one that the connection string
// names; otherwise the copy is unchanged.
func (c *Config) Pin(host string, port uint16) *Config {
	for _, one := range c.candidates() {
		if one.Host == host && one.Port == port {
			return &Config{pg: one, settings: c.settings, silence: c.silence, hostaddr: c.hostaddr}
		}
	}
	return c.copyOf()
}

// PinTo returns a copy that leads to the very server the connection reached: its host,
// and of the addresses that the host's name stands for, the one in use. The name stays
// what a certificate is checked against.
func (c *Config) PinTo(conn *pgx.Conn) *Config {
	reached := conn.Config()
	d := c.Pin(reached.Host, reached.Port)
	addr, ok := conn.PgConn().Conn().RemoteAddr().(*net.TCPAddr)
	if !ok {
		return d // a socket has one address
	}
	d.hostaddr = addr.IP.String()
	if addr.Zone != "" {
		d.hostaddr += "%" + addr.Zone
	}
	fixed := d.hostaddr
	d.pg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{fixed}, nil }
	return d
}

// candidates returns one configuration for each host of the connection string, in
// order. A host's own fallbacks (with and without TLS) stay with it.
func (c *Config) candidates() []*pgx.ConnConfig {
	var out []*pgx.ConnConfig
	one := c.pg.Copy()
	one.Fallbacks = nil
	out = append(out, one)
	for _, f := range c.pg.Fallbacks {
		last := out[len(out)-1]
		if f.Host == last.Host && f.Port == last.Port {
			last.Fallbacks = append(last.Fallbacks, f)
			continue
		}
		next := c.pg.Copy()
		next.Host, next.Port, next.TLSConfig, next.Fallbacks = f.Host, f.Port, f.TLSConfig, nil
		out = append(out, next)
	}
	return out
}
