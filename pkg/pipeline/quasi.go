package pipeline

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// cellSizes are the sizes that the report tells apart: alone, below the 5 and the 10 that
// statistical offices commonly ask for, and safe.
var cellSizes = [][2]int64{{1, 1}, {2, 4}, {5, 9}, {10, 0}}

// measureQuasi counts, for each declared set of quasi-identifiers, how many rows of what
// was written share their values.
func (r *refresh) measureQuasi(ctx context.Context) error {
	r.run.Quasi = nil
	if len(r.plan.Quasi) == 0 {
		return nil
	}
	conn, err := r.connectIncoming(ctx, "inspect")
	if err != nil {
		return err
	}
	defer r.hangUp(ctx, conn)
	for _, q := range r.plan.Quasi {
		m, err := r.measure(ctx, conn, q)
		if err != nil {
			return session.Fault(report.Target, "count the quasi-identifiers of "+q.Table.String(), err)
		}
		r.run.Quasi = append(r.run.Quasi, m)
	}
	return nil
}

// measure has the server count: of the rows' values only numbers come to us.
func (r *refresh) measure(ctx context.Context, conn *pgx.Conn, q plan.Quasi) (report.Quasi, error) {
	columns := make([]string, len(q.Columns))
	for i, c := range q.Columns {
		columns[i] = catalog.Quote(c)
	}
	from := "ONLY " + q.Table.SQL()
	if t := r.catalog.Lookup(q.Table); t != nil && t.Kind == 'p' {
		from = q.Table.SQL() // a partitioned table has no rows of its own
	}
	m := report.Quasi{Table: q.Table.String(), Columns: q.Columns}
	rows, err := conn.Query(ctx, "SELECT n, pg_catalog.count(*) FROM (SELECT pg_catalog.count(*) AS n FROM "+from+" GROUP BY "+strings.Join(columns, ", ")+") AS cells GROUP BY n")
	if err != nil {
		return m, err
	}
	for _, s := range cellSizes {
		m.Sizes = append(m.Sizes, report.Cells{From: s[0], To: s[1]})
	}
	var size, cells int64
	_, err = pgx.ForEachRow(rows, []any{&size, &cells}, func() error {
		m.Cells += cells
		m.Rows += size * cells
		if m.Smallest == 0 || size < m.Smallest {
			m.Smallest = size
		}
		for i := range m.Sizes {
			if s := &m.Sizes[i]; size >= s.From && (s.To == 0 || size <= s.To) {
				s.Cells += cells
				s.Rows += size * cells
			}
		}
		return nil
	})
	return m, err
}
