package session

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgservicefile"
)

// variables are the environment variables of the keywords that a child process needs
// beside host, port, database, user and password. The driver does not keep them.
var variables = map[string]string{
	"sslmode":                  "PGSSLMODE",
	"sslrootcert":              "PGSSLROOTCERT",
	"sslcert":                  "PGSSLCERT",
	"sslkey":                   "PGSSLKEY",
	"sslcertmode":              "PGSSLCERTMODE",
	"sslsni":                   "PGSSLSNI",
	"sslnegotiation":           "PGSSLNEGOTIATION",
	"ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
	"ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
	"channel_binding":          "PGCHANNELBINDING",
	"require_auth":             "PGREQUIREAUTH",
	"gssencmode":               "PGGSSENCMODE",
	"krbsrvname":               "PGKRBSRVNAME",
	"options":                  "PGOPTIONS",
	"connect_timeout":          "PGCONNECT_TIMEOUT",
	"passfile":                 "PGPASSFILE",
}

// others are read from the environment too, but a child is told them another way or not at all.
var others = map[string]string{
	"host": "PGHOST", "port": "PGPORT", "service": "PGSERVICE", "servicefile": "PGSERVICEFILE",
	"hostaddr": "PGHOSTADDR", "requirepeer": "PGREQUIREPEER", "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR",
}

// Env returns the complete environment for pg_dump, pg_restore or psql: this process's
// own without our secrets and without any PG* variable, and the connection in PG* variables, so that nothing of
// it stands on a command line. A service is resolved, since libpq lets a service file
// win over PGHOST. A password for a client key (sslpassword) has no variable and is left out.
func (c *Config) Env() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "UNDERSTUDY_") || strings.HasPrefix(name, "PG") && name != "PGSYSCONFDIR" && name != "PGLOCALEDIR" {
			continue
		}
		env = append(env, kv)
	}
	env = append(env,
		"PGHOST="+c.pg.Host,
		"PGPORT="+strconv.Itoa(int(c.pg.Port)),
		"PGDATABASE="+c.pg.Database,
		"PGUSER="+c.pg.User,
		"PGAPPNAME="+application+"schema",
		"PGCLIENTENCODING=UTF8",
	)
	if c.hostaddr != "" {
		env = append(env, "PGHOSTADDR="+c.hostaddr)
	}
	if c.pg.Password != "" {
		env = append(env, "PGPASSWORD="+c.pg.Password)
	}
	for key, name := range variables {
		if v := c.settings[key]; v != "" {
			env = append(env, name+"="+v)
		}
	}
	if file := rootCertificates(c.settings); file != "" {
		env = append(env, "PGSSLROOTCERT="+file) // of two, the later counts
	}
	return env
}

// Conninfo returns what a child process needs beside [Config.Env], for its --dbname: what
// has no variable, and the database's name, which pg_restore wants to see. None of it is
// secret. The name is quoted, because a bare one is taken for a connection string when it
// holds "=" or begins like an address.
func (c *Config) Conninfo() string {
	return "dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(c.pg.Database) + "' " + c.silence.conninfo()
}

// conninfo merges the keywords as libpq does: the environment, over it the service,
// over it the string. Host and port are there for checks only. Its errors quote nothing.
func conninfo(dsn string) (map[string]string, error) {
	given, err := keywords(dsn)
	if err != nil {
		return nil, err
	}
	merged := map[string]string{}
	for _, names := range []map[string]string{variables, others} {
		for key, name := range names {
			if v := os.Getenv(name); v != "" {
				merged[key] = v
			}
		}
	}
	service := merged["service"]
	if s, ok := given["service"]; ok {
		service = s
	}
	if service != "" {
		path := merged["servicefile"]
		if p, ok := given["servicefile"]; ok {
			path = p
		}
		if path == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, errors.New("a service is named, and there is no home directory with a service file")
			}
			path = filepath.Join(home, ".pg_service.conf")
		}
		file, err := pgservicefile.ReadServicefile(path)
		if err != nil {
			return nil, errors.New("a service is named, and the service file cannot be read")
		}
		s, err := file.GetService(service)
		if err != nil {
			return nil, errors.New("the service file does not have the service that is named")
		}
		for k, v := range s.Settings {
			merged[k] = v
		}
	}
	for k, v := range given {
		merged[k] = v
	}
	return merged, nil
}

// keywords returns what the string itself says. Of a URL it returns the query and the ports.
func keywords(dsn string) (map[string]string, error) {
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(dsn, scheme); ok {
			return urlKeywords(rest)
		}
	}
	if strings.Contains(dsn, "://") {
		return nil, errors.New("its scheme is neither postgres:// nor postgresql://")
	}
	return pairKeywords(dsn)
}

// urlKeywords reads the part after the scheme. net/url refuses several hosts, which
// libpq allows, so the pieces are cut here.
func urlKeywords(rest string) (map[string]string, error) {
	out := map[string]string{}
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		rest = rest[i+1:]
	}
	rest, query, _ := strings.Cut(rest, "?")
	if strings.Contains(rest, "@") {
		// What stands before it is the end of a password, and would be taken for a host.
		return nil, errors.New("there is a second @ (in a password it is written %40)")
	}
	authority, _, _ := strings.Cut(rest, "/")
	var ports []string
	for host := range strings.SplitSeq(authority, ",") {
		if i := strings.LastIndexByte(host, ']'); i >= 0 {
			host = host[i:]
		}
		if _, port, ok := strings.Cut(host, ":"); ok {
			ports = append(ports, port)
		}
	}
	if len(ports) > 0 {
		out["port"] = strings.Join(ports, ",")
	}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawKey, rawValue, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, errors.New("a parameter after the question mark has no value")
		}
		key, err := url.PathUnescape(rawKey)
		if err != nil {
			return nil, errors.New("a parameter's name is not percent-encoded rightly")
		}
		value, err := url.PathUnescape(rawValue)
		if err != nil {
			return nil, errors.New("a parameter's value is not percent-encoded rightly")
		}
		if key == "ssl" && value == "true" {
			key, value = "sslmode", "require"
		}
		out[key] = value
	}
	return out, nil
}

// pairKeywords reads key = 'value' pairs.
func pairKeywords(s string) (map[string]string, error) {
	out := map[string]string{}
	const space = " \t\n\r\v\f"
	for s = strings.TrimLeft(s, space); s != ""; s = strings.TrimLeft(s, space) {
		eq := strings.IndexByte(s, '=')
		if eq < 0 {
			return nil, errors.New("a keyword has no =")
		}
		key := strings.TrimRight(s[:eq], space)
		if key == "" || strings.ContainsAny(key, space+"'\\") {
			return nil, errors.New("a keyword has no = or no name")
		}
		s = strings.TrimLeft(s[eq+1:], space)
		quoted := strings.HasPrefix(s, "'")
		if quoted {
			s = s[1:]
		}
		var value strings.Builder
		closed := !quoted
		i := 0
	scan:
		for ; i < len(s); i++ {
			switch b := s[i]; {
			case b == '\\' && i+1 < len(s):
				i++
				value.WriteByte(s[i])
			case b == '\\':
			case quoted && b == '\'':
				closed = true
				i++
				break scan
			case !quoted && strings.IndexByte(space, b) >= 0:
				break scan
			default:
				value.WriteByte(b)
			}
		}
		if !closed {
			return nil, errors.New("a quoted value does not end")
		}
		s = s[i:]
		out[key] = value.String()
	}
	return out, nil
}
