package survey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Table is one table to look at.
type Table struct {
	Name    catalog.Name
	Columns []string // whose values are read
	Pages   int64    // blocks; 0 is not known
}

// Sample is what was seen of one column.
type Sample struct {
	Values int            // that are neither NULL nor empty
	Hits   map[string]int // in how many of them each of detect.Kinds was found
}

// Key is a column whose values may be keys of another table.
type Key struct {
	Table    catalog.Name
	Column   string
	RefTable catalog.Name
	RefCol   string
	Values   int // different values that were tried
	Found    int // of them in the other table
}

// Survey is what was seen.
type Survey struct {
	Samples map[catalog.Name]map[string]Sample
	Keys    []Key
	Unread  map[catalog.Name]string // tables that could not be sampled, and why
}

// Options says what to look at.
type Options struct {
	Tables []Table
	Keys   []Key // candidates
	Rows   int   // of a table; 0 is DefaultRows
	Jobs   int   // connections
	Open   func(ctx context.Context) (*pgx.Conn, error)
}

// DefaultRows is how many rows of a table are read: enough to see of a column that a
// tenth of its values are something, with one chance in 10^9 of seeing none.
const DefaultRows = 200

// maxChars bounds what is read of one value: what a text holds shows at its beginning.
const maxChars = 2000

// keyValues is how many different values of a key are tried.
const keyValues = 50

// passable are the errors that leave one key untried: no privilege, no equality between
// the two types, no time.
var passable = map[string]bool{"42501": true, "42883": true, "57014": true}

// Run samples the tables and tries the keys. A table or key that cannot be read is left
// out; the error says that the source itself failed.
func Run(ctx context.Context, o Options) (*Survey, error) {
	if o.Rows <= 0 {
		o.Rows = DefaultRows
	}
	s := &Survey{Samples: make(map[catalog.Name]map[string]Sample, len(o.Tables)), Unread: map[catalog.Name]string{}}
	var mu sync.Mutex
	type work struct {
		table *Table
		key   *Key
	}
	todo := make(chan work)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(todo)
		for i := range o.Tables {
			select {
			case todo <- work{table: &o.Tables[i]}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		for i := range o.Keys {
			select {
			case todo <- work{key: &o.Keys[i]}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	for range max(o.Jobs, 1) {
		g.Go(func() error {
			conn, err := o.Open(ctx)
			if err != nil {
				return err
			}
			defer conn.Close(context.WithoutCancel(ctx))
			scanner := detect.NewScanner(detect.Options{})
			for w := range todo {
				if w.table != nil {
					sample, err := sampleTable(ctx, conn, scanner, w.table, o.Rows)
					mu.Lock()
					if s.Samples[w.table.Name] = sample; err != nil {
						s.Unread[w.table.Name] = report.Clean(session.Reduce(err).Error())
					}
					mu.Unlock()
				} else {
					k, err := tryKey(ctx, conn, *w.key)
					if err != nil && !passable[session.State(err)] {
						return session.Fault(report.Source, "try whether "+k.Table.String()+"."+k.Column+" is a key", err)
					}
					if err == nil {
						mu.Lock()
						s.Keys = append(s.Keys, k)
						mu.Unlock()
					}
				}
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				if conn.IsClosed() {
					return &report.Fault{Side: report.Source, Doing: "sample the source", Err: errors.New("the connection was lost")}
				}
			}
			return nil
		})
	}
	return s, g.Wait()
}

// sampleTable counts what the detectors see. The columns of a table that was read in part
// only, because time ran out, are returned as far as they came.
func sampleTable(ctx context.Context, conn *pgx.Conn, scanner *detect.Scanner, t *Table, rows int) (map[string]Sample, error) {
	out := make(map[string]Sample, len(t.Columns))
	if len(t.Columns) == 0 {
		return out, nil
	}
	fields := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[c] = Sample{Hits: map[string]int{}}
		fields[i] = fmt.Sprintf("pg_catalog.left(%s::text, %d)", catalog.Quote(c), maxChars)
	}
	query := "SELECT " + strings.Join(fields, ", ") + " FROM " + t.Name.SQL()
	if t.Pages > 256 {
		// some blocks from all over: old rows are not like new ones. Four times what is
		// needed, since a block may hold few rows.
		query += fmt.Sprintf(" TABLESAMPLE SYSTEM (%g)", min(100, max(0.001, float64(4*rows)/float64(t.Pages))))
	}
	query += fmt.Sprintf(" LIMIT %d", rows)
	found, err := conn.Query(ctx, query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return out, err
	}
	defer found.Close()
	var hits []detect.Hit
	for found.Next() {
		for i, raw := range found.RawValues() {
			if len(raw) == 0 {
				continue
			}
			sample := out[t.Columns[i]]
			sample.Values++
			hits = scanner.Scan(hits[:0], raw, nil)
			for k, h := range hits {
				if !seen(hits[:k], h.Kind) {
					sample.Hits[h.Kind]++
				}
			}
			out[t.Columns[i]] = sample
		}
	}
	return out, found.Err()
}

func seen(hits []detect.Hit, kind string) bool {
	for i := range hits {
		if hits[i].Kind == kind {
			return true
		}
	}
	return false
}

// tryKey has the server look how many of a column's values are in the other one.
func tryKey(ctx context.Context, conn *pgx.Conn, k Key) (Key, error) {
	query := fmt.Sprintf(`
		SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE EXISTS (SELECT FROM %s r WHERE r.%s = s.v))
		FROM (SELECT DISTINCT v FROM (SELECT %s AS v FROM %s WHERE %s IS NOT NULL LIMIT 5000) AS first LIMIT %d) AS s`,
		k.RefTable.SQL(), catalog.Quote(k.RefCol), catalog.Quote(k.Column), k.Table.SQL(), catalog.Quote(k.Column), keyValues)
	err := conn.QueryRow(ctx, query, pgx.QueryExecModeSimpleProtocol).Scan(&k.Values, &k.Found)
	return k, err
}
