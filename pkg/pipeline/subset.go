package pipeline

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/subset"
)

// choose walks a subset's keys in the run's snapshot and cuts what was found into chunks.
func (r *refresh) choose(ctx context.Context) error {
	if !r.Subset {
		return nil
	}
	conn, err := r.holder().Pinned(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := conn.Lock(ctx, r.walked()...); err != nil {
		return err
	}
	r.chosen, r.run.Subset, err = walkSubset(ctx, r.plan.Subset, conn, r.Key, r.Size)
	if err != nil {
		return err
	}
	if r.loose, err = r.chosen.Loose(ctx, conn); err != nil {
		return err
	}
	r.plan.Choose(r.chosen.Counts(), r.Jobs, r.ChunkBytes)
	r.findings = append(r.findings, unreached(r.run.Subset)...)
	return nil
}

// walked are the tables that a walk reads. They are locked before, and at once or not at
// all: a query that waits for a lock would stand behind a migration that waits for us.
func (r *refresh) walked() []catalog.Name {
	read := map[catalog.Name]bool{}
	for i := range r.plan.Subset.Nodes {
		if n := &r.plan.Subset.Nodes[i]; !n.Skip {
			read[n.Name] = true
		}
	}
	var names []catalog.Name
	for i := range r.catalog.Tables {
		t := &r.catalog.Tables[i]
		root := t
		if t.Partition != nil {
			root = r.catalog.Table(t.Partition.Root)
		}
		if root != nil && read[root.Name] {
			names = append(names, t.Name)
		}
	}
	return names
}

// walkSubset finds the rows, of about size bytes when it is not 0.
func walkSubset(ctx context.Context, g *plan.Subset, reader subset.Reader, key prf.Key, size int64) (*subset.Chosen, *report.Subset, error) {
	o := subset.Options{Key: key}
	if size > 0 {
		return subset.Fit(ctx, g, reader, o, size)
	}
	chosen, err := subset.Walk(ctx, g, reader, o)
	if err != nil {
		return nil, nil, err
	}
	estimate, err := chosen.Estimate(ctx, reader)
	if err != nil {
		_ = chosen.Close()
		return nil, nil, err
	}
	return chosen, estimate, nil
}

// unreached are findings about tables of which a subset has nothing, and about a size
// that was not met: nobody should look for rows that were never going to be there.
func unreached(s *report.Subset) []report.Finding {
	var out []report.Finding
	for i := range s.Tables {
		if t := &s.Tables[i]; t.Rows == 0 && t.SourceRows > 0 {
			out = append(out, report.Finding{
				Code: "not-reached", Severity: report.Info, Subject: t.Name, Count: 1,
				Message: "the subset has no row of it: no row that was chosen leads there", Hint: "start from it as well, copy it whole, or declare the key that leads to it under virtual_keys",
			})
		}
	}
	if off := s.Estimate - s.Target; s.Target > 0 && (off > s.Target*15/100 || off < -s.Target*15/100) {
		out = append(out, report.Finding{
			Code: "size-missed", Severity: report.Low, Subject: "subset", Count: 1,
			Message: fmt.Sprintf("%s were asked for, and the nearest subset takes %s", humanize.Bytes(uint64(s.Target)), humanize.Bytes(uint64(s.Estimate))),
			Hint:    "`understudy plan --subset` shows what its tables take and what brought their rows",
		})
	}
	return out
}

// checkVirtual looks whether the subset's virtual keys hold in what was written: no
// constraint does. What led nowhere in the source leads nowhere here.
func (r *refresh) checkVirtual(ctx context.Context) error {
	if r.run.Subset == nil {
		return nil
	}
	var conn *pgx.Conn
	for i := range r.plan.Subset.Keys {
		k := &r.plan.Subset.Keys[i]
		if k.Broken == "" {
			continue
		}
		if conn == nil {
			var err error
			if conn, err = r.connectIncoming(ctx, "check virtual keys"); err != nil {
				return err
			}
			defer r.hangUp(ctx, conn)
		}
		var n int64
		if err := conn.QueryRow(ctx, k.Broken).Scan(&n); err != nil {
			return session.Fault(report.Target, "check the virtual key "+k.Label, err)
		}
		if f := virtualFinding(k.Label, n, r.loose[i]); f != nil {
			r.findings = append(r.findings, *f)
		}
	}
	return nil
}

// virtualFinding says what n references mean that lead nowhere, of which before did in
// the source.
func virtualFinding(label string, n, before int64) *report.Finding {
	switch {
	case n > before:
		return &report.Finding{
			Code: "virtual-key-broken", Severity: report.High, Subject: label, Count: n - before,
			Message: fmt.Sprintf("%d of its references lead nowhere in what was written, and %d of the same rows' did in the source", n, before),
			Hint:    "give the column, or its place in the document, the decision of the column that it refers to; a rule with `when` or a trigger may tell them apart",
		}
	case n > 0:
		return &report.Finding{
			Code: "virtual-key-loose", Severity: report.Info, Subject: label, Count: n,
			Message: fmt.Sprintf("%d of its references lead nowhere, in the source as in what was written", n), Hint: "nothing was lost; production holds this key less strictly than the rules say",
		}
	}
	return nil
}

// measureSubset puts what the subset's tables take in the incoming database into the record.
func (r *refresh) measureSubset(ctx context.Context) error {
	s := r.run.Subset
	if s == nil {
		return nil
	}
	conn, err := r.connectIncoming(ctx, "measure")
	if err != nil {
		return err
	}
	defer r.hangUp(ctx, conn)
	rows, err := conn.Query(ctx, `SELECT n.nspname::text, c.relname::text, pg_catalog.pg_total_relation_size(c.oid)
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_'`)
	if err != nil {
		return session.Fault(report.Target, "measure the tables", err)
	}
	sizes := map[catalog.Name]int64{}
	var name catalog.Name
	var bytes int64
	if _, err := pgx.ForEachRow(rows, []any{&name.Schema, &name.Name, &bytes}, func() error { sizes[name] = bytes; return nil }); err != nil {
		return session.Fault(report.Target, "measure the tables", err)
	}
	roots := map[string]int64{}
	for i := range r.plan.Tables {
		roots[r.plan.Tables[i].Root.String()] += sizes[r.plan.Tables[i].Name]
	}
	s.Bytes = 0
	for i := range s.Tables {
		s.Tables[i].Bytes = roots[s.Tables[i].Name]
		s.Bytes += s.Tables[i].Bytes
	}
	return nil
}

// PlanSubset makes the plan of a subset, and walks its keys to say what it will take: of
// about size bytes when it is not 0. It locks nothing for long and copies nothing.
func PlanSubset(ctx context.Context, rules *ruleset.Rules, source string, key prf.Key, size int64, log zerolog.Logger) (*plan.Plan, *report.Subset, error) {
	var p *plan.Plan
	var s *report.Subset
	err := inSnapshot(ctx, source, log, func(conn *pgx.Conn, c *catalog.Catalog, now string) error {
		var err error
		if p, err = plan.Make(plan.Input{Rules: rules, Catalog: c, SnapshotTime: now, Jobs: runtime.NumCPU(), Subset: true}); err != nil {
			return err
		}
		accept(p.Findings, rules, dateOf(now))
		chosen, estimate, err := walkSubset(ctx, p.Subset, looker{conn}, key, size)
		if err != nil {
			return err
		}
		defer chosen.Close()
		s = estimate
		p.Choose(chosen.Counts(), runtime.NumCPU(), 0)
		p.Findings = append(p.Findings, unreached(s)...)
		return nil
	})
	return p, s, err
}

// looker reads in a transaction of its own, which sees one snapshot. From the first query
// on it holds the lock that keeps a table's rows where they are.
type looker struct{ conn *pgx.Conn }

// Rows runs one query.
func (l looker) Rows(ctx context.Context, doing, sql string, param *session.Param, format session.Format, each func(values [][]byte) error) (int64, error) {
	return session.Rows(ctx, l.conn.PgConn(), report.Source, doing, sql, param, format, each)
}

// lookTime is the longest that one query of a look may take.
const lookTime = time.Hour
