package seed

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/profile"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// held is what a table has before rows are added: keys that new rows may refer to.
type held struct {
	rows    int64
	columns []string
	values  [][]*string
	largest map[string]int64 // of integer columns
}

// Held is what the tables of a database hold, by OID; a table that is empty is not in it.
type Held map[uint32]*held

// mostHeld is how many keys of one table are read.
const mostHeld = 100_000

func (h *held) keys() int {
	if h == nil {
		return 0
	}
	return len(h.values)
}

// value appends one key's column.
func (h *held) value(dst []byte, at int64, column string) ([]byte, bool) {
	if at >= int64(len(h.values)) {
		return nil, true
	}
	for i, c := range h.columns {
		if c == column {
			if v := h.values[at][i]; v != nil {
				return append(dst, *v...), false
			}
		}
	}
	return nil, true
}

// Hold reads what the tables hold: how many rows, the keys that others refer to, and
// the largest numbers. Empty tables are not in the answer.
func Hold(ctx context.Context, q catalog.Querier, c *catalog.Catalog) (Held, error) {
	out := Held{}
	for _, t := range profile.Tables(c) {
		h, err := holdTable(ctx, q, c, t)
		if err != nil {
			return nil, session.Fault(report.Target, "look at what "+t.Name.String()+" holds", err)
		}
		if h.rows > 0 {
			out[t.OID] = h
		}
	}
	return out, nil
}

func holdTable(ctx context.Context, q catalog.Querier, c *catalog.Catalog, t *catalog.Table) (*held, error) {
	h := &held{largest: map[string]int64{}}
	list := []string{"count(*)"}
	var numbers []string
	for i := range t.Columns {
		if base := c.Types[t.Columns[i].Type]; base != nil && base.Schema == "pg_catalog" && strings.HasPrefix(base.Name, "int") && base.Kind == 'b' && base.Category == 'N' {
			numbers = append(numbers, t.Columns[i].Name)
			list = append(list, "coalesce(max("+catalog.Quote(t.Columns[i].Name)+"), 0)::int8")
		}
	}
	values := make([]int64, len(list))
	dest := make([]any, len(list))
	for i := range dest {
		dest[i] = &values[i]
	}
	rows, err := q.Query(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+t.Name.SQL())
	if err != nil {
		return nil, err
	}
	if _, err := pgx.ForEachRow(rows, dest, func() error { return nil }); err != nil {
		return nil, err
	}
	h.rows = values[0]
	for i, name := range numbers {
		h.largest[name] = values[i+1]
	}
	for _, k := range c.ForeignKeys {
		if k.RefTable != t.OID {
			continue
		}
		for _, name := range k.RefColumns {
			if !contains(h.columns, name) {
				h.columns = append(h.columns, name)
			}
		}
	}
	if h.rows == 0 || len(h.columns) == 0 {
		return h, nil
	}
	parts := make([]string, len(h.columns))
	for i, name := range h.columns {
		parts[i] = catalog.Quote(name) + "::text"
	}
	rows, err = q.Query(ctx, fmt.Sprintf("SELECT ARRAY[%s] FROM %s ORDER BY 1 LIMIT %d", strings.Join(parts, ", "), t.Name.SQL(), mostHeld))
	if err != nil {
		return nil, err
	}
	var one []*string
	_, err = pgx.ForEachRow(rows, []any{&one}, func() error {
		h.values = append(h.values, one)
		one = nil
		return nil
	})
	return h, err
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
