package publish

import (
	"context"
	"errors"
	"time"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// takeoverTimeout bounds how long the server may take to end the sessions of a dead run.
const takeoverTimeout = 30 * time.Second

// TakeOver makes the incoming database of a dead run the run's own: it ends every session
// in it, what pg_restore goes on with included, and puts the run's id into the mark. When
// it returns, nothing of the dead run can commit any more. The caller holds the lock.
func (a *Admin) TakeOver(ctx context.Context, name, run string) error {
	doing := "take over " + name
	d, err := a.lookup(ctx, name)
	if err != nil {
		return err
	}
	if d == nil || d.Mark == nil || d.Mark.State != Incoming {
		return &report.Fault{Side: report.Target, Doing: doing, Err: errNotOurs, Hint: "start over: run without --resume"}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, takeoverTimeout, errors.New("sessions in it do not end"))
	defer cancel()
	poll := time.NewTicker(pollInterval / 4)
	defer poll.Stop()
	for {
		if err := a.terminate(ctx, a.conn, d.OID); err != nil {
			return err
		}
		busy, err := a.busy(ctx, name, d.OID)
		if err != nil {
			return err
		}
		if len(busy.Sessions) == 0 {
			break
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return &report.Fault{Side: report.Target, Doing: doing, Err: busy, Hint: "end the sessions, or start over: run without --resume"}
		}
	}
	mark := *d.Mark
	mark.RunID = run
	comment, err := joinComment(d.Comment, mark)
	if err != nil {
		return err
	}
	return a.exec(ctx, doing, "COMMENT ON DATABASE "+quote(name)+" IS "+session.Literal(comment))
}

// EndSessions ends the sessions in a staging that our role may end.
func (a *Admin) EndSessions(ctx context.Context, staging string) error {
	d, err := a.lookup(ctx, staging)
	if err != nil || d == nil {
		return err
	}
	return a.terminate(ctx, a.conn, d.OID)
}
