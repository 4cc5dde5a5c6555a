package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

func parse(t *testing.T, dsn string) *session.Config {
	t.Helper()
	c, err := session.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func connect(t *testing.T, dsn string, r session.Role) *pgx.Conn {
	t.Helper()
	conn, err := session.Connect(t.Context(), parse(t, dsn), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func setting(t *testing.T, conn *pgx.Conn, name string) string {
	t.Helper()
	var v string
	if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConnectGivesOurSettings(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	name := parse(t, dsn).Name()
	pgtest.Exec(t, dsn, `ALTER DATABASE "`+name+`" SET DateStyle = 'German'; ALTER DATABASE "`+name+`" SET statement_timeout = '1s';
		ALTER DATABASE "`+name+`" SET extra_float_digits = -5; ALTER DATABASE "`+name+`" SET search_path = public`)
	role := session.Source("test")
	role.Timeouts.Lock = 1234 * time.Millisecond
	conn := connect(t, dsn, role)
	for setting_, want := range map[string]string{
		"application_name": "understudy/test", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres", "TimeZone": "UTC",
		"extra_float_digits": "3", "bytea_output": "hex", "xmloption": "content", "client_encoding": "UTF8",
		"search_path": "pg_catalog", "statement_timeout": "12h", "lock_timeout": "1234ms",
		"idle_in_transaction_session_timeout": "15min", "row_security": "off", "default_transaction_read_only": "on",
	} {
		if got := setting(t, conn, setting_); got != want {
			t.Errorf("%s is %q, want %q", setting_, got, want)
		}
	}
	if v := session.Version(conn); v < 120000 {
		t.Errorf("version is %d", v)
	}
	target := connect(t, dsn, session.Target("test"))
	if got := setting(t, target, "log_min_error_statement"); got != "panic" {
		t.Errorf("log_min_error_statement is %q: the server's log would hold values", got)
	}
	if got := setting(t, target, "default_transaction_read_only"); got != "off" {
		t.Errorf("a target session is read-only: %q", got)
	}
	if refused := session.Refused(target); len(refused) != 0 {
		t.Errorf("refused to a superuser: %v", refused)
	}
}

func TestConnectSaysWhichSettingsWereRefused(t *testing.T) {
	t.Parallel()
	_, dsn := pgtest.Role(t, pgtest.DSN(t), "")
	role := session.Target("test")
	role.LCMonetary = "no_SUCH.locale"
	conn := connect(t, dsn, role)
	if got := strings.Join(session.Refused(conn), " "); got != "log_min_error_statement log_error_verbosity lc_monetary" {
		t.Errorf("refused: %s", got)
	}
}

func TestConnectTakesTheFirstHostThatAnswersAndPinsIt(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := dead.Addr().String()
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(dsn)
	if err != nil || u.Host == "" {
		t.Skip("the test server's DSN is no URL")
	}
	alive := u.Host
	c := parse(t, strings.Replace(dsn, u.Host, address+","+u.Host, 1))
	conn, err := session.Connect(t.Context(), c, session.Source("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	pinned := c.PinTo(conn)
	if !strings.Contains(pinned.Redacted(), "@"+alive+"/") {
		t.Errorf("pinned to %s, want %s", pinned.Redacted(), alive)
	}
	if !strings.Contains(strings.Join(pinned.Env(), "\n"), "PGHOSTADDR=127.0.0.1") {
		t.Error("child processes are not pinned to the address")
	}
	again, err := session.Connect(t.Context(), pinned, session.Source("test"))
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close(t.Context())
}

func TestConnectFaultsHaveSideAndHint(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	u, err := url.Parse(dsn)
	if err != nil || u.Host == "" {
		t.Skip("the test server's DSN is no URL")
	}
	change := func(f func(u *url.URL)) string {
		v := *u
		f(&v)
		return v.String()
	}
	nologin, nologinDSN := pgtest.Role(t, dsn, "")
	pgtest.Exec(t, dsn, `ALTER ROLE "`+nologin+`" NOLOGIN`)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() }) // after the parallel parts
	for name, c := range map[string]struct{ dsn, words, hint string }{
		"no such database":   {pgtest.With(t, dsn, "nowhere"), "database does not exist", "psql -l"},
		"wrong password":     {change(func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wr0ng-pass") }), "password was not accepted", "PGPASSWORD"},
		"role cannot log in": {nologinDSN, "not allowed to log in", "LOGIN"},
		"nothing listens":    {change(func(u *url.URL) { u.Host = "127.0.0.1:1" }), "nothing listens", "listen_addresses"},
		"unknown host":       {change(func(u *url.URL) { u.Host = "no-such-host.invalid:5432" }), "host name is not known", "name service"},
		"no socket":          {"host=" + t.TempDir() + " user=u dbname=d", "no socket", "host name"},
		"silent":             {change(func(u *url.URL) { u.Host = silent.Addr().String(); u.RawQuery = "sslmode=disable&connect_timeout=1" }), "did not answer in time", "connect_timeout"},
		"TLS refused":        {change(func(u *url.URL) { u.RawQuery = "sslmode=require" }), "does not offer TLS", "sslmode"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := session.Connect(t.Context(), parse(t, c.dsn), session.Source("test"))
			if err == nil {
				t.Fatal("connected")
			}
			if report.SideOf(err) != report.Source {
				t.Errorf("side is %v", report.SideOf(err))
			}
			if !strings.Contains(err.Error(), c.words) {
				t.Errorf("error %q does not say %q", err, c.words)
			}
			if !strings.Contains(report.HintOf(err), c.hint) {
				t.Errorf("hint %q does not say %q", report.HintOf(err), c.hint)
			}
			if strings.Contains(err.Error(), "wr0ng-pass") {
				t.Error("the password is in the error")
			}
		})
	}
}

func TestReduceDropsWhatTheServerQuotes(t *testing.T) {
	t.Parallel()
	const canary = "canary-ann@example.net"
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.people (email text CONSTRAINT once UNIQUE, age int CONSTRAINT adult CHECK (age > 17));
		INSERT INTO public.people VALUES ('`+canary+`', 20);
		CREATE FUNCTION public.loud(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'bad %', $1; END $$`)
	conn := connect(t, dsn, session.Target("test"))
	for name, c := range map[string]struct{ sql, state, has string }{
		"unique":   {`INSERT INTO public.people VALUES ('` + canary + `', 20)`, "23505", "constraint once"},
		"check":    {`INSERT INTO public.people VALUES ('x` + canary + `', 2)`, "23514", "table public.people"},
		"syntax":   {`SELECT '` + canary + `' '` + canary + `'x`, "42601", "syntax"},
		"value":    {`SELECT '` + canary + `'::int`, "22P02", "format"},
		"raised":   {`SELECT public.loud('` + canary + `')`, "P0001", "function"},
		"no table": {`SELECT * FROM public."` + canary + `"`, "42P01", "does not exist"},
	} {
		_, err := conn.Exec(t.Context(), c.sql)
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		reduced := session.Reduce(err)
		if session.State(reduced) != c.state || session.State(err) != c.state {
			t.Errorf("%s: state %s and %s, want %s", name, session.State(reduced), session.State(err), c.state)
		}
		fault := session.Fault(report.Target, "test", err)
		for _, e := range []error{reduced, fault} {
			for ; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), canary) {
					t.Errorf("%s: the value got out", name)
				}
			}
		}
		if !strings.Contains(reduced.Error(), c.has) {
			t.Errorf("%s: %q does not say %q", name, reduced, c.has)
		}
	}
	// The driver quotes what it cannot parse.
	_, parseErr := strconv.ParseInt(canary, 10, 64)
	err := session.Reduce(fmt.Errorf("can't scan into dest[0]: %w", parseErr))
	if strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "driver") {
		t.Errorf("the driver's error came out as %q", err)
	}
}

func TestTransient(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	conn := connect(t, dsn, session.Source("test"))
	var pid int
	if err := conn.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	if _, err := pgtest.Conn(t, dsn).Exec(t.Context(), "SELECT pg_terminate_backend($1)", pid); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Exec(t.Context(), "SELECT 1")
	for range 2 { // first the server's farewell, then a closed connection
		if !session.Transient(err) || !session.Transient(session.Reduce(err)) {
			t.Errorf("%v is not transient", session.Reduce(err))
		}
		_, err = conn.Exec(t.Context(), "SELECT 1")
	}
	if session.Transient(context.Canceled) || session.Transient(nil) || session.Transient(errors.New("x")) {
		t.Error("an end of our own, no error or an unknown one is transient")
	}
	if !session.Transient(io.ErrUnexpectedEOF) {
		t.Error("a cut connection is not transient")
	}
	if got := session.Reduce(context.Canceled); !errors.Is(got, context.Canceled) {
		t.Errorf("cancel became %v", got)
	}
}

func TestFaultKeepsTheInnerSideAndHint(t *testing.T) {
	t.Parallel()
	inner := &report.Fault{Side: report.Rules, Doing: "inner", Hint: "do this"}
	err := session.Fault(report.Source, "outer", inner)
	if report.SideOf(err) != report.Rules || report.HintOf(err) != "do this" {
		t.Errorf("side %v, hint %q", report.SideOf(err), report.HintOf(err))
	}
	if session.Fault(report.Source, "x", nil) != nil {
		t.Error("nil became an error")
	}
}

func TestSameCluster(t *testing.T) {
	t.Parallel()
	one, two := pgtest.DSN(t), pgtest.DSN(t)
	source, self := connect(t, one, session.Source("a")), connect(t, one, session.Target("b"))
	other := connect(t, two, session.Target("c"))
	k, err := session.SameCluster(t.Context(), source, self)
	if err != nil || !k.Cluster || !k.Database || k.Suspect {
		t.Errorf("one database: %+v, %v", k, err)
	}
	k, err = session.SameCluster(t.Context(), source, other)
	if err != nil || !k.Cluster || k.Database || k.Suspect {
		t.Errorf("two databases of one server: %+v, %v", k, err)
	}
	if source.PgConn().TxStatus() != 'I' {
		t.Error("the source session is left in a transaction")
	}
	var held int
	if err := other.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
		AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name = 'understudy/a' AND datname = $1)`,
		parse(t, one).Name()).Scan(&held); err != nil || held != 0 {
		t.Errorf("%d locks left, %v", held, err)
	}
}

func TestLongRowsPassTheReadBuffer(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.DSN(t), session.Source("test"))
	var out bytes.Buffer
	tag, err := conn.PgConn().CopyTo(t.Context(), &out, `COPY (SELECT repeat('x', n * 100000) FROM generate_series(1, 20) n) TO STDOUT`)
	if err != nil || tag.RowsAffected() != 20 || out.Len() != 210*100000+20 {
		t.Errorf("%d rows, %d bytes, %v", tag.RowsAffected(), out.Len(), err)
	}
}
