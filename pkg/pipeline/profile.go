package pipeline

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/profile"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/session"
)

// ProfileOptions says what to measure.
type ProfileOptions struct {
	Source string
	Rules  string // file; may be empty
	K      int
	Log    zerolog.Logger
}

// Profile measures a database in one snapshot and changes nothing.
func Profile(ctx context.Context, o ProfileOptions) (*profile.Profile, error) {
	var rules *ruleset.Rules
	if o.Rules != "" {
		var err error
		if rules, err = LoadRules(o.Rules); err != nil {
			return nil, err
		}
	}
	cfg, err := session.Parse(o.Source)
	if err != nil {
		return nil, fmt.Errorf("--source: %w", err)
	}
	conn, err := session.Connect(ctx, cfg, session.Source("profile"))
	if err != nil {
		return nil, err
	}
	defer shut(ctx, conn)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, session.Fault(report.Source, "begin", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	c, err := catalog.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	n := newNatures(c, rules)
	return profile.Measure(ctx, tx, c, profile.Options{
		K:       o.K,
		Nature:  func(t *catalog.Table, col *catalog.Column) profile.Nature { return n.of(t, col).Nature },
		Subject: n.subject,
		Done: func(table string, rows int64, at, total int) {
			o.Log.Info().Str("table", table).Int64("rows", rows).Msgf("measured %d of %d", at, total)
		},
	})
}
