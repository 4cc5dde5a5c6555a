package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
)

func TestEveryPlaceWhereASchemaSpeaksIsLookedThrough(t *testing.T) {
	t.Parallel()
	const mail = "anna.kowalska@poczta-firmowa.pl"
	c := &catalog.Catalog{
		Tables: []catalog.Table{
			{
				Name: catalog.Name{Schema: "s", Name: "t"}, Comment: "ask " + mail,
				Columns: []catalog.Column{
					{Name: "c", Comment: "was " + mail},
					{Name: "d", Default: "'" + mail + "'::text"},
					{Name: "first_name", Default: "'Grażyna'::text"},
					{Name: "safe", Comment: "ask dba@example.com", Default: "nextval('s.t_id_seq'::regclass)"},
				},
				Checks:    []catalog.Check{{Name: "k", Def: "CHECK ((owner <> '" + mail + "'::text))"}},
				Indexes:   []catalog.Index{{Name: "i", Partial: true, Def: "CREATE INDEX i ON s.t (c) WHERE (c = '" + mail + "')"}},
				Partition: &catalog.Partition{Bound: "FOR VALUES IN ('" + mail + "')"},
			},
			{Name: catalog.Name{Schema: "s", Name: "ext"}, Extension: "x", Comment: mail},
		},
		Types: map[uint32]*catalog.Type{1: {Schema: "s", Name: "mood", Labels: []string{"open", mail}}},
		Views: []catalog.View{{Name: catalog.Name{Schema: "s", Name: "v"}, Def: "SELECT 1 WHERE 'postgres://app:Zq81kk2@db.intern/x' <> ''"}},
		Sequences: []catalog.Sequence{
			{Name: catalog.Name{Schema: "s", Name: "cards"}, Last: 4929123456781239, OwnerCol: "card_number"},
		},
		Texts: []catalog.Text{
			{Kind: "function", Name: "s.f", Text: "BEGIN PERFORM pg_notify('x', '" + mail + "'); END"},
			{Kind: "policy", Name: "s.t", Text: "(who = '" + mail + "')"},
			{Kind: "trigger", Name: "s.t", Text: "EXECUTE FUNCTION f('" + mail + "')"},
			{Kind: "rule", Name: "s.v", Text: "'" + mail + "'"},
			{Kind: "comment", Name: "function s.f()", Text: "by " + mail},
		},
	}
	seen := map[string]report.Severity{}
	for _, f := range SchemaTexts(c) {
		if strings.Contains(f.Message+f.Hint, "kowalska") {
			t.Errorf("a value is in a finding: %+v", f)
		}
		place, _, _ := strings.Cut(f.Message, " holds")
		seen[f.Subject+": "+place] = f.Severity
	}
	want := map[string]report.Severity{
		"s.t: the comment": report.High, "s.t.c: the comment": report.High, "s.t.d: the default": report.High, "s.t.first_name: the default": report.Medium,
		"s.t: a constraint": report.High, "s.t: the definition of an index": report.High, "s.t: the bound of the partition": report.High,
		"s.mood: a label of the enum": report.High, "s.v: the definition of the view": report.High, "s.f: the body of the function": report.High,
		"s.t: a policy": report.High, "s.t: a trigger": report.High, "s.v: a rule": report.High, "function s.f(): the comment": report.High,
	}
	if luhn := "s.cards: the value of the sequence"; seen[luhn] != 0 {
		delete(seen, luhn) // of the number only the check digit decides
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

func TestAQueueWouldRun(t *testing.T) {
	t.Parallel()
	table := func(schema, name string, columns ...string) *catalog.Table {
		t := &catalog.Table{Name: catalog.Name{Schema: schema, Name: name}}
		for _, c := range columns {
			t.Columns = append(t.Columns, catalog.Column{Name: c})
		}
		return t
	}
	for _, x := range []*catalog.Table{
		table("public", "river_job"), table("pgboss", "job"), table("public", "order_outbox"), table("public", "solid_queue_jobs"), table("public", "jobs", "id", "payload", "attempts"), table("pgmq", "q_mail"),
	} {
		if queue(x) == "" {
			t.Errorf("%s is a queue", x.Name)
		}
	}
	for _, x := range []*catalog.Table{table("public", "jobs", "id", "title", "salary"), table("public", "job"), table("public", "orders"), table("public", "inbox")} {
		if queue(x) != "" {
			t.Errorf("%s is none", x.Name)
		}
	}
}
