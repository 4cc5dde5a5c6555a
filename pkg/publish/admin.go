package publish

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Admin works on the databases of one target cluster through a session in its
// maintenance database. It is used by one goroutine at a time.
type Admin struct {
	conn      *pgx.Conn
	cfg       *session.Config // of the target; the database in it is replaced
	database  string          // the maintenance database
	version   int             // server_version_num
	role      string          // current_user
	superuser bool
	createdb  bool
}

// Open connects to the maintenance database: the named one, or postgres, or template1.
// It is never the staging database, because a session's own database cannot be renamed.
func Open(ctx context.Context, target *session.Config, maintenance string) (*Admin, error) {
	candidates := []string{"postgres", "template1"}
	if maintenance != "" {
		candidates = []string{maintenance}
	}
	var first error
	for _, database := range candidates {
		if database == target.Name() {
			if first == nil {
				first = fmt.Errorf("the target is the maintenance database %s itself", database)
			}
			continue
		}
		conn, err := session.Connect(ctx, target.Database(database), session.Target("admin"))
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if first == nil {
				first = err
			}
			continue
		}
		a := &Admin{conn: conn, cfg: target, database: database}
		if err := a.prepare(ctx); err != nil {
			return nil, errors.Join(err, a.Close(context.WithoutCancel(ctx)))
		}
		return a, nil
	}
	if fault := (*report.Fault)(nil); errors.As(first, &fault) {
		return nil, first
	}
	return nil, &report.Fault{
		Side: report.Target, Doing: "connect to the target's maintenance database", Err: first,
		Hint: "name a database of the target's server where the role may connect, other than staging",
	}
}

func (a *Admin) prepare(ctx context.Context) error {
	err := a.conn.QueryRow(ctx, `
		SELECT pg_catalog.current_setting('server_version_num')::int, current_user::text, r.rolsuper, r.rolcreatedb
		FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`).Scan(&a.version, &a.role, &a.superuser, &a.createdb)
	if err != nil {
		return session.Fault(report.Target, "look at the target's role", err)
	}
	// The session lives as long as the run and is idle while rows are copied, and
	// dropping a large database takes its time. It must wait for no lock for long.
	settings := []string{"SET statement_timeout = 0", "SET lock_timeout = '15s'"}
	if a.version >= 140000 {
		settings = append(settings, "SET idle_session_timeout = 0")
	}
	for _, s := range settings {
		if _, err := a.conn.Exec(ctx, s); err != nil {
			return session.Fault(report.Target, "prepare the maintenance session", err)
		}
	}
	return nil
}

// revive opens the session anew when a cancelled statement has closed it, for the work
// of cleaning up. The server may still be at that statement: its session is ended and
// waited for, since what it makes must not appear behind our back. The lock is gone.
func (a *Admin) revive(ctx context.Context) error {
	if !a.conn.IsClosed() {
		return nil
	}
	pid := int32(a.conn.PgConn().PID()) //nolint:gosec // a pid fits
	conn, err := session.Connect(ctx, a.cfg.Database(a.database), session.Target("admin"))
	if err != nil {
		return err
	}
	a.conn = conn
	if err := a.prepare(ctx); err != nil {
		return err
	}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		var left int
		err := conn.QueryRow(ctx, `
			SELECT count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity
			WHERE pid = $1 AND usename = current_user AND application_name = pg_catalog.current_setting('application_name')`, pid).Scan(&left)
		if err != nil || left == 0 {
			return session.Fault(report.Target, "end a cancelled session", err)
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Close gives the lock back and ends the session.
func (a *Admin) Close(ctx context.Context) error {
	err := a.revive(ctx)
	// A server ends a session some time after its client has gone: until then the next run
	// would meet the lock. When this fails, the end of the session gives it back.
	_, _ = a.conn.Exec(ctx, "SELECT pg_catalog.pg_advisory_unlock_all()")
	return errors.Join(err, a.conn.Close(ctx))
}

// Version returns the target's server_version_num.
func (a *Admin) Version() int { return a.version }

// Superuser reports whether the target's role is one.
func (a *Admin) Superuser() bool { return a.superuser }

// Maintenance returns the name of the database that the session is in.
func (a *Admin) Maintenance() string { return a.database }

// ErrLocked is in the error of Lock when another run works on the same staging.
var ErrLocked = errors.New("another run works on this staging")

// How long a run's lock is waited for. The session of a killed run keeps its lock until
// its server notices, and at a statement (CREATE DATABASE, a large DROP) that takes a
// moment. A holder that idles has a client: it is a run at work, and a second of it is
// enough to know.
const (
	lockPatience = 15 * time.Second
	idlePatience = time.Second
)

// Lock takes the cluster-wide lock on a staging name; it is held until Close. When
// another run holds it, the error wraps [ErrLocked] and names the holder.
//
// Advisory locks belong to a database, and another run may have taken another
// maintenance database, so after taking ours we look for the same lock everywhere.
// Two runs at the same instant may both give way; none passes the other.
func (a *Admin) Lock(ctx context.Context, staging string) error {
	key := lockKey(staging)
	return a.outwait(ctx, "lock staging "+staging, func() (*Session, error) {
		var got bool
		if err := a.conn.QueryRow(ctx, `SELECT pg_catalog.pg_try_advisory_lock($1)`, key).Scan(&got); err != nil {
			return nil, err
		}
		holder, err := a.holder(ctx, key)
		if err != nil || (holder == nil && got) {
			return nil, err
		}
		if got {
			if _, err := a.conn.Exec(ctx, `SELECT pg_catalog.pg_advisory_unlock($1)`, key); err != nil {
				return nil, err
			}
		}
		if holder == nil {
			return &Session{}, nil // it has just ended, or is not visible
		}
		return holder, nil
	})
}

// outwait asks who holds a lock until nobody does, a holder has shown that it lives, or
// patience ends.
func (a *Admin) outwait(ctx context.Context, doing string, ask func() (*Session, error)) error {
	began, idle := time.Now(), time.Time{}
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		holder, err := ask()
		if err != nil {
			return session.Fault(report.Target, doing, err)
		}
		if holder == nil {
			return nil
		}
		switch {
		case holder.State != "idle":
			idle = time.Time{}
		case idle.IsZero():
			idle = time.Now()
		}
		if time.Since(began) >= lockPatience || (!idle.IsZero() && time.Since(idle) >= idlePatience) {
			return a.locked(doing, holder)
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// holder returns the session that holds a run's lock, or nil. Ours does not count.
func (a *Admin) holder(ctx context.Context, key int64) (*Session, error) {
	// A bigint key stands in pg_locks as two halves with objsubid 1.
	var s Session
	err := a.conn.QueryRow(ctx, `
		SELECT l.pid, coalesce(s.usename::text, ''), coalesce(s.application_name, ''), coalesce(s.state, '')
		FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
		  AND l.classid::int8 = ($1::int8 >> 32) & 4294967295 AND l.objid::int8 = $1::int8 & 4294967295
		  AND l.pid <> pg_catalog.pg_backend_pid()
		ORDER BY l.pid LIMIT 1`, key).Scan(&s.PID, &s.User, &s.Application, &s.State)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // nobody is no error
	}
	return &s, err
}

// LookForRun says, without taking the lock, that another run works on a staging: its
// error is that of [Admin.Lock].
func (a *Admin) LookForRun(ctx context.Context, staging string) error {
	return a.outwait(ctx, "look for other runs on staging "+staging, func() (*Session, error) {
		return a.holder(ctx, lockKey(staging))
	})
}

func (a *Admin) locked(doing string, holder *Session) error {
	who := "its session has just ended, or is not visible"
	if holder.PID != 0 {
		who = holder.String()
	}
	return &report.Fault{
		Side: report.Target, Doing: doing, Err: fmt.Errorf("%w: %s", ErrLocked, who),
		Hint: "wait until it is done, or end its session on the target's server",
	}
}

func lockKey(staging string) int64 {
	sum := sha256.Sum256([]byte("understudy/run/1/" + staging))
	return int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // any 64 bits will do
}

// exec runs a statement and reduces its error.
func (a *Admin) exec(ctx context.Context, doing, sql string) error {
	if _, err := a.conn.Exec(ctx, sql); err != nil {
		return session.Fault(report.Target, doing, err)
	}
	return nil
}
