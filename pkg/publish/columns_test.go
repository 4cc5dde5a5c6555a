package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

// ledger reads "table.column decision" and "table.column decision, else decision".
func ledger(t *testing.T, lines ...string) *Mark {
	t.Helper()
	var l report.Ledger
	masked := 0
	for _, line := range lines {
		name, decision, _ := strings.Cut(line, " ")
		table, column, _ := strings.Cut(name, ".")
		e := report.Entry{Schema: "public", Table: table, Column: column}
		var when bool
		if e.Decision, e.Else, when = strings.Cut(decision, ", else "); when {
			e.When = "kind == 'person'"
		}
		if e.Decision == "mask" || e.Decision == "null" {
			masked++
		}
		l = append(l, e)
	}
	packed, err := PackColumns(l)
	if err != nil {
		t.Fatal(err)
	}
	return &Mark{Masked: masked, Columns: packed}
}

func TestAGenerationThatKeepsWhatTodaysRulesMaskIsNamedColumnByColumn(t *testing.T) {
	t.Parallel()
	unnamed := func(masked int) *Mark { return &Mark{Masked: masked} }
	var many []string
	for i := range 12 {
		many = append(many, fmt.Sprintf("t.c%02d keep", i))
	}
	manyMasked := strings.Split(strings.ReplaceAll(strings.Join(many, "\n"), "keep", "mask"), "\n")
	for name, c := range map[string]struct {
		back, now *Mark
		want      string // empty: it may come back
	}{
		"the same":                             {ledger(t, "a.x mask", "a.y keep"), ledger(t, "a.x mask", "a.y keep"), ""},
		"as many, others":                      {ledger(t, "a.x mask", "a.y keep"), ledger(t, "a.x keep", "a.y mask"), "it keeps what today's rules mask: public.a.y"},
		"fewer, for a column that is new":      {ledger(t, "a.x mask"), ledger(t, "a.x mask", "a.y mask"), ""},
		"more":                                 {ledger(t, "a.x mask", "a.y mask"), ledger(t, "a.x mask", "a.y keep"), ""},
		"made NULL today":                      {ledger(t, "a.x keep"), ledger(t, "a.x null"), "public.a.x"},
		"not copied today":                     {ledger(t, "a.x keep"), ledger(t, "a.x skip"), "public.a.x"},
		"not copied then":                      {ledger(t, "a.x skip"), ledger(t, "a.x mask"), ""},
		"some rows kept then":                  {ledger(t, "a.x mask, else keep"), ledger(t, "a.x mask"), "public.a.x"},
		"some rows kept then, in a third case": {ledger(t, "a.x mask, else mask, else keep"), ledger(t, "a.x mask"), "public.a.x"},
		"some rows masked today":               {ledger(t, "a.x keep"), ledger(t, "a.x keep, else mask"), "public.a.x"},
		"some rows kept today":                 {ledger(t, "a.x mask"), ledger(t, "a.x mask, else keep"), ""},
		"masked in two ways":                   {ledger(t, "a.x mask, else null"), ledger(t, "a.x mask"), ""},
		"kept in both cases":                   {ledger(t, "a.x keep, else keep"), ledger(t, "a.x keep"), ""},
		"a kept column that is gone":           {ledger(t, "a.x mask", "a.y keep"), ledger(t, "a.x mask"), ""},
		"perhaps another name":                 {ledger(t, "a.x keep"), ledger(t, "b.x mask"), "it keeps public.a.x, which today's staging does not have, and today's rules mask public.b.x"},
		"many":                                 {ledger(t, many...), ledger(t, manyMasked...), "public.t.c09 and 2 more"},
		"counts alone, fewer":                  {unnamed(1), ledger(t, "a.x mask", "a.y mask"), "its rules masked 1 columns, today's mask 2"},
		"counts alone, as many":                {ledger(t, "a.x mask"), unnamed(1), ""},
		"what does not read, then":             {&Mark{Masked: 9, Columns: "?"}, ledger(t, "a.x mask"), "does not say which columns it keeps"},
		"what does not read, today":            {ledger(t, "a.x mask"), &Mark{Columns: "AAAA"}, "does not say which columns it masks"},
	} {
		err := masksLess(c.back, c.now)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestAMarkOfManyColumnsStaysSmall(t *testing.T) {
	t.Parallel()
	var l report.Ledger
	for i := range 1000 {
		l = append(l, report.Entry{Schema: "public", Table: fmt.Sprintf("orders_of_%d", i/10), Column: fmt.Sprintf("column_%d", i%10), Decision: []string{"keep", "mask"}[i%2]})
	}
	packed, err := PackColumns(l)
	if err != nil {
		t.Fatal(err)
	}
	if len(packed) > 4000 {
		t.Errorf("a thousand columns take %d bytes of a comment", len(packed))
	}
	got, err := unpackColumns(packed)
	if err != nil || len(got) != 1000 || got[column{"public", "orders_of_7", "column_3"}] != hidden || got[column{"public", "orders_of_7", "column_4"}] != kept {
		t.Errorf("%d columns came back, %v", len(got), err)
	}
}

func FuzzColumns(f *testing.F) {
	packed, err := PackColumns(report.Ledger{{Schema: "public", Table: "a", Column: "x", Decision: "mask", When: "y", Else: "keep"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add("S0wEAA")
	f.Fuzz(func(t *testing.T, packed string) {
		// whatever a comment says, a generation is compared or refused
		m := &Mark{Columns: packed}
		_ = masksLess(m, m)
	})
}
