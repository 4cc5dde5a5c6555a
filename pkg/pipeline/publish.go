package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/session"
)

// PublishOptions says what is swapped in by hand.
type PublishOptions struct {
	Target      string // DSN of the staging database
	Maintenance string
	Incoming    string // database to swap in; empty brings the previous generation back
	Sessions    publish.Policy
	Wait        time.Duration
	Force       bool
	Keep        int           // of Clean: generations that stay
	MaxAge      time.Duration // of Clean: those that were replaced longer ago go; 0 is no limit
}

// Generation is one database that belongs to a staging.
type Generation struct {
	Name    string        `json:"name"`
	State   publish.State `json:"state"`
	RunID   string        `json:"run"`
	Created time.Time     `json:"created"`
	Bytes   int64         `json:"bytes"`
	// Who is logged in. Of staging alone: nobody is in a generation, and in an incoming
	// database only its run.
	Sessions []publish.Session `json:"sessions,omitempty"`
	Record   string            `json:"record,omitempty"` // SHA-256 of the run's signed record
}

// Publish swaps a waiting incoming database in, or undoes the last swap. When sessions
// are in the way the error is an UnswappedError.
func Publish(ctx context.Context, o PublishOptions) (*publish.Swapped, error) {
	admin, target, err := openTarget(ctx, o)
	if err != nil {
		return nil, err
	}
	defer admin.Close(context.WithoutCancel(ctx))
	if err := admin.Lock(ctx, target.Name()); err != nil {
		return nil, err
	}
	swap := publish.SwapOptions{Staging: target.Name(), Incoming: o.Incoming, Sessions: o.Sessions, Wait: o.Wait, Force: o.Force, Now: time.Now()}
	do := admin.Undo
	if o.Incoming != "" {
		do = admin.Swap
	}
	swapped, err := do(ctx, swap)
	if publish.BusyOf(err) != nil {
		return nil, &UnswappedError{Incoming: o.Incoming, Err: err}
	}
	return swapped, err
}

// Generations lists staging, what was before it, and what dead runs left.
func Generations(ctx context.Context, o PublishOptions) ([]Generation, error) {
	admin, target, err := openTarget(ctx, o)
	if err != nil {
		return nil, err
	}
	defer admin.Close(context.WithoutCancel(ctx))
	status, err := admin.Inspect(ctx, target.Name())
	if err != nil {
		return nil, err
	}
	all := append([]publish.Database{}, status.Generations...)
	all = append(all, status.Leftovers...)
	if status.Exists {
		all = append([]publish.Database{status.Database}, all...)
	}
	out := make([]Generation, 0, len(all))
	for _, d := range all {
		g := Generation{Name: d.Name, Bytes: d.Bytes, State: "unmarked"}
		if d.Mark != nil {
			g.State, g.RunID, g.Created, g.Record = d.Mark.State, d.Mark.RunID, d.Mark.Created, d.Mark.Record
		}
		if d.Name == target.Name() {
			g.Sessions = status.Sessions
		}
		out = append(out, g)
	}
	return out, nil
}

// Clean drops what dead runs left, which may hold originals, and then the generations
// that are too many or too old. It returns the names of the dropped; one that cannot be
// dropped does not keep the others. While a run works on the staging it is refused.
func Clean(ctx context.Context, o PublishOptions) ([]string, error) {
	admin, target, err := openTarget(ctx, o)
	if err != nil {
		return nil, err
	}
	defer admin.Close(context.WithoutCancel(ctx))
	if err := admin.Lock(ctx, target.Name()); err != nil {
		return nil, err
	}
	dropped, err := admin.CleanLeftovers(ctx, target.Name())
	old, kerr := admin.Keep(ctx, target.Name(), o.Keep, o.MaxAge, time.Now())
	return append(dropped, old...), errors.Join(err, kerr)
}

func openTarget(ctx context.Context, o PublishOptions) (*publish.Admin, *session.Config, error) {
	target, err := session.ParseTarget(o.Target)
	if err != nil {
		return nil, nil, err
	}
	admin, err := publish.Open(ctx, target, o.Maintenance)
	return admin, target, err
}
