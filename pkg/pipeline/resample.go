package pipeline

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// A sample of the rows is masked a second time, by maskers of its own, and compared with
// what was written: so a stand-in in the wrong row is seen, a value that came through a
// column of few rows, and a masker that does not give the same twice.

// resampledRows is how many rows of a table are masked again, and resampledParts from how many places.
const (
	resampledRows  = 1000
	resampledParts = 8
)

// resample holds the connection in whose temporary tables the second stand-ins wait until
// the written tables have their primary keys.
type resample struct {
	conn   *pgx.Conn // nil until rows are masked again
	tables []resampled

	// opened before the copy where a migration may wait for us: what comes later cannot
	// lock a table any more
	source      copier.Source
	closeSource func()
}

// openSample gets ready to mask a sample again, while that can be had.
func (r *refresh) openSample(ctx context.Context) (err error) {
	if r.Inspect != InspectFull {
		return nil
	}
	if r.holder() == nil {
		r.unsampled = true
		return nil
	}
	r.sample = &resample{}
	if r.WaitForUs {
		r.sample.source, r.sample.closeSource, err = r.openSource(ctx)
	}
	return err
}

// release gives back the connection that was opened before the copy.
func (s *resample) release() {
	if s.closeSource != nil {
		s.closeSource()
		s.source, s.closeSource = nil, nil
	}
}

type resampled struct {
	table *plan.Table
	key   []string
	temp  string
}

// maskSample masks the sample while the snapshot is still held.
func (r *refresh) maskSample(ctx context.Context) error {
	s := r.sample
	if s == nil {
		return nil
	}
	defer s.release()
	again := *r.plan
	again.Chunks = nil
	for i := range again.Tables {
		t := &again.Tables[i]
		if t.Raw || t.Skip != "" {
			continue
		}
		key := rowKey(r.catalog.Table(t.OID))
		if len(key) == 0 {
			r.keyless = append(r.keyless, t.Root.String())
			continue
		}
		var chunks []plan.Chunk
		for _, c := range r.plan.Chunks {
			if c.Table == i {
				chunks = append(chunks, c)
			}
		}
		n := min(len(chunks), resampledParts)
		for k := range n {
			c := chunks[k*len(chunks)/n]
			c.Clear, c.Part, c.Parts = "", k, n
			if r.chosen != nil {
				c.Rows = min(c.Rows, resampledRows/int64(n))
			} else {
				c.Out = limited(t, c.Out, resampledRows/n)
			}
			again.Chunks = append(again.Chunks, c)
		}
		if n > 0 {
			s.tables = append(s.tables, resampled{table: t, key: key, temp: fmt.Sprintf("understudy_sample_%d", i)})
		}
	}
	if len(again.Chunks) == 0 {
		return nil
	}
	conn, err := r.connectIncoming(ctx, "sample")
	if err != nil {
		return err
	}
	s.conn = conn
	for _, x := range s.tables {
		sql := fmt.Sprintf("CREATE TEMP TABLE %s AS SELECT %s FROM %s WITH NO DATA", x.temp, strings.Join(writtenNames(x.table), ", "), x.table.Into.SQL())
		if _, err := conn.Exec(ctx, sql); err != nil {
			return session.Fault(report.Target, "prepare a sample of "+x.table.Name.String(), err)
		}
	}
	second := copier.New(&again, copier.Bind{
		Masker: func(s mask.Spec) (mask.Masker, error) {
			return mask.New(s, &mask.Binder{Key: r.Key, Detectors: []mask.Detector{detect.NewScanner(detect.Options{})}})
		},
		Blind: true,
	}, nil)
	return second.Run(ctx, 1, func(ctx context.Context) (copier.Source, copier.Target, func(), error) {
		if src := s.source; src != nil {
			s.source = nil // a second try needs another
			return src, s, s.release, nil
		}
		src, done, err := r.openSource(ctx)
		return src, s, done, err
	})
}

// CopyIn writes a chunk's second stand-ins into the table's temporary one.
func (s *resample) CopyIn(ctx context.Context, t *plan.Table, _ plan.Chunk, in io.Reader, check func(pgx.Tx, int64) error) error {
	doing := "mask a sample of " + t.Name.String() + " again"
	for _, x := range s.tables {
		if x.table.OID != t.OID {
			continue
		}
		tx, err := s.conn.Begin(ctx)
		if err != nil {
			return session.Fault(report.Target, doing, err)
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
		tag, err := s.conn.PgConn().CopyFrom(ctx, in, "COPY pg_temp."+x.temp+" FROM STDIN (FORMAT "+t.Format+")")
		if err != nil {
			return session.Fault(report.Target, doing, err)
		}
		if err := check(tx, tag.RowsAffected()); err != nil {
			return err
		}
		return session.Fault(report.Target, doing, tx.Commit(ctx))
	}
	return fmt.Errorf("%s: it is in no sample", doing)
}

// compareSample looks the sampled rows up in what was written, by their primary keys.
func (r *refresh) compareSample(ctx context.Context) error {
	s := r.sample
	if s == nil {
		return nil
	}
	defer r.closeSample(ctx)
	for _, x := range s.tables {
		if err := r.compareSampled(ctx, &x); err != nil {
			return err
		}
	}
	return nil
}

func (r *refresh) compareSampled(ctx context.Context, x *resampled) error {
	t := x.table
	var on []string
	for _, k := range x.key {
		on = append(on, fmt.Sprintf("t.%[1]s = e.%[1]s", catalog.Quote(k)))
	}
	into := "ONLY " + t.Into.SQL()
	if t.Into != t.Name {
		into = t.Into.SQL()
	}
	from := fmt.Sprintf(" FROM pg_temp.%s AS e LEFT JOIN %s AS t ON %s", x.temp, into, strings.Join(on, " AND "))
	doing := "compare a sample of " + t.Name.String()
	if _, err := r.sample.conn.Exec(ctx, "ANALYZE pg_temp."+x.temp); err != nil {
		return session.Fault(report.Target, doing, err)
	}
	var all, lost int64
	if err := r.sample.conn.QueryRow(ctx, "SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE t.ctid IS NULL)"+from).Scan(&all, &lost); err != nil {
		return session.Fault(report.Target, doing, err)
	}
	if lost > 0 {
		r.findings = append(r.findings, recomputed(t.Root.String()+"."+x.key[0], lost, all, "their keys are not among those written"))
	}
	for columns := range slices.Chunk(writtenColumns(t), comparedColumns) {
		var fields []string
		counts := make([]int64, len(columns))
		dest := make([]any, len(columns))
		for i, c := range columns {
			fields = append(fields, fmt.Sprintf("pg_catalog.count(*) FILTER (WHERE t.ctid IS NOT NULL AND t.%[1]s::text IS DISTINCT FROM e.%[1]s::text)", catalog.Quote(c.Name)))
			dest[i] = &counts[i]
		}
		if err := r.sample.conn.QueryRow(ctx, "SELECT "+strings.Join(fields, ", ")+from).Scan(dest...); err != nil {
			return session.Fault(report.Target, doing, err)
		}
		for i, c := range columns {
			if counts[i] > 0 {
				f := recomputed(t.Root.String()+"."+c.Name, counts[i], all, "masking them again gives other values")
				f.File, f.Line = c.Decision.File, c.Decision.Line
				r.findings = append(r.findings, f)
			}
		}
	}
	return nil
}

// comparedColumns is how many columns a query compares: a join's row may have 1,664, and
// here it has two of each.
const comparedColumns = 500

func recomputed(subject string, n, of int64, why string) report.Finding {
	return report.Finding{
		Code: "recomputed", Severity: report.High, Subject: subject, Count: n,
		Message: fmt.Sprintf("%d of %d sampled rows do not hold what the rules make of them: %s", n, of, why),
		Hint:    "values stand in rows that are not theirs, or a masker does not work as it should: report this",
	}
}

// closeSample gives the connection back, and with it the temporary tables.
func (r *refresh) closeSample(ctx context.Context) {
	if r.sample == nil {
		return
	}
	r.sample.release()
	if r.sample.conn != nil {
		shut(ctx, r.sample.conn)
	}
	r.sample = nil
}

// limited is a chunk's query for its first rows only.
func limited(t *plan.Table, out string, rows int) string {
	const to = " TO STDOUT (FORMAT "
	i := strings.LastIndex(out, to)
	selection, tail := out[len("COPY "):i], out[i+len(to):]
	if strings.HasPrefix(selection, "(") {
		return fmt.Sprintf("COPY (SELECT * FROM %s AS sample LIMIT %d) TO STDOUT (FORMAT %s", selection, rows, tail)
	}
	return fmt.Sprintf("COPY (SELECT %s FROM ONLY %s LIMIT %d) TO STDOUT (FORMAT %s", strings.Join(writtenNames(t), ", "), t.Name.SQL(), rows, tail)
}

// writtenColumns are the columns that a table's rows arrive with.
func writtenColumns(t *plan.Table) (all []*plan.Column) {
	for i := range t.Columns {
		if !t.Columns[i].Context {
			all = append(all, &t.Columns[i])
		}
	}
	return all
}

func writtenNames(t *plan.Table) (names []string) {
	for _, c := range writtenColumns(t) {
		names = append(names, catalog.Quote(c.Name))
	}
	return names
}

// rowKey returns the columns by which a table's rows are found again: those of its primary
// key, or of a unique index over columns that are never NULL; nil where there is none.
func rowKey(t *catalog.Table) []string {
	if t == nil {
		return nil
	}
	var best []string
	for i := range t.Indexes {
		x := &t.Indexes[i]
		if !x.Unique && !x.Primary || x.Partial || x.Exclusion {
			continue
		}
		names := keyColumns(t, x)
		if x.Primary {
			return names
		}
		if names != nil && (best == nil || len(names) < len(best)) {
			best = names
		}
	}
	return best
}

func keyColumns(t *catalog.Table, x *catalog.Index) (names []string) {
	for _, num := range x.Columns {
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Num == num && !c.Generated && (c.NotNull || x.Primary) {
				names = append(names, c.Name)
			}
		}
	}
	if len(names) != len(x.Columns) {
		return nil // an expression, or a column that may be NULL
	}
	return names
}
