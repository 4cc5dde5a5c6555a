package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Holder keeps a snapshot and its locks. Its methods may be called from any goroutine.
type Holder struct {
	cfg     *session.Config // pinned to the server that was reached
	opts    Options
	id      string
	at      string
	lsn     string
	pid     int32
	standby bool
	tables  []Locked
	since   time.Time

	conn     *pgx.Conn // belongs to run once it has started
	tx       pgx.Tx
	requests chan request
	stop     chan struct{} // closed by Close
	stopping sync.Once
	done     chan struct{} // closed when run has ended
	lost     chan struct{} // closed when the session ended by itself
	err      error         // why; written before lost is closed

	mu      sync.Mutex // guards monitor
	monitor *pgx.Conn  // looks from outside the transaction; opened when first needed
}

// request is work for the holder's own session.
type request struct {
	ctx  context.Context //nolint:containedctx // travels with its call
	fn   func(pgx.Tx) error
	done chan error
}

// ID returns the snapshot's name for SET TRANSACTION SNAPSHOT and pg_dump --snapshot.
func (h *Holder) ID() string { return h.id }

// Time returns the snapshot's time as a timestamptz literal in UTC, without quotes.
func (h *Holder) Time() string { return h.at }

// LSN returns the write-ahead log's position at the snapshot, on a standby the replayed one.
func (h *Holder) LSN() string { return h.lsn }

// Standby reports whether the source is a standby.
func (h *Holder) Standby() bool { return h.standby }

// Age returns how long the snapshot has been held: as long as production could not clean up behind it.
func (h *Holder) Age() time.Duration { return time.Since(h.since) }

// Config returns the source's configuration, pinned to the server that has the
// snapshot. pg_dump and every other reader use it.
func (h *Holder) Config() *session.Config { return h.cfg }

// Tables returns the locked tables, ordered by OID.
func (h *Holder) Tables() []Locked { return h.tables }

// Lost is closed when the session ended without Close: the snapshot and its locks are gone.
func (h *Holder) Lost() <-chan struct{} { return h.lost }

// Err returns why the session was lost; nil while it lives and after an orderly Close.
func (h *Holder) Err() error {
	select {
	case <-h.lost:
		return h.err
	default:
		return nil
	}
}

// Read runs fn inside the holder's transaction, one caller at a time, within a
// savepoint: an error of one query does not cost the snapshot. The end of ctx in the
// middle of a query does. fn must not call Read. Errors of fn come back as they are.
func (h *Holder) Read(ctx context.Context, fn func(tx pgx.Tx) error) error {
	r := request{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case h.requests <- r:
		return <-r.done // run answers what it has taken
	case <-ctx.Done():
		return ctx.Err()
	case <-h.lost:
		return h.err
	case <-h.done:
		return &report.Fault{Side: report.Source, Doing: "read in the snapshot", Err: errors.New("the snapshot was closed")}
	}
}

// run owns the connection: it waits for work, and between works it listens, so that
// the session's end is known at once and not with the next query.
func (h *Holder) run() {
	defer close(h.done)
	for {
		r, stop, err := h.listen()
		if stop {
			return
		}
		switch {
		case r != nil:
			r.done <- h.serve(r)
			if h.conn.IsClosed() {
				err = errors.New("closed")
				if cause := r.ctx.Err(); cause != nil {
					err = cause // the caller gave up in the middle of a query
				}
			}
		case err == nil:
			// Idle for a while: show the server, and every proxy, that somebody is there.
			ctx, cancel := context.WithTimeout(context.Background(), h.opts.KeepAlive)
			_, err = h.tx.Exec(ctx, "SELECT 1")
			cancel()
		}
		if err != nil {
			h.fail(err)
			return
		}
	}
}

// listen waits until there is work, until Close, or until it is time to show a sign of
// life (nil request, no error). An error means that the session is gone.
func (h *Holder) listen() (*request, bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), h.opts.KeepAlive)
	var taken *request
	var stop bool
	woken := make(chan struct{})
	go func() { // waited for below
		defer close(woken)
		select {
		case r := <-h.requests:
			taken = &r
		case <-h.stop:
			stop = true
		case <-ctx.Done():
		}
		cancel()
	}()
	_, err := h.conn.WaitForNotification(ctx)
	ended := ctx.Err() != nil // an end of ours leaves the connection whole
	cancel()
	<-woken
	if ended && !h.conn.IsClosed() {
		err = nil
	}
	if err != nil && taken != nil {
		taken.done <- session.Fault(report.Source, "read in the snapshot", err)
		taken = nil
	}
	return taken, stop, err
}

// serve runs one request within a savepoint.
func (h *Holder) serve(r *request) error {
	const doing = "read in the snapshot"
	if err := r.ctx.Err(); err != nil {
		return err // to start it would cost the connection
	}
	point, err := h.tx.Begin(r.ctx)
	if err != nil {
		return session.Fault(report.Source, doing, err)
	}
	if err := r.fn(point); err != nil {
		if !h.conn.IsClosed() {
			ctx, cancel := context.WithTimeout(context.Background(), h.opts.KeepAlive)
			defer cancel()
			_ = point.Rollback(ctx) // if this fails the connection is closed, which run sees
		}
		return err
	}
	return session.Fault(report.Source, doing, point.Commit(r.ctx))
}

// fail records the loss.
func (h *Holder) fail(err error) {
	hint := ""
	if session.State(err) == "" {
		hint = "see whether the server, a proxy or an administrator ended the session"
	}
	f := session.Fault(report.Source, "hold the snapshot", err)
	if hint != "" && report.HintOf(f) == "" {
		f = &report.Fault{Side: report.Source, Doing: "hold the snapshot", Hint: hint, Err: session.Reduce(err)}
	}
	h.err = f
	close(h.lost)
}

// Close ends the snapshot and releases every lock. It waits for a running Read. It can
// be called more than once.
func (h *Holder) Close(ctx context.Context) {
	h.stopping.Do(func() {
		close(h.stop)
		<-h.done
		h.closeConns(ctx)
	})
}

// goodbye bounds an orderly end; a server that does not answer sees the socket close.
const goodbye = 5 * time.Second

// closeConns closes both connections, also when ctx has ended.
func (h *Holder) closeConns(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = h.conn.Close(ctx) // nothing was written that could be lost
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.monitor != nil {
		_ = h.monitor.Close(ctx)
		h.monitor = nil
	}
}

// outside runs fn on a connection that is in no transaction and sees the present.
func (h *Holder) outside(ctx context.Context, fn func(conn *pgx.Conn) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.monitor != nil && h.monitor.IsClosed() {
		h.monitor = nil
	}
	if h.monitor == nil {
		role := session.Source("monitor")
		role.Timeouts = h.opts.Timeouts
		conn, err := session.Connect(ctx, h.cfg, role)
		if err != nil {
			return err
		}
		h.monitor = conn
	}
	return fn(h.monitor)
}

// Check fails when the snapshot no longer protects what was copied: the holder was
// lost, or a locked table was dropped or rewritten (VACUUM FULL, TRUNCATE, ALTER). It
// asks from a connection outside the snapshot. The error is a report.Fault of side Source.
func (h *Holder) Check(ctx context.Context) error {
	const doing = "check that no table changed under the snapshot"
	if err := h.Err(); err != nil {
		return err
	}
	now := make(map[uint32]uint32, len(h.tables))
	err := h.outside(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, query("filenodes"), oids(h.tables))
		if err != nil {
			return err
		}
		var oid, node uint32
		_, err = pgx.ForEachRow(rows, []any{&oid, &node}, func() error { now[oid] = node; return nil })
		return err
	})
	if err != nil {
		return session.Fault(report.Source, doing, err)
	}
	for _, l := range h.tables {
		node, there := now[l.OID]
		what := ""
		switch {
		case !there:
			what = "dropped"
		case node != l.Filenode:
			what = "rewritten or truncated"
		default:
			continue
		}
		return &report.Fault{
			Side: report.Source, Doing: doing, Err: fmt.Errorf("the table %s was %s", l.Name, what),
			Hint: "what was copied of it may be incomplete: run again without a migration or VACUUM FULL meanwhile",
		}
	}
	return h.Err()
}

// Session is a session on the source that stands in the way, or that we stand in the way of.
type Session struct {
	PID         int32         // 0 for a prepared transaction
	Application string        // application_name; empty where the role may not see it
	Table       catalog.Name  //
	Mode        string        // "AccessExclusiveLock"
	Waiting     bool          // it waits for the lock; otherwise it has it
	Waited      time.Duration // servers from 14; otherwise 0
}

// String names the session by pid and application, never by its query.
func (s Session) String() string {
	who := "a prepared transaction"
	if s.PID != 0 {
		who = fmt.Sprintf("pid %d", s.PID)
		if s.Application != "" {
			who += fmt.Sprintf(" (%q)", s.Application)
		}
	}
	verb := "holds"
	if s.Waiting {
		verb = "waits for"
	}
	return fmt.Sprintf("%s %s %s on %s", who, verb, s.Mode, s.Table)
}

// ask runs a query that returns sessions.
func (h *Holder) ask(ctx context.Context, name string, args ...any) ([]Session, error) {
	var all []Session
	err := h.outside(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, query(name), args...)
		if err != nil {
			return err
		}
		var s Session
		var seconds float64
		_, err = pgx.ForEachRow(rows, []any{&s.PID, &s.Application, &s.Table.Schema, &s.Table.Name, &s.Mode, &s.Waiting, &seconds}, func() error {
			s.Waited = time.Duration(seconds * float64(time.Second))
			all = append(all, s)
			return nil
		})
		return err
	})
	return all, session.Fault(report.Source, "look for sessions that wait", err)
}

// MigrationWaiting returns the sessions that wait because of our locks, most likely
// migrations. Production queues behind each of them, so the caller decides whether to
// go on. None is an empty list.
func (h *Holder) MigrationWaiting(ctx context.Context) ([]Session, error) {
	return h.ask(ctx, "waiting", oids(h.tables), h.pid)
}
