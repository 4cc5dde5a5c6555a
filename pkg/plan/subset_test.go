package plan

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

func subsetDB() *db {
	d := newDB()
	d.table("people", "id int4", "email text")
	d.table("log", "at timestamptz", "person int8", "name text", "doc jsonb", "kind text")
	people := d.find("people")
	people.Indexes = []catalog.Index{{Name: "people_pkey", Unique: true, Primary: true, Columns: []int16{1}}}
	return d
}

func (d *db) planSubset(t *testing.T, rules string) (*Plan, error) {
	t.Helper()
	r, err := ruleset.Parse("rules.yaml", []byte("version: 1\ntables:\n"+
		"  public.people: {keep: [{why: test, columns: [id, email]}]}\n  public.log: {keep: [{why: test, columns: [at, person, name, doc, kind]}]}\n"+rules))
	if err != nil {
		t.Fatal(err)
	}
	return Make(Input{Rules: r, Catalog: &d.c, SnapshotTime: "2026-03-01 02:00:00+00", Jobs: 2, Subset: true})
}

func TestVirtualKeysThatCannotHoldAreRefused(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"{table: public.log, columns: [name], references: public.people}":                                "different types",
		"{table: public.log, columns: [person], references: public.people, to: [email]}":                 "no unique index holds it",
		"{table: public.log, columns: [person, name], references: public.people}":                        "has 2 columns and refers to 1",
		"{table: public.log, columns: [persn], references: public.people}":                               "there is no such column",
		"{table: public.log, columns: [person], references: public.folk}":                                "there is no such table",
		"{table: public.log, json: {column: name, path: $.id}, references: public.people}":               "looks into a document",
		"{table: public.log, columns: [person], references: public.people, when: {column: sort, is: A}}": "there is no such column",
		"{table: public.people, columns: [id], references: public.log}":                                  "it has no primary key",
	} {
		_, err := subsetDB().planSubset(t, "subset: {start: {public.people: {percent: 1}}}\nvirtual_keys: ["+key+"]\n")
		m := misfitOf(t, err)
		if len(m.Problems) != 1 || !strings.Contains(m.Problems[0].Message, want) || m.Problems[0].Line == 0 {
			t.Errorf("%s: %+v", key, m.Problems)
		}
	}
}

func TestASubsetThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	for rules, want := range map[string]string{
		"": "do not say where a subset starts",
		"subset: {start: {public.folk: {rows: 5}}}":                                       "there is no such table",
		"subset: {start: {public.people: {where: \"random() < 0.1\"}}}":                   "volatile",
		"subset: {start: {public.people: {rows: 5}}, whole: [public.people]}":             "copied whole, and the subset starts from it",
		"subset: {start: {public.people: {rows: 5}}, tables: {public.log: {owner: all}}}": "a key that it does not have: owner",
		"subset: {start: {public.people: {rows: 5}}, tables: {public.logs: all}}":         "there is no such table",
	} {
		_, err := subsetDB().planSubset(t, rules+"\n")
		m := misfitOf(t, err)
		if len(m.Problems) != 1 || !strings.Contains(m.Problems[0].Message, want) {
			t.Errorf("%s: %+v", rules, m.Problems)
		}
	}
}

func TestChosenRowsAreCutIntoChunks(t *testing.T) {
	t.Parallel()
	p, err := subsetDB().planSubset(t, "subset: {start: {public.people: {rows: 5}}}\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Chunks) > 0 {
		t.Error("there are chunks before anything is chosen")
	}
	row := p.Tables[0].Bytes / p.Tables[0].Rows
	p.Choose(map[uint32]int64{p.Tables[0].OID: 100}, 2, 30*row)
	var rows, next int64
	for part := range p.Chunks {
		for _, c := range p.Chunks {
			if c.Part == part {
				if c.First != next || c.Rows < 1 || c.Clear != "" {
					t.Errorf("%+v does not go on at %d", c, next)
				}
				next, rows = c.First+c.Rows, rows+c.Rows
			}
		}
	}
	if rows != 100 || len(p.Chunks) != 4 {
		t.Errorf("%d rows in %d chunks", rows, len(p.Chunks))
	}
	p.Choose(map[uint32]int64{p.Tables[0].OID: 3}, 2, 0)
	if len(p.Chunks) != 1 || p.Chunks[0].Clear != "" {
		t.Errorf("%+v", p.Chunks)
	}
	p.Choose(map[uint32]int64{p.Tables[0].OID: (1<<20)/row + 1}, 2, 0)
	if len(p.Chunks) != 1 || !strings.HasPrefix(p.Chunks[0].Clear, "TRUNCATE") || !strings.Contains(p.Tables[0].Select, "= ANY ($1)") {
		t.Errorf("%+v, %s", p.Chunks, p.Tables[0].Select)
	}
}
