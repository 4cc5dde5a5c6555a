package pipeline

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// Rows that "where" and "follow" leave out are people of production all the same: a kept
// text may name one. Their identifiers are read, those columns alone, before the rows are
// copied: later, a migration that waits would keep us from the tables.

// leftRows are the columns of a table whose left-out rows are read.
type leftRows struct {
	table  *plan.Table
	fields []int
	sql    string
}

// leftOutRows lists what is read. Columns that a condition keeps in some rows are not: what
// staging keeps by decision is no leak.
func (o *originals) leftOutRows(p *plan.Plan) (out []leftRows) {
	for i := range p.Tables {
		t := &p.Tables[i]
		columns := o.columns[t.OID]
		if t.Left == "" || columns == nil {
			continue
		}
		l := leftRows{table: t}
		var names []string
		for k := range columns {
			if columns[k].form != 0 && t.Columns[k].Decision.When == nil {
				l.fields = append(l.fields, k)
				names = append(names, "r."+catalog.Quote(t.Columns[k].Name))
			}
		}
		if len(names) == 0 {
			continue
		}
		l.sql = fmt.Sprintf("COPY (SELECT %s FROM ONLY %s AS r WHERE %s) TO STDOUT (FORMAT %s)", strings.Join(names, ", "), t.Name.SQL(), t.Left, t.Format)
		out = append(out, l)
	}
	return out
}

// recordLeftRows takes the identifiers of the rows that were left out.
func (r *refresh) recordLeftRows(ctx context.Context) error {
	if r.originals == nil {
		return nil
	}
	all := r.originals.leftOutRows(r.plan)
	if len(all) == 0 {
		return nil
	}
	if r.holder() == nil {
		return nil // the snapshot is gone; the report says what was not looked for
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.Jobs))
	for i := range all {
		group.Go(func() error { return r.recordLeft(ctx, &all[i]) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	r.leftRead = map[uint32]bool{}
	for i := range all {
		r.leftRead[all[i].table.OID] = true
	}
	return nil
}

func (r *refresh) recordLeft(ctx context.Context, l *leftRows) error {
	src, done, err := r.openSource(ctx)
	if err != nil {
		return err
	}
	defer done()
	columns := r.originals.columns[l.table.OID]
	rec := &recorder{Collector: r.originals.set.Collector(), columns: columns}
	defer rec.Drop()
	fields := make([]rowcodec.Field, len(l.fields))
	for i, k := range l.fields {
		fields[i] = rowcodec.Field{Type: l.table.Columns[k].Type, Rewrite: &leftColumn{rec, k}}
	}
	d, err := rowcodec.NewDecoder(formatOf(l.table), fields, &nowhere{})
	if err != nil {
		return fmt.Errorf("read the rows that are left out of %s: %w", l.table.Name, err)
	}
	if _, err := src.CopyOut(ctx, l.table, plan.Chunk{Out: l.sql}, d); err != nil {
		return err
	}
	if err := d.Close(); err != nil {
		return &report.Fault{Side: report.Source, Doing: "read the rows that are left out of " + l.table.Name.String(), Err: err}
	}
	if err := rec.Flush(); err != nil {
		return err
	}
	rec.Commit()
	return nil
}

// leftColumn records one column's values.
type leftColumn struct {
	rec   *recorder
	field int
}

func (c *leftColumn) Rewrite(dst, value []byte, _ *rowcodec.Row) ([]byte, rowcodec.Verdict, error) {
	if len(value) > 0 {
		c.rec.Record(c.field, value)
	}
	return dst, rowcodec.Keep, nil
}

// nowhere is a Sink that writes nothing.
type nowhere struct{ block []byte }

func (n *nowhere) Next(full []byte) ([]byte, error) {
	if full != nil {
		n.block = full[:0]
	} else if n.block == nil {
		n.block = make([]byte, 0, 64<<10)
	}
	return n.block, nil
}
