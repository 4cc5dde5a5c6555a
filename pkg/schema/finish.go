package schema

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// SequenceState is where a sequence stands.
type SequenceState struct {
	Schema string
	Name   string
	Last   int64
	Called bool // false: the next value is Last itself
}

// SetSequences puts the target's sequences where they are told to stand. The error names the sequence.
func SetSequences(ctx context.Context, conn *pgx.Conn, states []SequenceState) error {
	// Batches of a bounded size: the server's answers are not read while statements are sent.
	for len(states) > 0 {
		n := min(len(states), 500)
		part := states[:n]
		states = states[n:]
		batch := &pgx.Batch{}
		for _, s := range part {
			batch.Queue(`SELECT pg_catalog.setval(pg_catalog.format('%I.%I', $1::text, $2::text)::pg_catalog.regclass, $3::int8, $4::bool)`,
				s.Schema, s.Name, s.Last, s.Called)
		}
		results := conn.SendBatch(ctx, batch)
		for _, s := range part {
			if _, err := results.Exec(); err != nil {
				_ = results.Close() // repeats the error
				return session.Fault(report.Target, "set sequence "+catalog.Name{Schema: s.Schema, Name: s.Name}.String(), err)
			}
		}
		if err := results.Close(); err != nil {
			return session.Fault(report.Target, "set sequences", err)
		}
	}
	return nil
}

// RefreshViews fills materialised views in the given order, which is the caller's: a
// view comes after those that it reads. The error names the view.
func RefreshViews(ctx context.Context, conn *pgx.Conn, names []catalog.Name) error {
	for _, n := range names {
		if _, err := conn.Exec(ctx, "REFRESH MATERIALIZED VIEW "+n.SQL()); err != nil {
			return session.Fault(report.Target, "refresh materialised view "+n.String(), err)
		}
	}
	return nil
}

// Analyze gathers statistics of the tables over the given number of connections. The
// first error ends the others and is returned.
func Analyze(ctx context.Context, target *session.Config, tables []catalog.Name, jobs int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan catalog.Name)
	var wg sync.WaitGroup
	for range min(max(jobs, 1), len(tables)) {
		wg.Go(func() {
			if err := analyzeFrom(ctx, target, queue); err != nil {
				cancel(err)
			}
		})
	}
feed:
	for _, t := range tables {
		select {
		case queue <- t:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	wg.Wait()
	return context.Cause(ctx)
}

func analyzeFrom(ctx context.Context, target *session.Config, queue <-chan catalog.Name) (err error) {
	conn, err := session.Connect(ctx, target, session.Target("analyze"))
	if err != nil {
		return session.Fault(report.Target, "connect to analyse", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for {
		select {
		case t, ok := <-queue:
			if !ok {
				return nil
			}
			if _, err := conn.Exec(ctx, "ANALYZE "+t.SQL()); err != nil {
				return session.Fault(report.Target, "analyse "+t.String(), err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
