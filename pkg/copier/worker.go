package copier

import (
	"context"
	"errors"
	"time"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/session"
)

// Retry says how often a chunk is tried whose failure may pass, as session.Transient
// judges: each time on new connections in the same snapshot.
type Retry struct {
	Attempts int           // in all; below 2 is one
	Pause    time.Duration // before the second attempt; doubled before each further one
	Longest  time.Duration // of the pauses
	Tell     func(t *plan.Table, err error, pause time.Duration)
}

// DefaultRetry lasts most of a minute: as long as a server takes to restart.
var DefaultRetry = Retry{Attempts: 8, Pause: 500 * time.Millisecond, Longest: 15 * time.Second}

// Retry sets how failures are repeated; without it none is. It comes before Run.
func (c *Copier) Retry(r Retry) { c.retry = r }

// pause is the wait after so many attempts.
func (r *Retry) pause(attempts int) time.Duration {
	return min(r.Pause<<min(attempts-1, 16), r.Longest)
}

// wait waits, or returns why it must not.
func (r *Retry) wait(ctx context.Context, attempts int) error {
	timer := time.NewTimer(r.pause(attempts))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// worker is a pair of connections, opened when first needed and anew after a failure.
type worker struct {
	open Open
	src  Source
	dst  Target
	done func()
}

func (w *worker) ready(ctx context.Context) (err error) {
	if w.done == nil {
		w.src, w.dst, w.done, err = w.open(ctx)
	}
	return err
}

func (w *worker) close() {
	if w.done != nil {
		w.done()
		w.done = nil
	}
}

// copyRetried copies a chunk, again when what kept it may have passed.
func (c *Copier) copyRetried(ctx context.Context, w *worker, ch plan.Chunk) error {
	for attempts := 1; ; attempts++ {
		err := w.ready(ctx)
		if err == nil {
			if err = c.copyChunk(ctx, ch, w.src, w.dst); err == nil {
				return nil
			}
		}
		w.close()
		if ctx.Err() != nil || attempts >= c.retry.Attempts || !session.Transient(err) {
			return err
		}
		c.meter.Table(ch.Table).Retries.Add(1)
		if c.retry.Tell != nil {
			c.retry.Tell(&c.plan.Tables[ch.Table], err, c.retry.pause(attempts))
		}
		if err := c.retry.wait(ctx, attempts); err != nil {
			return err
		}
	}
}

// committed finds out whether a chunk is stored although CopyIn failed.
func (c *Copier) committed(ctx context.Context, id ChunkID, err error) bool {
	if errors.Is(err, ErrRecorded) {
		return true
	}
	var uncertain *UncertainError
	if !errors.As(err, &uncertain) || c.journal == nil {
		return false
	}
	for attempts := 1; ; attempts++ {
		yes, err := c.journal.Committed(ctx, id)
		if err == nil {
			// A commit that is still on its way is met by the next attempt: its entry
			// waits for this one, and is then refused as recorded.
			return yes
		}
		if attempts >= c.retry.Attempts || !session.Transient(err) || c.retry.wait(ctx, attempts) != nil {
			return false
		}
	}
}
