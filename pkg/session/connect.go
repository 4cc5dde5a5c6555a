package session

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/understudy-db/understudy/pkg/report"
)

// application is how our sessions' names begin in pg_stat_activity.
const application = "understudy/"

// Application reports whether an application_name is one of ours.
func Application(name string) bool { return strings.HasPrefix(name, application) }

// ApplicationName returns what a session of ours with this name is called on the server,
// which cuts names at 63 bytes.
func ApplicationName(name string) string { return application + name }

// oldest is the first version we work with.
const oldest = 120000

// readBuffer is how much is taken from the socket at once. The driver's own 8 KiB cost
// a system call for every block that the server sends, which is what a large COPY spends its time on.
const readBuffer = 256 << 10

// Role says what a connection is for.
type Role struct {
	Side       report.Side // Source or Target
	Name       string      // "snapshot"; the session is called understudy/snapshot
	LCMonetary string      // the source's lc_monetary for a target session; empty: leave the server's
	Compress   string      // the source's default_toast_compression, likewise; not to be had before 14, or of a server that was built without lz4
	Timeouts   Timeouts
}

// Timeouts bound what a session may do on the server, even when this process is dead.
// A zero field takes the default.
type Timeouts struct {
	Statement         time.Duration
	Lock              time.Duration
	IdleInTransaction time.Duration
	IdleSession       time.Duration // servers from 14
	Transaction       time.Duration // servers from 17
}

// The defaults. A COPY of a huge table takes hours; a session of ours that has nothing to do for a
// quarter of an hour has lost its process.
var defaultTimeouts = Timeouts{
	Statement:         12 * time.Hour,
	Lock:              10 * time.Second,
	IdleInTransaction: 15 * time.Minute,
	IdleSession:       15 * time.Minute,
	Transaction:       24 * time.Hour,
}

// Source returns the role of a reading session on the database that is copied.
func Source(name string) Role { return Role{Side: report.Source, Name: name} }

// Target returns the role of a writing session on the server that receives.
func Target(name string) Role { return Role{Side: report.Target, Name: name} }

// withDefaults fills the zero timeouts.
func (t Timeouts) withDefaults() Timeouts {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.Statement, defaultTimeouts.Statement},
		{&t.Lock, defaultTimeouts.Lock},
		{&t.IdleInTransaction, defaultTimeouts.IdleInTransaction},
		{&t.IdleSession, defaultTimeouts.IdleSession},
		{&t.Transaction, defaultTimeouts.Transaction},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return t
}

// Settings returns the SET statements of the role for a server of that version
// (server_version_num). With local they are SET LOCAL: behind a pooler the session may
// change with every transaction, so a transaction that matters sets them again.
func (r Role) Settings(version int, local bool) string {
	verb := "SET "
	if local {
		verb = "SET LOCAL "
	}
	var b strings.Builder
	for _, kv := range r.settings(version) {
		b.WriteString(verb + assignment(kv) + "; ")
	}
	return b.String()
}

// assignment writes a setting as SET wants it.
func assignment(kv [2]string) string {
	if kv[0] == "search_path" || kv[0] == "DateStyle" {
		return kv[0] + " = " + kv[1] // lists: quotes would make them one element
	}
	return kv[0] + " = " + Literal(kv[1])
}

// settings are those that a server of that version must take.
func (r Role) settings(version int) [][2]string {
	t := r.Timeouts.withDefaults()
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	list := [][2]string{
		{"application_name", ApplicationName(r.Name)},
		// What makes two servers read and write one value alike:
		{"client_encoding", "UTF8"},
		{"DateStyle", "ISO, MDY"},
		{"IntervalStyle", "postgres"},
		{"TimeZone", "UTC"},
		{"extra_float_digits", "3"},
		{"bytea_output", "hex"},
		{"xmloption", "content"},
		{"array_nulls", "on"},
		{"standard_conforming_strings", "on"},
		{"quote_all_identifiers", "off"},
		{"jit", "off"}, // compiling a catalog query takes a second, running it does not
		// Nothing is found by search path, so that nothing can be put in its way:
		{"search_path", "pg_catalog"},
		{"statement_timeout", ms(t.Statement)},
		{"lock_timeout", ms(t.Lock)},
		{"idle_in_transaction_session_timeout", ms(t.IdleInTransaction)},
	}
	if version >= 140000 {
		list = append(list, [2]string{"idle_session_timeout", ms(t.IdleSession)})
	}
	if version >= 170000 {
		list = append(list, [2]string{"transaction_timeout", ms(t.Transaction)})
	}
	if r.Side == report.Source {
		list = append(list,
			[2]string{"row_security", "off"}, // an error is better than rows that are silently left out
			[2]string{"default_transaction_read_only", "on"},
			[2]string{"synchronize_seqscans", "off"}) // the same rows in the same order every time
	}
	return list
}

// Literal returns a string as an SQL literal. With a backslash in it it is an escape
// literal, which reads alike whatever standard_conforming_strings says.
func Literal(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.ContainsRune(s, '\\') {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// optional returns the settings that a server of that version may refuse: to a role
// without rights, or because its platform has no way to do it.
func (r Role) optional(version int) [][2]string {
	var list [][2]string
	if version >= 140000 {
		// A killed client's session would otherwise work on until its statement ends, an
		// index build for hours, and keep its locks.
		list = append(list, [2]string{"client_connection_check_interval", "2s"})
	}
	if r.Side == report.Target {
		// An error's statement and detail hold values, and the server's log is read by others.
		list = append(list, [2]string{"log_min_error_statement", "panic"}, [2]string{"log_error_verbosity", "terse"})
	}
	if r.LCMonetary != "" {
		list = append(list, [2]string{"lc_monetary", r.LCMonetary})
	}
	if r.Compress != "" && version >= 140000 {
		list = append(list, [2]string{"default_toast_compression", r.Compress})
	}
	return list
}

// Connect opens a connection for a role. Of several hosts it takes the first that lets
// us in; [Config.PinTo] then fixes the choice. Errors are report.Faults of the role's
// side: unreachable, not let in, no such database, a server older than 12.
func Connect(ctx context.Context, c *Config, r Role) (*pgx.Conn, error) {
	doing := "connect to " + c.Redacted()
	conn, err := dial(ctx, c)
	if err != nil {
		return nil, Fault(r.Side, doing, err)
	}
	if err := prepare(ctx, conn, r, c.silence); err != nil {
		_ = conn.Close(context.WithoutCancel(ctx)) // the first error is the one to tell
		return nil, Fault(r.Side, doing, err)
	}
	return conn, nil
}

// dial tries the hosts in order. A host that is merely not preferred
// (target_session_attrs=prefer-standby) is taken when no other will do.
func dial(ctx context.Context, c *Config) (*pgx.Conn, error) {
	var first error
	var spare *pgx.ConnConfig
	dialer := c.silence.dialer()
	for _, one := range c.candidates() {
		one.DialFunc = dialer.DialContext
		one.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
			return pgproto3.NewFrontend(bufio.NewReaderSize(r, readBuffer), w)
		}
		conn, err := pgx.ConnectConfig(ctx, one)
		if err == nil {
			return conn, nil
		}
		var notPreferred *pgconn.NotPreferredError
		if errors.As(err, &notPreferred) {
			if spare == nil {
				spare = one
			}
			continue
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			return nil, first
		}
	}
	if spare != nil {
		spare.ValidateConnect = nil
		return pgx.ConnectConfig(ctx, spare)
	}
	return nil, first
}

// notesKey is where a connection keeps the settings that its server refused.
const notesKey = "understudy.refused"

// prepare checks the version and gives the session its settings, all in one round trip
// where the version is what the greeting says it is.
func prepare(ctx context.Context, conn *pgx.Conn, r Role, s silence) error {
	guess := greeted(conn.PgConn().ParameterStatus("server_version"))
	version, refused, err := settle(ctx, conn.PgConn(), r, s, guess)
	if version != 0 {
		if old := tooOld(r.Side, version); old != nil {
			return old
		}
		if version/10000 != guess/10000 { // a pooler's own greeting: what was set was for another
			version, refused, err = settle(ctx, conn.PgConn(), r, s, version)
		}
	}
	if err != nil {
		return err
	}
	conn.PgConn().CustomData()[versionKey] = version
	conn.PgConn().CustomData()[notesKey] = refused
	return nil
}

// greeted reads the version of a server's greeting, as "15.18 (Debian …)"; of what cannot
// be read it makes the oldest.
func greeted(s string) int {
	digits := s
	if end := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' }); end >= 0 {
		digits = s[:end]
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return oldest
	}
	return n * 10000
}

// settle sends everything at once: the question for the version, the settings that a
// server of the guessed version must take, and each of those that it may refuse as
// something of its own. It returns the version, as soon as that is known, and what was refused.
func settle(ctx context.Context, conn *pgconn.PgConn, r Role, s silence, guess int) (version int, refused []string, err error) {
	must, may := r.settings(guess), slices.Concat(r.optional(guess), s.settings())
	p := conn.StartPipeline(ctx)
	defer func() {
		if cerr := p.Close(); err == nil {
			err = cerr
		}
	}()
	p.SendQueryParams("SHOW server_version_num", nil, nil, nil, nil)
	p.SendPipelineSync() // what is wrong with the settings of a guess takes no version away
	for _, kv := range must {
		p.SendQueryParams("SET "+assignment(kv), nil, nil, nil, nil)
	}
	p.SendPipelineSync()
	for _, kv := range may {
		p.SendQueryParams("SET "+assignment(kv), nil, nil, nil, nil)
		p.SendPipelineSync()
	}
	if err := p.Flush(); err != nil {
		return 0, nil, err
	}
	version, err = readVersion(p)
	if err != nil {
		return 0, nil, err
	}
	var first error
	for range must {
		if err := readSet(p); err != nil {
			if first = err; State(err) == "" {
				return version, nil, err
			}
			break // the server passes over the rest
		}
	}
	if err := readSync(p); err != nil {
		return version, nil, errors.Join(first, err)
	}
	for _, kv := range may {
		err := readSet(p)
		if err != nil && State(err) == "" { // not the server's answer: the connection itself is in trouble
			return version, nil, err
		}
		if err != nil {
			refused = append(refused, kv[0])
		}
		if err := readSync(p); err != nil {
			return version, nil, err
		}
	}
	return version, refused, first
}

// readSet takes the answer to one SET.
func readSet(p *pgconn.Pipeline) error {
	got, err := p.GetResults()
	if err != nil {
		return err
	}
	if result, ok := got.(*pgconn.ResultReader); ok {
		_, err = result.Close()
		return err
	}
	return errUnexpected
}

// readSync takes answers up to the next end of what belongs together.
func readSync(p *pgconn.Pipeline) error {
	for {
		got, err := p.GetResults()
		if err != nil && State(err) == "" {
			return err
		}
		switch got.(type) {
		case *pgconn.PipelineSync:
			return nil
		case nil:
			if err == nil {
				return errUnexpected
			}
		}
	}
}

// errUnexpected is an answer that PostgreSQL does not give.
var errUnexpected = errors.New("the server does not answer as PostgreSQL does")

// tooOld refuses a server that is older than what we work with.
func tooOld(side report.Side, version int) error {
	if version >= oldest {
		return nil
	}
	return &report.Fault{
		Side: side, Doing: "check the server's version", Hint: "PostgreSQL 12 and later are supported",
		Err: fmt.Errorf("the server is PostgreSQL %s", versionName(version)),
	}
}

// Refused returns the names of the settings that the server did not let the role
// change: log_min_error_statement and log_error_verbosity (its log may then hold values
// from our errors), or lc_monetary (money may be written otherwise than on the source).
func Refused(conn *pgx.Conn) []string {
	refused, _ := conn.PgConn().CustomData()[notesKey].([]string)
	return refused
}

const versionKey = "understudy.version"

// Version returns server_version_num of a connection made by [Connect], as 150018 or 90624.
func Version(conn *pgx.Conn) int {
	version, _ := conn.PgConn().CustomData()[versionKey].(int)
	return version
}

// readVersion takes the answer to the question for the version: what a pooler says in its
// greeting can be its own.
func readVersion(p *pgconn.Pipeline) (int, error) {
	got, err := p.GetResults()
	if err != nil {
		return 0, err
	}
	if result, ok := got.(*pgconn.ResultReader); ok {
		r := result.Read()
		if r.Err != nil {
			return 0, r.Err
		}
		if len(r.Rows) == 1 && len(r.Rows[0]) == 1 {
			if n, err := strconv.Atoi(string(r.Rows[0][0])); err == nil {
				return n, readSync(p)
			}
		}
	}
	return 0, &report.Fault{
		Doing: "ask for the server's version", Err: errors.New("the server does not tell a PostgreSQL version"),
		Hint: "connect to PostgreSQL 12 or later; servers that only resemble it are not supported",
	}
}

// versionName writes server_version_num as people say it.
func versionName(n int) string {
	if n < 100000 {
		return fmt.Sprintf("%d.%d.%d", n/10000, n/100%100, n%100)
	}
	return fmt.Sprintf("%d.%d", n/10000, n%10000)
}
