package pipeline

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

func TestAPathThatMatchesNothingIsFoundWithItsLine(t *testing.T) {
	t.Parallel()
	s := newStory(t, `version: 1
purpose: test
domains:
  person.settings: {mask: json, rest: {keep: names of colours}, paths: {$.mail: {mask: email}, "$.phnoes[*]": {mask: phone}}}
tables:
  public.people:
    columns:
      settings: {domain: person.settings}
      more: {domain: person.settings}
      extra:
        mask: json
        rest: {keep: names of colours}
        paths:
          $.mial: {mask: email}
          $.none: null
      nothing: {mask: json, rest: null, paths: {$.a: null}}
    keep: [{why: a number, columns: [id]}]
`, `CREATE TABLE people (id int PRIMARY KEY, settings jsonb, more jsonb, extra json, nothing jsonb);
		INSERT INTO people SELECT i, '{"colour": "red"}', jsonb_build_object('mail', 'ann' || i || '@firma.de'), '{"colour": "red", "none": 1}' FROM generate_series(1, 50) i`)
	var sampled []string
	for _, r := range Doctor(t.Context(), s.o) {
		if r.Check != "paths of documents" {
			continue
		}
		if r.Err != nil || r.Seen != "150 documents of a sample" {
			t.Errorf("doctor: %q, %v", r.Seen, r.Err)
		}
		for _, f := range r.Findings {
			sampled = append(sampled, f.Subject+" "+f.Message)
			if f.Code != "idle-path" || f.Severity != report.Low || f.Line == 0 {
				t.Errorf("doctor: %+v", f)
			}
		}
	}
	slices.Sort(sampled)
	if want := []string{
		"person.settings the path $.phnoes[*] matched nothing in a sample of documents with 100 values",
		"public.people.extra the path $.mial matched nothing in a sample of documents with 100 values",
	}; !slices.Equal(sampled, want) {
		t.Errorf("doctor: %q", sampled)
	}
	run := s.run(t)
	var got []string
	for _, f := range run.Findings {
		if f.Code == "idle-path" {
			got = append(got, f.Subject+" "+f.Message)
			if f.Severity != report.Medium || f.File == "" || f.Line == 0 {
				t.Errorf("%+v", f)
			}
		}
	}
	slices.Sort(got)
	want := []string{"person.settings the path $.phnoes[*] matched nothing in documents with 100 values", "public.people.extra the path $.mial matched nothing in documents with 100 values"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAPathThatNoTestHasIsRefused(t *testing.T) {
	t.Parallel()
	rules := func(path string) *ruleset.Rules {
		r, err := ruleset.Parse("rules.yaml", []byte(`version: 1
purpose: test
tables:
  public.people:
    columns:
      settings:
        mask: json
        rest: {keep: names of colours}
        paths:
          `+path+`: {mask: email}
          $.other: null
      untried: {mask: json, rest: null, paths: {$.a: null}}
tests:
  - table: public.people
    row: {settings: '{"mail": "ann@firma.de"}'}
    expect: {settings: {not_contains: ann}}
  - table: public.people
    row: {settings: '{"other": 1}'}
    expect: {settings: {not_contains: "1"}}
`))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if n, err := RunTests(rules("$.mail")); n != 2 || err != nil {
		t.Errorf("%d passed: %v", n, err)
	}
	_, err := RunTests(rules(`"$.mial"`))
	var problems ruleset.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(problems, func(p ruleset.Problem) bool { return strings.Contains(p.Message, "$.mial matches nothing") }); i < 0 || problems[i].Line != 10 || problems[i].File != "rules.yaml" {
		t.Errorf("%+v", problems)
	}
}
