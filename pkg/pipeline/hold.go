package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

// holding is who holds the snapshot while rows are copied: a session of this process,
// and a keeper, which outlives it. Each is replaced from the other.
type holding struct {
	mu     sync.Mutex // guards held and keeper while the copy runs
	held   *snapshot.Holder
	keeper *snapshot.Keeper // nil when the run cannot be resumed
}

func (h *holding) holder() *snapshot.Holder {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held
}

func (h *holding) setHolder(s *snapshot.Holder) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = s
}

// keeperLost is closed when there is a keeper and it has ended.
func (h *holding) keeperLost() <-chan struct{} {
	if k := h.theKeeper(); k != nil {
		return k.Lost()
	}
	return nil
}

func (h *holding) theKeeper() *snapshot.Keeper {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keeper
}

func (h *holding) setKeeper(k *snapshot.Keeper) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keeper = k
}

// letGo ends the snapshot: production's vacuum waits for it.
func (h *holding) letGo(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held != nil {
		h.held.Close(ctx)
		h.held = nil
	}
	if h.keeper != nil {
		h.keeper.End()
		h.keeper = nil
	}
}

// leave lets the keeper hold on alone, for the run that resumes this one.
func (h *holding) leave(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.keeper != nil {
		h.keeper.Leave()
		h.keeper = nil
	}
	if h.held != nil {
		h.held.Close(ctx)
		h.held = nil
	}
}

// resumable reports whether another process could go on with what there is.
func (r *refresh) resumable() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keeps && r.journal != nil && !r.swapped && (r.keeper != nil || r.held == nil)
}

// stagingTag names a staging in the application name of its keepers, by which the next
// run finds them. It says nothing of the target to whoever reads it on production.
func (r *refresh) stagingTag() string {
	sum := sha256.Sum256([]byte("understudy/keeper/1/" + r.target.Redacted()))
	return hex.EncodeToString(sum[:6])
}

// persistent reports whether the run keeps what another process needs to go on with it.
// The rows that a subset chose are known to this process alone.
func (r *refresh) persistent() bool {
	return r.Hold > 0 && len(r.Keeper) > 0 && !r.Ephemeral && !r.Subset
}

// startKeeper has a process of its own hold the snapshot. Without it the run goes on, and
// cannot be resumed.
func (r *refresh) startKeeper(ctx context.Context) {
	if !r.persistent() {
		return
	}
	k, err := snapshot.StartKeeper(ctx, r.holder(), snapshot.KeeperOptions{Command: r.Keeper, Source: r.Source, Tag: r.stagingTag(), Run: r.run.ID, Hold: r.Hold})
	if err != nil {
		r.Log.Warn().Err(err).Str("hint", report.HintOf(err)).Msg("no process of its own holds the snapshot: if this run is killed, it cannot be resumed")
		return
	}
	r.setKeeper(k)
}

// endKeepers ends what dead runs of this staging left on production.
func (r *refresh) endKeepers(ctx context.Context) error {
	conn, err := session.Connect(ctx, r.source, session.Source("guard"))
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	ended, err := snapshot.EndKeepers(ctx, conn, r.stagingTag())
	for _, who := range ended {
		r.Log.Warn().Str("session", who).Msg("ended the process that held the snapshot of an earlier run")
	}
	return err
}

// holderPatience is how long a connection waits for the session that takes a lost holder's place.
const holderPatience = 15 * time.Second

// pinned opens a connection in the snapshot. When the session that holds it has just
// ended, and a keeper has it too, it waits until that is in its place.
func (r *refresh) pinned(ctx context.Context) (*snapshot.Conn, error) {
	held := r.holder()
	src, err := held.Pinned(ctx)
	if err == nil || r.theKeeper() == nil || !snapshot.Unknown(err) && held.Err() == nil {
		return src, err
	}
	end := time.NewTimer(holderPatience)
	defer end.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for r.holder() == held {
		select {
		case <-tick.C:
		case <-end.C:
			return nil, err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if held = r.holder(); held == nil {
		return nil, err
	}
	return held.Pinned(ctx)
}

// replaceHolder takes the snapshot from the keeper when the run's own session is lost.
func (r *refresh) replaceHolder(ctx context.Context) error {
	lost := r.holder()
	keeper := r.theKeeper()
	if keeper == nil {
		return lost.Err()
	}
	again, err := snapshot.Attach(ctx, r.source, keeper.Ticket(), snapshot.Options{LockTimeout: r.LockTimeout})
	if snapshot.Gone(err) {
		return &report.Fault{
			Side: report.Source, Doing: "hold the snapshot", Err: fmt.Errorf("the run's session and its keeper are both lost: %w", lost.Err()),
			Hint: "the source restarted, or both were ended: run again, from the start",
		}
	}
	if err != nil {
		return errors.Join(lost.Err(), err)
	}
	r.Log.Warn().Err(lost.Err()).Msg("the session that held the snapshot was lost, and is replaced from its keeper")
	r.setHolder(again)
	lost.Close(ctx)
	return nil
}

// replaceKeeper starts another keeper, and says in the journal which.
func (r *refresh) replaceKeeper(ctx context.Context) {
	r.setKeeper(nil)
	r.Log.Warn().Msg("the process that holds the snapshot beside this one has ended, and is replaced")
	r.startKeeper(ctx)
	if err := r.putKeeper(ctx); err != nil {
		r.Log.Warn().Err(err).Msg("the new holder of the snapshot could not be recorded: if this run is killed, it cannot be resumed")
	}
}

// keeperPatience is the pause before a keeper is replaced: one that cannot live, or a
// server that ends its sessions, must not make us start one after the other.
const keeperPatience = 5 * time.Second
