package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
)

func TestARotationListsTheColumnsOfADomain(t *testing.T) {
	t.Parallel()
	d := newDB()
	people := d.table("people", "id int4", "email text", "prefs jsonb", "phone text", "born date", "flag text", "name text")
	people.Indexes = []catalog.Index{{Name: "people_pkey", Unique: true, Primary: true, Columns: []int16{1}}, {Name: "people_email", Unique: true, Columns: []int16{2}}}
	d.table("orders", "person_id int4", "note text")
	d.key("orders", "person_id", "people", "id")
	p := d.mustPlan(t, `domains:
  person.email: {mask: email}
  person.id: {mask: key}
tables:
  public.people:
    subject: id
    columns:
      id: {domain: person.id}
      email: {domain: person.email}
      prefs: {mask: json, rest: null, paths: {$.mail: {domain: person.email}, $.name: {mask: first_name, from: subject}}}
      phone: {mask: email, domain: own, when: "flag == 'x'", else: {domain: person.email}}
      born: {mask: date, to: year}
      flag: {mask: constant, value: x}
      name: {mask: full_name, from: subject}
  public.orders:
    columns: {note: {mask: text}}
`)
	moved, err := p.Rotation(&d.c, []string{"person.email", "person.id", "subject:public.people.id"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range moved {
		got = append(got, strings.TrimSpace(m.Domain+" "+m.Table+"."+m.Column+" "+m.Key))
	}
	want := []string{
		"person.email people.email unique", "person.email people.prefs", "person.email people.phone",
		"person.id people.id primary", "person.id orders.person_id foreign",
		"subject:public.people.id people.prefs", "subject:public.people.id people.name",
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for domain, hint := range map[string]string{
		"person.emial": "did you mean person.email?", "nobody knows this": "prints the domain", "column:public.people.flag": "", "column:public.people.born": "",
	} {
		if _, err := p.Rotation(&d.c, []string{domain}); err == nil || report.SideOf(err) != report.Usage || !strings.Contains(report.HintOf(err), hint) {
			t.Errorf("%s: %v", domain, err)
		}
	}
}
