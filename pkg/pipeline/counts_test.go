package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/report"
)

func TestTheRecordCountsMaskedColumnsAndQuasiIdentifiers(t *testing.T) {
	t.Parallel()
	s := newStory(t, `version: 1
tables:
  public.visitors:
    quasi: [branch, "Entry Year"]
    columns:
      id: {keep: a number}
      name: {mask: full_name}
      branch: {keep: coarse}
      Entry Year: {keep: coarse}
  public.parts:
    quasi: [k]
    keep: [{why: synthetic, columns: [k]}]
`, `CREATE TABLE public.visitors (id int PRIMARY KEY, name text, branch text, "Entry Year" int);
		INSERT INTO public.visitors SELECT i, CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN '' ELSE 'Ann Lee' || chr(97 + i % 20) END,
			CASE WHEN i <= 3 THEN 'North' || i WHEN i <= 6 THEN NULL ELSE 'Town' END, 1980 FROM generate_series(1, 100) AS i;
		CREATE TABLE public.parts (k int) PARTITION BY LIST (k);
		CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES IN (1);
		CREATE TABLE public.parts_2 PARTITION OF public.parts FOR VALUES IN (2);
		INSERT INTO public.parts VALUES (1), (2), (2), (2), (2), (2)`)
	run := s.run(t)
	if len(run.Columns) != 1 {
		t.Fatalf("%+v", run.Columns)
	}
	c := run.Columns[0]
	if c.Column != "name" || c.Masked != 80 || c.Nulls != 10 || c.Empties != 10 || c.DistinctBefore < 15 || c.DistinctBefore > 17 || c.DistinctAfter < 15 || c.DistinctAfter > 17 {
		t.Errorf("%+v", c)
	}
	if len(c.Shapes) == 0 || c.Shapes[0].Shape != "Aa Aa" || c.Shapes[0].Before != 80 || c.Shapes[0].After < 60 {
		t.Errorf("%+v", c.Shapes)
	}
	want := []report.Quasi{
		{Table: "public.parts", Columns: []string{"k"}, Rows: 6, Cells: 2, Smallest: 1, Sizes: []report.Cells{{From: 1, To: 1, Cells: 1, Rows: 1}, {From: 2, To: 4}, {From: 5, To: 9, Cells: 1, Rows: 5}, {From: 10}}},
		{Table: "public.visitors", Columns: []string{"branch", "Entry Year"}, Rows: 100, Cells: 5, Smallest: 1, Sizes: []report.Cells{
			{From: 1, To: 1, Cells: 3, Rows: 3}, {From: 2, To: 4, Cells: 1, Rows: 3}, {From: 5, To: 9}, {From: 10, Cells: 1, Rows: 94},
		}},
	}
	if d := cmp.Diff(want, run.Quasi); d != "" {
		t.Error(d)
	}
	risks := map[string]report.Risk{}
	for _, e := range run.Ledger {
		risks[e.Table+"."+e.Column] = e.Risk
	}
	if d := cmp.Diff(map[string]report.Risk{"visitors.id": "none", "visitors.name": "low", "visitors.branch": "elevated", "visitors.Entry Year": "elevated", "parts.k": "elevated"}, risks); d != "" {
		t.Error(d)
	}
}
