package publish

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// objectInUse is the SQLSTATE of RENAME and DROP DATABASE when somebody is in it.
const objectInUse = "55006"

// Policy says what happens to sessions that keep the databases from being renamed.
type Policy int

// The policies.
const (
	Fail      Policy = iota // give up, after the moment that closed sessions take to vanish
	Wait                    // wait for them to end, for SwapOptions.Wait
	Terminate               // end them
)

// ParsePolicy reads "fail", "wait" or "terminate".
func ParsePolicy(name string) (Policy, error) {
	switch name {
	case "fail":
		return Fail, nil
	case "wait":
		return Wait, nil
	case "terminate":
		return Terminate, nil
	}
	return Fail, fmt.Errorf("unknown policy %q for sessions: use fail, wait or terminate", name)
}

// SwapOptions says what is swapped in, and how.
type SwapOptions struct {
	Staging  string
	Incoming string // of Swap
	Sessions Policy
	Wait     time.Duration // of the Wait policy: how long
	Force    bool          // of Undo: take a generation that keeps what today's rules mask
	Now      time.Time
}

// Swapped is what a swap did.
type Swapped struct {
	Previous string   // the name under which the old staging is kept; empty when there was none
	Notes    []string // what of the old staging could not be carried over; names, no values
}

// pollInterval is how often sessions are looked for while they are waited for.
const pollInterval = 200 * time.Millisecond

// attemptTimeout bounds one attempt: two renames wait 5 s each at the most, and the
// session's lock_timeout bounds the rest.
const attemptTimeout = time.Minute

// grace is how long the server may take to end a session that its client has closed;
// the last of ours in the incoming database was closed a moment ago.
const grace = 2 * time.Second

// Swap gives the incoming database what the old staging has and renames both, in one
// transaction. When sessions are in the way, nothing has changed and [BusyOf] tells who
// they are. The caller holds the lock and has closed its own sessions in the incoming database.
func (a *Admin) Swap(ctx context.Context, opt SwapOptions) (*Swapped, error) {
	doing := "swap in " + opt.Incoming
	incoming, err := a.lookup(ctx, opt.Incoming)
	if err != nil {
		return nil, err
	}
	if incoming == nil || incoming.Mark == nil || incoming.Mark.State != Incoming || incoming.Mark.Staging != opt.Staging {
		return nil, &report.Fault{Side: report.Target, Doing: doing, Err: fmt.Errorf("there is no incoming database of staging %s with this name", opt.Staging)}
	}
	old, err := a.lookup(ctx, opt.Staging)
	if err != nil {
		return nil, err
	}
	x := exchange{doing: doing, staging: opt.Staging, in: *incoming, old: old, inMark: *incoming.Mark}
	x.inMark.State, x.inMark.Published = Staging, opt.Now.UTC().Truncate(time.Second)
	if old != nil {
		x.inComment = old.Comment
	}
	return a.exchange(ctx, x, opt, func(ctx context.Context, tx pgx.Tx) ([]string, error) { return a.carry(ctx, tx, old, *incoming) })
}

// Undo brings the newest generation back and keeps today's staging as a generation, so
// that a second Undo takes the first one back. A generation that keeps
// a column which today's rules mask, or that we did not write, is refused unless forced.
func (a *Admin) Undo(ctx context.Context, opt SwapOptions) (*Swapped, error) {
	doing := "bring back the previous generation of " + opt.Staging
	generations, err := a.Generations(ctx, opt.Staging)
	if err != nil {
		return nil, err
	}
	if len(generations) == 0 {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("no generation is kept"), Hint: "keep some with --keep-generations"}
	}
	back := generations[0]
	doing = "bring back " + back.Name
	now, err := a.lookup(ctx, opt.Staging)
	if err != nil {
		return nil, err
	}
	if now != nil && !opt.Force {
		switch {
		case now.Mark == nil || now.Mark.Staging != opt.Staging:
			return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: fmt.Errorf("staging %s: %w", opt.Staging, errNotOurs), Hint: "use --force if it may become a generation"}
		case back.Mark.Published.IsZero():
			return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("it was never published by us, so nobody knows what it holds"), Hint: "use --force to take it all the same"}
		}
		if err := masksLess(back.Mark, now.Mark); err != nil {
			return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: err, Hint: "use --force to take it all the same"}
		}
	}
	x := exchange{doing: doing, staging: opt.Staging, in: back, old: now, inMark: *back.Mark, inComment: back.Comment}
	x.inMark.State, x.inMark.Retired = Staging, time.Time{}
	return a.exchange(ctx, x, opt, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
		_, err := tx.Exec(ctx, "ALTER DATABASE "+quote(back.Name)+" ALLOW_CONNECTIONS true")
		return nil, err
	})
}

// exchange is one swap: in becomes staging, old (if any) a generation.
type exchange struct {
	doing     string
	staging   string
	in        Database
	inMark    Mark
	inComment string
	old       *Database
}

// oids are the databases that nobody may be in.
func (x exchange) oids() []uint32 {
	if x.old == nil {
		return []uint32{x.in.OID}
	}
	return []uint32{x.in.OID, x.old.OID}
}

func (a *Admin) exchange(ctx context.Context, x exchange, opt SwapOptions, prepare func(context.Context, pgx.Tx) ([]string, error)) (*Swapped, error) {
	patience := grace
	if opt.Sessions == Wait {
		patience = max(opt.Wait, 0)
	}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for try := 0; ; try++ {
		busy, err := a.busy(ctx, x.staging, x.oids()...)
		if err != nil {
			return nil, err
		}
		if len(busy.Sessions) == 0 || opt.Sessions == Terminate {
			done, err := a.attempt(ctx, x, opt, prepare)
			if err == nil {
				return done, nil
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if session.State(err) != objectInUse {
				return nil, session.Fault(report.Target, x.doing, err)
			}
			if busy, err = a.busy(ctx, x.staging, x.oids()...); err != nil {
				return nil, err
			}
		}
		gaveUp := &report.Fault{
			Side: report.Target, Doing: x.doing, Err: busy,
			Hint: "end the sessions, or let the swap wait for them or terminate them; the incoming database is kept and can be published later",
		}
		// Each attempt has waited 5 s for the terminated ones: who is left after three of them does not go.
		if opt.Sessions == Terminate && try >= 2 {
			return nil, gaveUp
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			if opt.Sessions != Terminate {
				return nil, gaveUp
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// attempt does the swap in one transaction. RENAME takes a lock that keeps new sessions
// out until the transaction ends and waits up to 5 s for the others to go; when told to,
// they are terminated from a second session meanwhile. So there is no moment at which a
// killed process would leave staging closed. A cancel that comes now is too late: a
// commit whose answer was not waited for would leave nobody knowing which staging it is.
func (a *Admin) attempt(ctx context.Context, x exchange, opt SwapOptions, prepare func(context.Context, pgx.Tx) ([]string, error)) (*Swapped, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTimeout)
	defer cancel()
	out := &Swapped{}
	var err error
	retired := opt.Now.UTC().Truncate(time.Second)
	if x.old != nil {
		generations, err := a.Generations(ctx, x.staging)
		if err != nil {
			return nil, err
		}
		// Never before the generation that is there: the clock may have been set back, and
		// what was replaced last is what an undo brings back.
		if len(generations) > 0 && !retired.After(generations[0].Mark.Retired) {
			retired = generations[0].Mark.Retired.Add(time.Second)
		}
		if out.Previous, err = a.freeName(ctx, func(at time.Time) string { return GenerationName(x.staging, at) }, opt.Now); err != nil {
			return nil, err
		}
	}
	if opt.Sessions == Terminate {
		stop, err := a.startTerminator(ctx, x.oids())
		if err != nil {
			return nil, err
		}
		defer stop()
	}
	err = pgx.BeginFunc(ctx, a.conn, func(tx pgx.Tx) error {
		if out.Notes, err = prepare(ctx, tx); err != nil {
			return err
		}
		comment, err := joinComment(x.inComment, x.inMark)
		if err != nil {
			return err
		}
		statements := []string{"COMMENT ON DATABASE " + quote(x.in.Name) + " IS " + session.Literal(comment)}
		if x.old != nil {
			mark := Mark{Staging: x.staging}
			if m := x.old.Mark; m != nil && m.Staging == x.staging {
				mark = *m
			}
			mark.State, mark.Retired = Previous, retired
			if comment, err = joinComment(x.old.Comment, mark); err != nil {
				return err
			}
			statements = append(statements,
				"COMMENT ON DATABASE "+quote(x.old.Name)+" IS "+session.Literal(comment),
				"ALTER DATABASE "+quote(x.old.Name)+" ALLOW_CONNECTIONS false",
				"ALTER DATABASE "+quote(x.old.Name)+" RENAME TO "+quote(out.Previous))
		}
		statements = append(statements, "ALTER DATABASE "+quote(x.in.Name)+" RENAME TO "+quote(x.staging))
		for _, sql := range statements {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// startTerminator ends the sessions of databases from a session of its own until stop is called.
func (a *Admin) startTerminator(ctx context.Context, oids []uint32) (stop func(), err error) {
	conn, err := session.Connect(ctx, a.cfg.Database(a.database), session.Target("swap"))
	if err != nil {
		return nil, session.Fault(report.Target, "open a second maintenance session", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(pollInterval)
		defer tick.Stop()
		for {
			// An error means that the session is gone: then the rename tells who is left.
			if a.terminate(ctx, conn, oids...) != nil {
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
		_ = conn.Close(context.WithoutCancel(ctx))
	}, nil
}

// terminate ends the sessions that our role may end; the others are skipped, because
// one of them must not keep the rest.
func (a *Admin) terminate(ctx context.Context, conn *pgx.Conn, oids ...uint32) error {
	rows, err := conn.Query(ctx, `
		SELECT pid FROM pg_catalog.pg_stat_activity
		WHERE datid = ANY ($1::oid[]) AND pid NOT IN (pg_catalog.pg_backend_pid(), $2)`, oids, int32(a.conn.PgConn().PID())) //nolint:gosec // a pid fits
	if err != nil {
		return session.Fault(report.Target, "terminate sessions", err)
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return session.Fault(report.Target, "terminate sessions", err)
	}
	for _, pid := range pids {
		if _, err := conn.Exec(ctx, `SELECT pg_catalog.pg_terminate_backend($1)`, pid); err != nil && !session.Denied(err) {
			return session.Fault(report.Target, "terminate sessions", err)
		}
	}
	return nil
}

// busy reads who is in the databases.
func (a *Admin) busy(ctx context.Context, name string, oids ...uint32) (*Busy, error) {
	b := &Busy{Database: name}
	var err error
	if b.Sessions, err = a.sessions(ctx, oids...); err != nil {
		return nil, err
	}
	err = a.conn.QueryRow(ctx, `
		SELECT count(*) FROM pg_catalog.pg_prepared_xacts p JOIN pg_catalog.pg_database d ON d.datname = p.database
		WHERE d.oid = ANY ($1::oid[])`, oids).Scan(&b.Prepared)
	if err != nil {
		return nil, session.Fault(report.Target, "list prepared transactions", err)
	}
	return b, nil
}
