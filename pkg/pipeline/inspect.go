package pipeline

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/session"
)

// reader reads query results over one connection.
type reader struct {
	conn *pgx.Conn
	side report.Side
}

func (r *reader) CopyOut(ctx context.Context, sql string, w io.Writer) error {
	if _, err := r.conn.PgConn().CopyTo(ctx, w, sql); err != nil {
		return session.Fault(r.side, "read back", err)
	}
	return nil
}

// inspection is the reading back, which begins when the last row is committed and goes on
// beside the steps up to its own.
type inspection struct {
	begun    time.Time
	cancel   context.CancelFunc
	ended    chan struct{}
	findings []report.Finding
	rows     int64
	columns  int
	compared string
	blanks   map[[3]string]blanks // of masked columns, by root; nil where something else writes as well
	err      error
}

// beginInspection starts to read back what was written. A table is read when its indexes
// are there: to make a key, nobody may read.
func (r *refresh) beginInspection(ctx context.Context) error {
	pages, err := r.writtenPages(ctx)
	if err != nil {
		return err
	}
	now, err := r.rewritten(ctx)
	if err != nil {
		return err
	}
	o := inspect.Options{
		Generation: r.run.Generation, Locale: r.rules.Locale, Jobs: r.Jobs, Accept: acceptances(r.rules, r.today()), Tables: r.inspected(pages, now),
		Open: func(ctx context.Context) (inspect.Reader, func(), error) {
			conn, err := r.connectIncoming(ctx, "inspect")
			if err != nil {
				return nil, nil, err
			}
			reader := &reader{conn: conn, side: report.Target}
			// what is left of post-data takes locks of its own, and queues before us
			if _, err := conn.Exec(ctx, "SET lock_timeout = '1h'"); err != nil {
				r.hangUp(ctx, conn)
				return nil, nil, session.Fault(report.Target, "prepare to read back", err)
			}
			return reader, func() { r.hangUp(ctx, conn) }, nil
		},
	}
	if r.builder != nil {
		o.Await = r.builder.Await
	}
	if r.Observer != nil {
		o.Progress = r.Observer.Inspecting
	}
	i := &inspection{begun: time.Now(), ended: make(chan struct{})}
	if now == nil {
		i.blanks = map[[3]string]blanks{}
		roots := map[catalog.Name]catalog.Name{}
		for _, t := range o.Tables {
			roots[t.Name] = t.Root
		}
		o.Blanks = func(table catalog.Name, column string, nulls, empties int64) {
			at := [3]string{roots[table].Schema, roots[table].Name, column}
			i.blanks[at] = blanks{i.blanks[at].nulls + nulls, i.blanks[at].empties + empties}
		}
	}
	if r.originals != nil {
		if o.Evidence, err = r.originals.seal(); err != nil {
			return err
		}
		i.compared = fmt.Sprintf(" and compared with %d fingerprints of originals", r.originals.set.Len())
	}
	for _, t := range o.Tables {
		i.columns += len(t.Columns)
	}
	ctx, i.cancel = context.WithCancel(ctx)
	r.reading = i
	go func() {
		defer close(i.ended)
		i.findings, i.rows, i.err = inspect.Run(ctx, o)
	}()
	return nil
}

// stop ends the reading back and waits for it.
func (i *inspection) stop() {
	if i != nil {
		i.cancel()
		<-i.ended
	}
}

func (r *refresh) inspect(ctx context.Context) (string, error) {
	if r.Inspect != InspectFull {
		return "nothing was read back", nil
	}
	if r.reading == nil {
		if err := r.beginInspection(ctx); err != nil {
			return "", err
		}
	}
	i := r.reading
	r.shadow = time.Since(i.begun)
	select {
	case <-i.ended:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if i.err != nil {
		return "", i.err
	}
	r.findings = append(r.findings, i.findings...)
	r.compareBlanks(i.blanks)
	if err := r.measureQuasi(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d rows, %d columns read back%s; %d findings", i.rows, i.columns, i.compared, len(i.findings)), nil
}

// writtenPages asks how large the written tables are, to cut them for several workers.
func (r *refresh) writtenPages(ctx context.Context) (map[catalog.Name]int64, error) {
	conn, err := r.connectIncoming(ctx, "inspect")
	if err != nil {
		return nil, err
	}
	defer r.hangUp(ctx, conn)
	rows, err := conn.Query(ctx, `SELECT n.nspname::text, c.relname::text, pg_catalog.pg_relation_size(c.oid) / 8192
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'`)
	if err != nil {
		return nil, session.Fault(report.Target, "ask for the written tables' sizes", err)
	}
	pages := map[catalog.Name]int64{}
	var n catalog.Name
	var size int64
	_, err = pgx.ForEachRow(rows, []any{&n.Schema, &n.Name, &size}, func() error { pages[n] = size; return nil })
	return pages, session.Fault(report.Target, "ask for the written tables' sizes", err)
}

// inspected lists the columns that are read back. now is what the incoming database
// consists of where hooks and preserved tables may have changed it, else nil.
func (r *refresh) inspected(pages map[catalog.Name]int64, now *catalog.Catalog) []inspect.Table {
	kinds := map[[3]string]report.Entry{}
	for _, e := range r.plan.Ledger {
		kinds[[3]string{e.Schema, e.Table, e.Column}] = e
	}
	var out []inspect.Table
	planned := map[catalog.Name]bool{}
	for i := range r.plan.Tables {
		t := &r.plan.Tables[i]
		planned[t.Name] = true
		c, of := r.catalog, r.catalog.Table(t.OID)
		if now != nil {
			if c, of = now, now.Lookup(t.Name); of == nil || of.Kind != 'r' {
				continue // a hook dropped it
			}
		} else if t.Skip != "" {
			continue
		}
		table := inspect.Table{Name: t.Name, Root: t.Root, Pages: pages[t.Name]}
		for k := range of.Columns {
			column := &of.Columns[k]
			e := kinds[[3]string{t.Root.Schema, t.Root.Name, column.Name}]
			if e.Decision == string(plan.Null) && now == nil {
				continue
			}
			if looked, ok := r.inspectedColumn(c, t, column, e.Kind); ok {
				table.Columns = append(table.Columns, looked)
			}
		}
		out = append(out, table)
	}
	if now == nil {
		return out
	}
	for i := range now.Tables {
		of := &now.Tables[i]
		if planned[of.Name] || !of.Leaf() || of.Extension != "" {
			continue
		}
		table := inspect.Table{Name: of.Name, Root: of.Name, Pages: pages[of.Name]}
		for k := range of.Columns {
			kind, confidence, _ := detect.Classify(detect.ColumnInfo{Table: of.Name.Name, Column: of.Columns[k].Name, Class: string(plan.ClassOf(now, of.Columns[k].Type))})
			if confidence < detect.Threshold {
				kind = ""
			}
			if looked, ok := r.inspectedColumn(now, nil, &of.Columns[k], kind); ok {
				table.Columns = append(table.Columns, looked)
			}
		}
		out = append(out, table)
	}
	return out
}

// inspectedColumn says how a column is looked at, and whether it is. The table is nil
// when the plan does not know it.
func (r *refresh) inspectedColumn(c *catalog.Catalog, t *plan.Table, of *catalog.Column, kind string) (inspect.Column, bool) {
	column := inspect.Column{Name: of.Name, Type: plan.BuiltIn(c, of.Type), Class: plan.ClassOf(c, of.Type), Array: plan.IsArray(c, of.Type), Kind: kind}
	var d *plan.Decision
	if t != nil {
		d = decisionOf(t, of.Name)
	}
	switch {
	case d == nil:
		// the target made it of columns that are looked at themselves
		column.Masked = of.Generated || t != nil && slices.ContainsFunc(t.Computes, func(c plan.Computed) bool { return c.Name == of.Name })
	case d.Kind == plan.Mask && d.When == nil:
		column.Masked = !document(d.Spec)
		column.Valid = d.Traits.Safety == mask.Valid
		column.Bare = d.Spec.Name == "hash" // no detector has anything to say of a digest's bytes
		column.Swept = d.Spec.Rest == "scan" || d.Spec.How == "scan" || d.Spec.How == "scrub"
	}
	if !inspect.Looks(column.Class, detect.Personal(kind)) {
		// no number of five digits is an identifier
		if column.Bare = true; r.originals == nil || !inspect.Holds(column.Class) || of.TypeName == "smallint" {
			return column, false
		}
	}
	return column, true
}

func decisionOf(t *plan.Table, column string) *plan.Decision {
	for i := range t.Columns {
		if t.Columns[i].Name == column {
			return &t.Columns[i].Decision
		}
	}
	return nil
}

// document reports whether a masker leaves parts of the value as they were.
func document(s *mask.Spec) bool {
	return s.Rest != "" && s.Rest != "null" && s.Rest != "refuse" || s.How == "scan" || s.How == "scrub"
}

// today is the snapshot's date, by which "until" is judged.
func (r *refresh) today() time.Time { return dateOf(r.run.Snapshot.Time) }

func dateOf(timestamp string) time.Time {
	if len(timestamp) >= len(time.DateOnly) {
		if t, err := time.Parse(time.DateOnly, timestamp[:len(time.DateOnly)]); err == nil {
			return t
		}
	}
	return time.Now().UTC().Truncate(24 * time.Hour)
}

// acceptances turns the rules' accept entries into matchers. One whose date is past is
// left out: its findings count again.
func acceptances(rules *ruleset.Rules, today time.Time) []inspect.Acceptance {
	var out []inspect.Acceptance
	for _, a := range rules.Accept {
		if !a.Until.IsZero() && today.After(a.Until) {
			continue
		}
		acc := inspect.Acceptance{Code: a.Code, Column: a.Column, Max: a.Max, Report: accepted(a)}
		if a.Pattern != "" {
			acc.Matches = regexp.MustCompile(a.Pattern).Match // the loader compiled it before
		}
		out = append(out, acc)
	}
	return out
}

func accepted(a ruleset.Acceptance) report.Accepted {
	acc := report.Accepted{Why: a.Why, Owner: a.Owner, File: a.File, Line: a.Line}
	if !a.Until.IsZero() {
		acc.Until = a.Until.Format(time.DateOnly)
	}
	return acc
}

// accept marks the findings that are not about single values and that the rules agree to.
func accept(findings []report.Finding, rules *ruleset.Rules, today time.Time) {
	for i := range findings {
		f := &findings[i]
		for _, a := range rules.Accept {
			expired := !a.Until.IsZero() && today.After(a.Until)
			if f.Accepted == nil && a.Pattern == "" && a.Code == f.Code && a.Column == f.Subject && !expired && (a.Max == 0 || f.Count <= a.Max) {
				acc := accepted(a)
				f.Accepted = &acc
			}
		}
	}
}

// watcher looks for placeholders among the originals of columns by whose values people
// are addressed: what production already holds is information for its owners.
func (r *refresh) watcher(t *plan.Table, column int) copier.Watcher {
	d := &t.Columns[column].Decision
	if d.Kind != plan.Mask || document(d.Spec) {
		return nil
	}
	c := &t.Columns[column]
	kind := ""
	for _, e := range r.plan.Ledger {
		if e.Schema == t.Root.Schema && e.Table == t.Root.Name && e.Column == c.Name {
			kind = e.Kind
		}
	}
	switch kind {
	case detect.FirstName, detect.LastName, detect.FullName, detect.Email, detect.Phone, detect.Company, detect.Street, detect.BirthDate:
		return &placeholders{
			scanner: detect.NewScanner(detect.Options{}),
			ctx:     detect.Context{Column: c.Name, Table: t.Root.Name, Class: string(d.Spec.Column.Class), Locale: r.rules.Locale, Kind: kind},
		}
	}
	return nil
}

type placeholders struct {
	scanner *detect.Scanner
	ctx     detect.Context
}

func (p *placeholders) Placeholder(value []byte) bool {
	found, ok := p.scanner.Placeholder(value, &p.ctx)
	return ok && found.Strong
}
