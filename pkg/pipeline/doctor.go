package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/preflight"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// newSite is what the preflight checks of a run look at.
func (r *refresh) newSite(source, target *pgx.Conn) *preflight.Site {
	return &preflight.Site{
		SourceConfig: r.source, TargetConfig: r.target, Source: source, Target: target, Admin: r.admin, Status: r.status, Rules: r.rules,
		Jobs: r.Jobs, Keep: r.KeepGenerations, Sessions: r.Sessions, Programs: r.Programs, Adopt: r.Adopt, Mean: r.Mean, Template: r.Template, InPlace: r.InPlace,
	}
}

// Doctor asks everything that a refresh with these options would ask before it makes
// anything, and changes nothing. One answer that would end a run does not keep the other
// questions from being asked. The rules are optional.
func Doctor(ctx context.Context, o Options) []preflight.Result {
	r := &refresh{Options: o, run: &report.Run{}}
	defer func() {
		if r.admin != nil {
			_ = r.admin.Close(context.WithoutCancel(ctx))
		}
	}()
	var out []preflight.Result
	step := func(name string, do func() (string, error)) bool {
		seen, err := do()
		out = append(out, preflight.Result{Check: name, Seen: seen, Err: err})
		return err == nil
	}
	rulesOK := o.Rules == "" || step("rules", func() (string, error) {
		r.ReportDir = ""
		return r.checkRules(ctx)
	})
	var src, tgt *pgx.Conn
	if !step("connect", func() (_ string, err error) {
		src, tgt, err = r.connectBoth(ctx)
		return "", err
	}) {
		return out
	}
	defer shut(ctx, src)
	defer shut(ctx, tgt)
	r.site = r.newSite(src, tgt)
	out = append(out, preflight.Run(ctx, r.site, slices.Concat(preflight.Servers, preflight.Standing))...)
	if !step("catalog", func() (string, error) {
		err := pgx.BeginTxFunc(ctx, src, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			var err error
			r.site.Catalog, r.run.Snapshot.Time, err = readCatalog(ctx, tx)
			return err
		})
		if err != nil {
			return "", session.Fault(report.Source, "read the catalog", err)
		}
		return fmt.Sprintf("%d tables, %d foreign keys, %d extensions", len(r.site.Catalog.Tables), len(r.site.Catalog.ForeignKeys), len(r.site.Catalog.Extensions)), nil
	}) {
		return out
	}
	out = append(out, preflight.Run(ctx, r.site, preflight.Schema)...)
	if r.rules != nil && rulesOK {
		p, err := plan.Make(plan.Input{Rules: r.rules, Catalog: r.site.Catalog, SnapshotTime: r.run.Snapshot.Time, TargetVersion: r.admin.Version(), Jobs: r.Jobs, ChunkBytes: r.ChunkBytes})
		result := preflight.Result{Check: "rules fit the database", Err: err}
		if err == nil {
			accept(p.Findings, r.rules, r.today())
			result.Seen, result.Findings = fmt.Sprintf("%d columns, all decided", len(p.Ledger)), p.Findings
		}
		out = append(out, result)
		if err == nil {
			out = append(out, r.tryPaths(ctx, src, p))
		}
	}
	return out
}

// tryPaths looks whether the paths of the rules occur in documents of the source.
func (r *refresh) tryPaths(ctx context.Context, src *pgx.Conn, p *plan.Plan) preflight.Result {
	out := preflight.Result{Check: "paths of documents"}
	out.Err = pgx.BeginTxFunc(ctx, src, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		found, read, err := samplePaths(ctx, tx.Conn(), p, r.rules)
		accept(found, r.rules, r.today())
		out.Findings, out.Seen = found, fmt.Sprintf("%d documents of a sample", read)
		return err
	})
	return out
}

// connectBoth connects to the source, and to the target's maintenance database twice: as
// the administrator of its databases, and plainly.
func (r *refresh) connectBoth(ctx context.Context) (src, tgt *pgx.Conn, err error) {
	if r.source, err = session.Parse(r.Source); err != nil {
		return nil, nil, fmt.Errorf("--source: %w", err)
	}
	if r.target, err = session.ParseTarget(r.Target); err != nil {
		return nil, nil, fmt.Errorf("--target: %w", err)
	}
	if src, err = session.Connect(ctx, r.source, session.Source("guard")); err != nil {
		return nil, nil, err
	}
	r.source = r.source.PinTo(src)
	r.run.Source = report.Endpoint{Address: r.source.Redacted(), Version: session.Version(src), Database: r.source.Name()}
	if r.admin, err = publish.Open(ctx, r.target, r.Maintenance); err == nil {
		r.run.Target = report.Endpoint{Address: r.target.Redacted(), Version: r.admin.Version(), Database: r.target.Name()}
		r.status, err = r.admin.Inspect(ctx, r.target.Name())
	}
	if err == nil {
		tgt, err = session.Connect(ctx, r.target.Database(r.admin.Maintenance()), session.Target("guard"))
	}
	if err == nil {
		r.Jobs, err = chooseJobs(ctx, r.Jobs, src, tgt)
	}
	if err != nil {
		shut(ctx, src)
		if tgt != nil {
			shut(ctx, tgt)
		}
		return nil, nil, err
	}
	return src, tgt, nil
}

// DoctorError says that checks would end a run.
func DoctorError(results []preflight.Result) error {
	var first error
	n := 0
	for _, r := range results {
		if r.Err != nil {
			n++
			if first == nil {
				first = r.Err
			}
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return first
	default:
		return errors.Join(fmt.Errorf("%d checks would end a run; the first of them:", n), first)
	}
}
