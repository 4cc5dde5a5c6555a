package pipeline

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

func TestARotationSaysWhichColumnsChange(t *testing.T) {
	t.Parallel()
	masked := func(column string, s mask.Spec) plan.Column {
		return plan.Column{Name: column, Decision: plan.Decision{Kind: plan.Mask, Spec: &s}}
	}
	people, part := catalog.Name{Schema: "public", Name: "people"}, catalog.Name{Schema: "public", Name: "people_1"}
	columns := []plan.Column{
		masked("email", mask.Spec{Name: "email", Domain: "person.email"}),
		masked("name", mask.Spec{Name: "first_name", Domain: "column:public.people.name", Subject: "subject:public.people.id"}),
		masked("settings", mask.Spec{Name: "json", Domain: "column:public.people.settings", Paths: []mask.PathSpec{{Path: "$.e", Spec: mask.Spec{Name: "email", Domain: "person.email"}}}}),
	}
	p := &plan.Plan{Tables: []plan.Table{{Name: people, Columns: columns}, {Name: part, Root: people, Columns: columns}}}

	target, err := session.Parse("postgres://owner@localhost/staging")
	if err != nil {
		t.Fatal(err)
	}
	key := prf.TestKey()
	run := func(k prf.Key, earlier *report.Run) *refresh {
		o := Options{Key: k}
		return &refresh{Options: o, target: target, earlier: earlier, run: &report.Run{Key: keyOf(o)}}
	}
	before := &report.Run{ID: "20261124T010000Z-0001", Key: keyOf(Options{Key: key})}
	if found := run(key, before).rotated(p); len(found) != 0 {
		t.Errorf("the same key: %+v", found)
	}
	if found := run(key, nil).rotated(p); len(found) != 0 {
		t.Errorf("the first run: %+v", found)
	}
	rotated := run(key.With("person.email", prf.Generate()), before)
	found := rotated.rotated(p)
	if len(found) != 1 || found[0].Code != "rotated" || found[0].Subject != "person.email" || found[0].Count != 2 ||
		!strings.Contains(found[0].Message, "public.people.email, public.people.settings") {
		t.Errorf("one domain: %+v", found)
	}
	if found := run(key, rotated.run).rotated(p); len(found) != 1 || found[0].Subject != "person.email" {
		t.Errorf("the way back: %+v", found)
	}
	if found := run(prf.Generate(), before).rotated(p); len(found) != 1 || found[0].Subject != "staging" || found[0].Count != 4 {
		t.Errorf("another key: %+v", found)
	}

	for domain, hint := range map[string]string{"person.email": "", "subject:public.people.id": "", "person.emial": "did you mean person.email?", "shoe.size": "understudy plan"} {
		err := run(key.With(domain, prf.Generate()), nil).domainKeys(p)
		if (err == nil) != (hint == "") || err != nil && (report.SideOf(err) != report.Usage || !strings.Contains(report.HintOf(err), hint)) {
			t.Errorf("%s: %v, %s", domain, err, report.HintOf(err))
		}
	}
}
