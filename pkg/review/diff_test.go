package review

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

func rules(t *testing.T, text string) *ruleset.Rules {
	t.Helper()
	r, err := ruleset.Parse("rules.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const oldRules = `version: 1
domains:
  person.email: {mask: email}
tables:
  public.people:
    columns:
      email: {domain: person.email}
      backup: {domain: person.email}
      name: {mask: full_name}
      note: {mask: text}
      born: {mask: date, to: same-year}
      fax: {mask: phone}
      kind: {mask: text, when: "id == 1", else: {mask: email}}
      same: {mask: text}
    keep:
      - {why: a key, columns: [id]}
  public.log: {skip: not needed}
  public.orders: {where: "id > 1"}
accept:
  - {code: deliverable, column: public.people.note, why: fine by us}
`

const newRules = `version: 1
undecided: "null"
domains:
  person.email: {mask: email}
  other.email: {mask: email}
tables:
  public.people:
    columns:
      email: {keep: "marketing wants them"}
      backup: {domain: other.email}
      name: null
      note: {mask: text, how: {scrub: support}}
      born: {mask: date, to: month}
      kind: {mask: text, when: "id == 1", else: {keep: public}}
      same: {mask: text}
      phone: {keep: "a new one"}
      city: {mask: city}
    keep:
      - {why: a key, columns: [id]}
  public.log: {}
  public.orders: {where: "id > 2"}
`

func TestTheDifferenceIsSaidInWords(t *testing.T) {
	t.Parallel()
	var got []string
	for _, d := range Diff(rules(t, oldRules), rules(t, newRules)) {
		got = append(got, d.String())
	}
	want := []string{
		`public.people.email: LESS protected: before, it was replaced by a stand-in (email); now it arrives as it is in production ("marketing wants them")`,
		`public.people.kind: LESS protected: before, it was replaced by a stand-in (text) when id == 1, and else is replaced by a stand-in (email); now it is replaced by a stand-in (text) when id == 1, and else arrives as it is in production ("public")`,
		`public.people.note: LESS protected: before, it was replaced by a stand-in (text); now it arrives with what the detectors recognise in it replaced (text, scrub)`,
		`public.people.phone: LESS protected: is new here: it arrives as it is in production ("a new one")`,
		`public.log: it is not named any more: a pack, a foreign key or nobody decides; before it was empty in staging: not needed`,
		`public.people.backup: its stand-ins are shared within the domain other.email now, and were within the domain person.email: joins over them change`,
		`public.people.born: it is made coarser or moved (date), with other parameters: stand-ins change`,
		`public.people.city: is new here: it is replaced by a stand-in (city)`,
		`public.people.fax: it is not named any more: a pack, a foreign key or nobody decides; before it was replaced by a stand-in (phone)`,
		`undecided columns: null, and before refuse`,
		`public.log: its rows: all now, and before none`,
		`public.orders: its rows: where id > 2 now, and before where id > 1`,
		`public.people.name: better protected: before, it was replaced by a stand-in (full_name); now it is not copied: NULL stands there`,
		`deliverable at public.people.note: better protected: the finding is not agreed to any more`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("\n%s", strings.Join(got, "\n"))
	}
	if d := Diff(rules(t, oldRules), rules(t, oldRules)); len(d) > 0 {
		t.Errorf("rules differ from themselves: %v", d)
	}
	back := Diff(rules(t, newRules), rules(t, oldRules))
	if back[0].Effect != Less || back[0].Subject != "public.people.name" {
		t.Errorf("%v", back[0])
	}
}

func TestTwoPlansShowWhatPacksAndKeysDecide(t *testing.T) {
	t.Parallel()
	was := report.Ledger{{Schema: "public", Table: "a", Column: "x", Decision: "mask", Masker: "email", Domain: "public.a.x"}, {Schema: "public", Table: "a", Column: "y", Decision: "keep", Reason: "r"}}
	is := report.Ledger{{Schema: "public", Table: "a", Column: "x", Decision: "keep", Reason: "because we can"}, {Schema: "public", Table: "a", Column: "y", Decision: "keep", Reason: "r"}}
	r := rules(t, "version: 1\n")
	d := Diff(r, r, was, is)
	if len(d) != 1 || d[0].Effect != Less || !strings.Contains(d[0].Words, "because we can") {
		t.Errorf("%v", d)
	}
}
