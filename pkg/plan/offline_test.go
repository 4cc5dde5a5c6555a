package plan

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/ruleset"
	shipped "github.com/understudy-db/understudy/rules"
)

func TestMaskersAreCheckedWithoutADatabase(t *testing.T) {
	t.Parallel()
	rules, err := ruleset.Parse("rules.yaml", []byte(`version: 1
domains:
  e: {mask: emial}
tables:
  public.t:
    subject: id
    columns:
      a: {mask: national_id, country: XX}
      b: {mask: phone, region: {column: cc}}
      c: {mask: first_name, from: subject, locale: de_DE}
      d: {mask: json, paths: {$.x: {mask: iban, cuontry: DE}}, rest: {keep: fine}}
      e: {domain: e}
      f: {mask: email, when: "cc == 'DE'", else: {mask: emaill}}
      g: {mask: date, shift: 30d, from: subject}
      h: {mask: first_name, locale: xx_YY}
      i: {keep: fine, until: 2026-11-01}
      j: {mask: phone, region: ZZ}
    keep: [{why: fine, columns: [id, cc], until: 2026-11-02}, {why: fine, columns: [dd], until: 2026-10-31}]
`))
	if err != nil {
		t.Fatal(err)
	}
	var found ruleset.Problems
	if !errors.As(CheckActions(rules, time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)), &found) {
		t.Fatal("nothing was found")
	}
	want := []struct {
		line int
		says string
	}{{3, "did you mean email?"}, {8, `country "XX"`}, {11, "cuontry"}, {13, "did you mean email?"}, {15, `locale "xx_YY"`}, {16, "until 2026-11-01"}, {17, `region "ZZ"`}, {18, "dd: it was kept until 2026-10-31"}}
	if len(found) != len(want) {
		t.Fatal(found)
	}
	for i, w := range want {
		if found[i].Line != w.line || !strings.Contains(found[i].Message+found[i].Hint, w.says) {
			t.Errorf("%v: expected line %d with %s", found[i], w.line, w.says)
		}
	}
}

func TestShippedExamplesPassWithoutADatabase(t *testing.T) {
	t.Parallel()
	files, err := shipped.FS.ReadDir("examples")
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	for _, f := range files {
		data, err := shipped.FS.ReadFile("examples/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		rules, err := ruleset.Parse(f.Name(), data)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckActions(rules, time.Time{}); err != nil {
			t.Error(err)
		}
	}
}

func TestADocumentsSchemaAndPathsAreCheckedWithoutADatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("good.json", `{"type": "object"}`)
	write("bad.json", `{"type": 7}`)
	write("away.json", `{"$ref": "other.json"}`)
	rules, err := ruleset.Load(write("rules.yaml", `version: 1
tables:
  public.t:
    columns:
      a: {mask: json, schema: good.json, paths: {$.a: {mask: email}}, rest: null}
      b: {mask: json, paths: {$.a: {mask: email}}, rest: null,
          schema: bad.json}
      c: {mask: json, rest: null, schema: away.json}
      d: {mask: json, rest: null, paths: {"a[": null}}
`))
	if err != nil {
		t.Fatal(err)
	}
	var found ruleset.Problems
	if !errors.As(CheckActions(rules, time.Now()), &found) || len(found) != 3 {
		t.Fatalf("found: %v", found)
	}
	for i, line := range []int{7, 8, 9} {
		if found[i].Line != line {
			t.Errorf("%v: expected line %d", found[i], line)
		}
	}
}

func TestAMaskerThatDoesNotTakeItsColumnIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "born date")
	_, err := d.plan(t, "tables:\n  public.people:\n    columns:\n      id: {mask: email}\n      born: {mask: noise, ratio: 9}\n")
	wants(t, err, "rules.yaml:6: public.people.id: email does not take a column of type int4; it takes text", "rules.yaml:7: public.people.born", "`understudy show maskers email` says what it takes")
}
