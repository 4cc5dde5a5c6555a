package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Conn is a connection that sees the snapshot, for one goroutine at a time. Its one
// transaction lives until Close, for as many tables as the caller likes. After an
// error the transaction may be over: Closed tells, and the caller opens another.
type Conn struct {
	conn   *pgx.Conn
	wait   time.Duration
	locked map[catalog.Name]bool
	who    func(ctx context.Context, tables []catalog.Name) string // names who has a lock; may be nil
}

// Pinned opens a connection that sees the holder's snapshot. The error is a
// report.Fault of side Source.
func (h *Holder) Pinned(ctx context.Context) (*Conn, error) {
	if err := h.Err(); err != nil {
		return nil, err
	}
	c, err := Open(ctx, h.cfg, h.id, h.opts)
	if err != nil {
		return nil, err
	}
	c.who = h.who
	return c, nil
}

// who names the sessions that keep a worker from tables.
func (h *Holder) who(ctx context.Context, tables []catalog.Name) string {
	wanted := make(map[catalog.Name]bool, len(tables))
	for _, n := range tables {
		wanted[n] = true
	}
	var part []Locked
	for _, l := range h.tables {
		if wanted[l.Name] {
			part = append(part, l)
		}
	}
	sessions, err := h.ask(ctx, "holders", oids(part))
	if err != nil {
		return ""
	}
	var list []string
	for _, s := range sessions {
		list = append(list, s.String())
	}
	return strings.Join(list, "; ")
}

var errUnknown = errors.New("this server does not have the snapshot")

// Unknown reports whether an error of [Holder.Pinned] or [Open] means that the snapshot is
// not there: its holder has ended, or this is another server.
func Unknown(err error) bool { return errors.Is(err, errUnknown) }

// Open opens a connection that sees the snapshot of that name, which a holder in this
// or another process exported on the server that cfg is pinned to. Of the options it
// uses WorkerLock and Timeouts.
func Open(ctx context.Context, cfg *session.Config, id string, o Options) (*Conn, error) {
	const doing = "import the snapshot"
	role := session.Source("worker")
	role.Timeouts = o.Timeouts
	if o.WorkerLock > 0 {
		role.Timeouts.Lock = o.WorkerLock
	}
	conn, err := session.Connect(ctx, cfg, role)
	if err != nil {
		return nil, err
	}
	// One message: nothing may come between BEGIN and the import, and the settings
	// belong to the transaction in case a pooler gives the session away after it.
	_, err = conn.PgConn().Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT "+
		session.Literal(id)+"; "+role.Settings(session.Version(conn), true)).ReadAll()
	if err != nil {
		_ = conn.Close(context.WithoutCancel(ctx)) // the first error is the one to tell
		if session.SnapshotUnknown(err) {
			return nil, &report.Fault{
				Side: report.Source, Doing: doing, Err: fmt.Errorf("%w: %w", errUnknown, session.Reduce(err)),
				Hint: "either the holder's session ended, or a load balancer or pooler led this connection to another server or database: name one server directly",
			}
		}
		return nil, session.Fault(report.Source, doing, err)
	}
	return &Conn{conn: conn, wait: o.WorkerLock, locked: map[catalog.Name]bool{}}, nil
}

// Lock takes ACCESS SHARE on tables, without their children, before they are read. A
// table that is locked already costs nothing. With Options.WorkerLock at 0 it fails at
// once when somebody has the lock or waits for it: the holder has it already, so whoever
// is in the way waits for the holder. The transaction survives the failure.
func (c *Conn) Lock(ctx context.Context, tables ...catalog.Name) error {
	var todo []catalog.Name
	for _, n := range tables {
		if !c.locked[n] {
			todo = append(todo, n)
		}
	}
	if len(todo) == 0 {
		return nil
	}
	pg := c.conn.PgConn()
	_, err := pg.Exec(ctx, "SAVEPOINT understudy; "+lockStatement(todo, c.wait == 0)+"; RELEASE SAVEPOINT understudy").ReadAll()
	if err == nil {
		for _, n := range todo {
			c.locked[n] = true
		}
		return nil
	}
	if !c.conn.IsClosed() {
		_, _ = pg.Exec(ctx, "ROLLBACK TO SAVEPOINT understudy; RELEASE SAVEPOINT understudy").ReadAll() // if it fails the next statement says so
	}
	doing := "lock " + todo[0].String()
	if len(todo) > 1 {
		doing += fmt.Sprintf(" and %d more", len(todo)-1)
	}
	if session.LockTimeout(err) {
		reduced := session.Reduce(err)
		if c.who != nil {
			if who := c.who(ctx, todo); who != "" {
				reduced = fmt.Errorf("%w: %s", reduced, who)
			}
		}
		return &report.Fault{
			Side: report.Source, Doing: doing, Err: reduced,
			Hint: "a migration waits behind this run; run again when it is done, or let the run wait for it",
		}
	}
	return session.Fault(report.Source, doing, err)
}

// CopyTo runs a COPY … TO STDOUT and writes what comes to w. An error of w comes back
// as it is, and the connection is then closed; all others are report.Faults.
func (c *Conn) CopyTo(ctx context.Context, w io.Writer, sql string) (pgconn.CommandTag, error) {
	k := &keeper{w: w}
	tag, err := c.conn.PgConn().CopyTo(ctx, k, sql)
	if k.err != nil {
		return tag, k.err // the cause; what the driver says is its echo
	}
	return tag, session.Fault(report.Source, "read rows", err)
}

// keeper remembers the first error of a writer.
type keeper struct {
	w   io.Writer
	err error
}

// Write passes on.
func (k *keeper) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	if err != nil && k.err == nil {
		k.err = err
	}
	return n, err
}

// Rows runs one query, whose parameter is in no statement text, and shows each row to
// each; see [session.Rows]. What it reads must be locked.
func (c *Conn) Rows(ctx context.Context, doing, sql string, param *session.Param, format session.Format, each func(values [][]byte) error) (int64, error) {
	return session.Rows(ctx, c.conn.PgConn(), report.Source, doing, sql, param, format, each)
}

// Query runs a query in the snapshot, for instance the catalog's.
func (c *Conn) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return c.conn.Query(ctx, sql, args...)
}

// MayIdle lets the transaction wait for its work so long. Without it the server ends what
// is idle for longer than the session's time limit.
func (c *Conn) MayIdle(ctx context.Context, limit time.Duration) error {
	_, err := c.conn.Exec(ctx, fmt.Sprintf("SET LOCAL idle_in_transaction_session_timeout = %d", limit.Milliseconds()))
	return session.Fault(report.Source, "raise a transaction's time limit", err)
}

// Export exports the snapshot again from this transaction, which goes on seeing it when
// the holder is gone, and returns the new name. It lives as long as this connection.
func (c *Conn) Export(ctx context.Context) (string, error) {
	var id string
	err := c.conn.QueryRow(ctx, "SELECT pg_catalog.pg_export_snapshot()").Scan(&id)
	return id, session.Fault(report.Source, "export the snapshot again", err)
}

// Closed reports whether the connection is closed or its transaction has ended or failed.
func (c *Conn) Closed() bool { return c.conn.IsClosed() || c.conn.PgConn().TxStatus() != 'T' }

// Close ends the transaction and the connection.
func (c *Conn) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = c.conn.Close(ctx) // nothing was written that could be lost
}
