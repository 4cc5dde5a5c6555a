package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

// staged is the one transaction of a load in place: all that the run writes is in it, and
// nobody sees any of it before its commit. A nil one is a run that makes a new database.
type staged struct {
	conn        *pgx.Conn
	foreignKeys []dropped
	triggers    []dropped
}

// dropped is what was taken away for the load, and the statement that brings it back.
type dropped struct{ name, drop, make string }

// stepsInPlace are the steps of a load in place. Nothing of staging changes for anybody
// before the last one.
func (r *refresh) stepsInPlace() []step {
	return []step{
		{"check rules", r.checkRules},
		{"guard", r.guard},
		{"export snapshot", r.exportSnapshot},
		{"read catalog", r.readCatalog},
		{"plan", r.makePlan},
		{"empty staging", r.emptyStaging},
		{"copy data", r.copyInPlace},
		{"set sequences", r.setSequences},
		{"make foreign keys", r.finishInPlace},
		{"refresh materialised views", r.refreshViews},
		{"analyse", r.analyseInPlace},
		{"inspect", r.inspect},
		{"report", r.report},
		{"publish", r.commitInPlace},
	}
}

// inPlaceOptions refuses what a load in place cannot keep.
func (r *refresh) inPlaceOptions() error {
	refuse := func(what, hint string) error {
		return &report.Fault{Side: report.Rules, Doing: "load in place", Err: errors.New(what), Hint: hint}
	}
	if len(r.rules.Hooks) > 0 {
		return refuse("hooks have sessions of their own, which do not see an uncommitted load", "leave the hooks out, or refresh into a new database: without --in-place")
	}
	for _, t := range r.rules.Tables {
		if t.Preserve {
			return refuse(fmt.Sprintf("%s.%s keeps the old staging's rows, and all tables are emptied", t.Schema, t.Name), "preserve nothing, or refresh into a new database: without --in-place")
		}
	}
	return nil
}

// emptyStaging locks staging's tables against everybody, compares them with the source's,
// takes their foreign keys and triggers away and empties them.
func (r *refresh) emptyStaging(ctx context.Context) (string, error) {
	const doing = "empty staging"
	r.incoming, r.run.Generation = r.target, r.target.Name()
	if r.Sessions == publish.Terminate {
		if err := r.admin.EndSessions(ctx, r.target.Name()); err != nil {
			return "", err
		}
	}
	conn, err := r.connectIncoming(ctx, "in-place")
	if err != nil {
		return "", err
	}
	r.staged = &staged{conn: conn}
	wait := r.LockTimeout
	if r.Sessions == publish.Wait {
		wait = max(r.Wait, time.Millisecond) // 0 would be for ever
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf("BEGIN; SET LOCAL lock_timeout = %d", wait.Milliseconds())); err != nil {
		return "", session.Fault(report.Target, doing, err)
	}
	now, err := catalog.Read(ctx, conn)
	if err != nil {
		return "", session.Fault(report.Target, "read staging's catalog", err)
	}
	var tables []string
	for i := range now.Tables {
		if t := &now.Tables[i]; t.Extension == "" && (t.Kind == 'r' || t.Kind == 'p') {
			tables = append(tables, t.Name.SQL())
		}
	}
	if err := differences(r.catalog, now); err != nil {
		return "", err
	}
	all := strings.Join(tables, ", ")
	if _, err := conn.Exec(ctx, "LOCK TABLE "+all+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		fault := session.Fault(report.Target, "lock staging's tables", err)
		if session.LockTimeout(err) {
			fault = &report.Fault{Side: report.Target, Doing: "lock staging's tables", Err: session.Reduce(err), Hint: "somebody uses them: end the sessions with --sessions terminate, or give them more time with --sessions wait --wait 10m"}
		}
		return "", fault
	}
	// somebody may have changed the schema before the locks were had
	if now, err = catalog.Read(ctx, conn); err == nil {
		err = differences(r.catalog, now)
	}
	if err != nil {
		return "", err
	}
	if err := r.staged.strip(ctx); err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "TRUNCATE "+all); err != nil {
		return "", session.Fault(report.Target, doing, err)
	}
	return fmt.Sprintf("%d tables, in one transaction; %d foreign keys and %d triggers rest", len(tables), len(r.staged.foreignKeys), len(r.staged.triggers)), nil
}

// differences refuses a staging whose tables are not the source's: rows would be lost, or
// be kept that nobody looked at.
func differences(source, staging *catalog.Catalog) error {
	var out []string
	seen := map[catalog.Name]bool{}
	for i := range source.Tables {
		s := &source.Tables[i]
		if s.Extension != "" || s.Kind == 'f' {
			continue
		}
		seen[s.Name] = true
		if t := staging.Lookup(s.Name); t == nil {
			out = append(out, s.Name.String()+" is missing")
		} else {
			out = append(out, differ(source, staging, s, t)...)
		}
	}
	for i := range staging.Tables {
		if t := &staging.Tables[i]; t.Extension == "" && t.Kind != 'f' && !seen[t.Name] {
			out = append(out, t.Name.String()+" is in staging alone")
		}
	}
	if len(out) == 0 {
		return nil
	}
	n := len(out)
	if n > 10 {
		out = append(out[:10], fmt.Sprintf("and %d more", n-10))
	}
	return &report.Fault{
		Side: report.Target, Doing: "load in place", Err: fmt.Errorf("staging's schema is not the source's: %s", strings.Join(out, "; ")),
		Hint: "bring staging's schema to where the source's is (run the migrations there), or refresh into a new database: without --in-place",
	}
}

// differ compares a table with the one of its name.
func differ(source, staging *catalog.Catalog, s, t *catalog.Table) []string {
	var out []string
	if s.Kind != t.Kind || rootName(source, s) != rootName(staging, t) {
		return []string{s.Name.String() + " is another kind of table, or a partition of another one"}
	}
	theirs := map[string]*catalog.Column{}
	for i := range t.Columns {
		theirs[t.Columns[i].Name] = &t.Columns[i]
	}
	for i := range s.Columns {
		a := &s.Columns[i]
		b := theirs[a.Name]
		delete(theirs, a.Name)
		switch {
		case b == nil:
			out = append(out, s.Name.String()+"."+a.Name+" is missing")
		case a.TypeName != b.TypeName || a.Generated != b.Generated:
			out = append(out, s.Name.String()+"."+a.Name+" is of another type")
		}
	}
	for _, name := range sortedKeys(theirs) {
		out = append(out, s.Name.String()+"."+name+" is in staging alone")
	}
	return out
}

func rootName(c *catalog.Catalog, t *catalog.Table) catalog.Name {
	if t.Partition == nil {
		return catalog.Name{}
	}
	if p := c.Table(t.Partition.Parent); p != nil {
		return p.Name
	}
	return catalog.Name{}
}

func sortedKeys(m map[string]*catalog.Column) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// strip takes foreign keys away, which cycles would never let in, and puts triggers to
// sleep, which would fire on every row.
func (s *staged) strip(ctx context.Context) (err error) {
	const notOurs = `NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')`
	s.foreignKeys, err = s.list(ctx, `SELECT pg_catalog.format('%s on %s', k.conname, c.oid::pg_catalog.regclass),
		pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', c.oid::pg_catalog.regclass, k.conname),
		pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.oid::pg_catalog.regclass, k.conname, pg_catalog.pg_get_constraintdef(k.oid))
			|| coalesce(pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, c.oid::pg_catalog.regclass, pg_catalog.obj_description(k.oid, 'pg_constraint')), '')
		FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
		WHERE k.contype = 'f' AND k.conparentid = 0 AND `+notOurs+` ORDER BY k.oid`)
	if err != nil {
		return err
	}
	s.triggers, err = s.list(ctx, `SELECT pg_catalog.format('%s on %s', g.tgname, c.oid::pg_catalog.regclass),
		pg_catalog.format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', c.oid::pg_catalog.regclass, g.tgname),
		pg_catalog.format('ALTER TABLE ONLY %s ENABLE %s TRIGGER %I', c.oid::pg_catalog.regclass, CASE g.tgenabled WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END, g.tgname)
		FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
		WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND c.relkind IN ('r', 'p') AND `+notOurs+` ORDER BY g.oid`)
	if err != nil {
		return err
	}
	for _, d := range slices.Concat(s.foreignKeys, s.triggers) {
		if _, err := s.conn.Exec(ctx, d.drop); err != nil {
			return session.Fault(report.Target, "take away "+d.name, err)
		}
	}
	return nil
}

func (s *staged) list(ctx context.Context, query string) ([]dropped, error) {
	const doing = "list staging's foreign keys and triggers"
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	var out []dropped
	var d dropped
	_, err = pgx.ForEachRow(rows, []any{&d.name, &d.drop, &d.make}, func() error { out = append(out, d); return nil })
	return out, session.Fault(report.Target, doing, err)
}

// restore brings back what strip took away. Foreign keys are checked against every row.
func (s *staged) restore(ctx context.Context) error {
	for _, d := range slices.Concat(s.foreignKeys, s.triggers) {
		if _, err := s.conn.PgConn().Exec(ctx, d.make).ReadAll(); err != nil {
			return session.Fault(report.Target, "bring back "+d.name, err)
		}
	}
	return nil
}

// close ends the transaction, which is lost unless it was committed.
func (s *staged) close(ctx context.Context) {
	if s != nil {
		shut(ctx, s.conn)
	}
}

// CopyIn stores a chunk within the run's transaction; there is one of it at a time.
func (s *staged) CopyIn(ctx context.Context, t *plan.Table, c plan.Chunk, r io.Reader, check func(pgx.Tx, int64) error) error {
	doing := "write " + t.Into.String()
	if c.Clear != "" {
		if _, err := s.conn.PgConn().Exec(ctx, c.Clear).ReadAll(); err != nil {
			return session.Fault(report.Target, doing, err)
		}
	}
	tag, err := s.conn.PgConn().CopyFrom(ctx, r, c.In)
	if err == nil && c.After != "" {
		_, err = s.conn.PgConn().Exec(ctx, c.After).ReadAll()
	}
	if err != nil {
		return session.Fault(report.Target, doing, err)
	}
	return check(nil, tag.RowsAffected()) // no journal: nothing of it is committed, and so nothing can be resumed
}

func (r *refresh) copyInPlace(ctx context.Context) (string, error) {
	r.copier = copier.New(r.plan, r.bind(), nil)
	if r.Observer != nil {
		r.Observer.Copying(r.plan, r.copier.Meter())
	}
	if r.Inspect == InspectFull {
		r.unsampled = true
	}
	if err := r.recordLeftRows(ctx); err != nil {
		return "", err
	}
	start := time.Now()
	err := r.runCopier(ctx)
	if held := r.holder(); err == nil && held != nil {
		err = held.Check(ctx)
	}
	r.countTables()
	rows, bytes := r.run.Rows(), r.run.Bytes()
	if err != nil {
		return fmt.Sprintf("%d rows stored", rows), err
	}
	r.tellIdlePaths()
	r.letGo(ctx)
	if r.Inspect != InspectNone {
		r.judgeStandIns()
	}
	seconds := max(time.Since(start).Seconds(), 1e-3)
	return fmt.Sprintf("%d rows, %.1f MB, %.0f rows/s, %.1f MB/s, in one transaction", rows, float64(bytes)/1e6, float64(rows)/seconds, float64(bytes)/1e6/seconds), nil
}

// restart makes what setval does part of the transaction: a sequence that was restarted in
// it has new storage, which goes with a rollback.
func (s *staged) restart(ctx context.Context, states []schema.SequenceState) error {
	for _, q := range states {
		name := catalog.Name{Schema: q.Schema, Name: q.Name}
		if _, err := s.conn.Exec(ctx, "ALTER SEQUENCE "+name.SQL()+" RESTART"); err != nil {
			return session.Fault(report.Target, "set sequence "+name.String(), err)
		}
	}
	return nil
}

func (r *refresh) finishInPlace(ctx context.Context) (string, error) {
	if err := r.staged.restore(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d foreign keys, %d triggers", len(r.staged.foreignKeys), len(r.staged.triggers)), nil
}

func (r *refresh) analyseInPlace(ctx context.Context) (string, error) {
	done := map[catalog.Name]bool{}
	for i := range r.plan.Tables {
		for _, n := range []catalog.Name{r.plan.Tables[i].Name, r.plan.Tables[i].Root} {
			if done[n] {
				continue
			}
			done[n] = true
			if _, err := r.staged.conn.Exec(ctx, "ANALYZE "+n.SQL()); err != nil {
				return "", session.Fault(report.Target, "analyse "+n.String(), err)
			}
		}
	}
	if err := r.measureSubset(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d tables", len(done)), r.checkVirtual(ctx)
}

// commitInPlace marks staging and commits, when nothing was found.
func (r *refresh) commitInPlace(ctx context.Context) (string, error) {
	if worst, any := report.Worst(r.run.Findings); any && worst >= r.FailOn {
		return "withheld", &WithheldError{Worst: worst, Limit: r.FailOn}
	}
	const doing = "commit the load in place"
	now := time.Now().UTC().Truncate(time.Second)
	columns, err := publish.PackColumns(r.plan.Ledger)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	statement, err := publish.MarkStatement(r.status.Database.Comment, publish.Mark{
		RunID: r.run.ID, Staging: r.target.Name(), Source: r.sourceID, State: publish.Staging, Created: r.run.Started.Truncate(time.Second), Published: now,
		Rules: r.rules.Digest, Masked: r.plan.Ledger.Count("mask") + r.plan.Ledger.Count("null"),
		Columns: columns,
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	if _, err := r.staged.conn.Exec(ctx, statement); err != nil {
		return "", session.Fault(report.Target, doing, err)
	}
	// a cancel that comes now is too late: nobody would know which staging it is
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Minute)
	defer cancel()
	tag, err := r.staged.conn.Exec(last, "COMMIT")
	if err != nil {
		fault := session.Fault(report.Target, doing, err)
		if session.State(err) == "" {
			fault = &report.Fault{Side: report.Target, Doing: doing, Err: fault, Hint: "its answer was lost: staging is yesterday's or today's, and `understudy publish --target` shows which run it is of"}
		}
		return "", fault
	}
	if tag.String() != "COMMIT" {
		return "", &report.Fault{Side: report.Target, Doing: doing, Err: errors.New("the server rolled it back"), Hint: "run again, and report it if it stays"}
	}
	r.swapped = true
	r.findings = append(r.findings, report.Finding{
		Code: "in-place", Severity: report.Info, Subject: r.target.Name(), Count: 1,
		Message: "staging was loaded in place: yesterday's is gone, and nothing can be undone",
	})
	return r.target.Name() + " is today's, in place; nothing to go back to", nil
}
