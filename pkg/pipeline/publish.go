package pipeline

import (
	"context"
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
}

// Generation is one database that belongs to a staging.
type Generation struct {
	Name    string        `json:"name"`
	State   publish.State `json:"state"`
	RunID   string        `json:"run"`
	Created time.Time     `json:"created"`
	Bytes   int64         `json:"bytes"`
	Record  string        `json:"record,omitempty"` // SHA-256 of the run's signed record
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
		out = append(out, g)
	}
	return out, nil
}

func openTarget(ctx context.Context, o PublishOptions) (*publish.Admin, *session.Config, error) {
	target, err := session.ParseTarget(o.Target)
	if err != nil {
		return nil, nil, err
	}
	admin, err := publish.Open(ctx, target, o.Maintenance)
	return admin, target, err
}
