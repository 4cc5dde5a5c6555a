package inspect_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/pgtest"
)

func TestProgressIsReportedByOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	var tables []inspect.Table
	for i := range 12 {
		name := fmt.Sprintf("t%d", i)
		pgtest.Exec(t, dsn, fmt.Sprintf("CREATE TABLE public.%s AS SELECT repeat('word ', 40) AS note FROM generate_series(1, 500)", name))
		tables = append(tables, inspect.Table{Name: catalog.Name{Schema: "public", Name: name}, Columns: []inspect.Column{text("note")}})
	}
	var inside, reports, together atomic.Int64
	_, rows, err := inspect.Run(t.Context(), inspect.Options{
		Generation: "g", Locale: "en_GB", Jobs: 4, Tables: tables,
		Open: func(context.Context) (inspect.Reader, func(), error) {
			return reader{pgtest.Conn(t, dsn)}, func() {}, nil
		},
		Progress: func(catalog.Name, int64, bool) {
			if inside.Add(1) > 1 {
				together.Add(1)
			}
			runtime.Gosched() // gives another worker the time to come in
			inside.Add(-1)
			reports.Add(1)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if rows != 12*500 || reports.Load() < 12 || together.Load() > 0 {
		t.Errorf("%d rows, %d reports, %d of them at the same time as another", rows, reports.Load(), together.Load())
	}
}
