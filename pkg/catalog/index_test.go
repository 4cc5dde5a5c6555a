package catalog

import (
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
)

func TestLookUpsByHandAndAfterChanges(t *testing.T) {
	t.Parallel()
	c := &Catalog{Tables: []Table{{OID: 1, Name: Name{"s", "a"}}, {OID: 2, Name: Name{"s", "b"}}}}
	check := func(when string) {
		t.Helper()
		for i := range c.Tables {
			if c.Table(c.Tables[i].OID) != &c.Tables[i] || c.Lookup(c.Tables[i].Name) != &c.Tables[i] {
				t.Errorf("%s: %s is not found", when, c.Tables[i].Name)
			}
		}
		if c.Table(99) != nil || c.Lookup(Name{"s", "none"}) != nil {
			t.Errorf("%s: found what is not there", when)
		}
	}
	check("without an index")
	c.reindex()
	check("with an index")
	c.Tables = append([]Table{{OID: 3, Name: Name{"s", "0"}}}, c.Tables...)
	check("after one was put before")
	c.Tables[1].Name.Name = "renamed"
	check("after a renaming")
	c.Tables = c.Tables[:1]
	check("after a cut")
}

func TestLookUpsAllocateNothing(t *testing.T) {
	c := &Catalog{Tables: []Table{{OID: 1, Name: Name{"s", "a"}}}}
	c.reindex()
	if n := testing.AllocsPerRun(100, func() { _, _ = c.Table(1), c.Lookup(Name{"s", "a"}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestQueriesRunAsTheyAre(t *testing.T) {
	t.Parallel()
	conn := pgtest.Conn(t, pgtest.DSN(t)).PgConn()
	entries, err := queries.ReadDir("queries")
	if err != nil || len(entries) < 10 {
		t.Fatalf("%d queries, %v", len(entries), err)
	}
	for _, e := range entries {
		text, err := queries.ReadFile("queries/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), string(text)).ReadAll(); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	if got := (Name{`a"b`, "select"}).SQL(); got != `"a""b"."select"` {
		t.Error(got)
	}
}
