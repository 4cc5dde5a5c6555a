package ruleset

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/rules"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func testPacks() fs.FS { return os.DirFS("testdata") }

func TestEveryProblemOfAFileIsReportedInWordsAndInPlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = parseWith(filepath.Base(file), data, testPacks())
			if report.SideOf(err) != report.Usage || report.HintOf(err) == "" {
				t.Fatalf("no fault of side usage with a hint: %v", err)
			}
			problems := ProblemsOf(err)
			if len(problems) == 0 {
				t.Fatalf("no problems in %v", err)
			}
			for i, p := range problems {
				if i > 0 && p.File == problems[i-1].File && (p.Line < problems[i-1].Line || p.Line == problems[i-1].Line && p.Column < problems[i-1].Column) {
					t.Errorf("%s comes after %s", p.Position, problems[i-1].Position)
				}
			}
			got := problems.Error() + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".problems"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheWholeLanguageBecomesTypedRules(t *testing.T) {
	t.Parallel()
	const file = "design.yaml"
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseWith(file, data, testPacks())
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, column int) Position { return Position{file, line, column} }
	in := func(line, column int) Position { return Position{"packs/people.yaml", line, column} }
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	yes := true
	want := &Rules{
		File: file, Digest: got.Digest, Version: 1, Purpose: "Nightly staging refresh for release checks",
		Locale: "en_GB", Undecided: "refuse", Roles: map[string]string{},
		Packs: []Pack{{Position: at(5, 9), Name: "people", Version: 1, Kinds: []PackKind{
			{in(7, 3), "email", Action{Position: in(7, 10), Kind: KindDomain, Domain: "person.email"}},
			{in(8, 3), "mobile", Action{Position: in(8, 11), Kind: KindDomain, Domain: "person.mobile"}},
			{in(9, 3), "first_name", Action{Position: in(9, 15), Kind: KindMask, Mask: "first_name", From: "subject"}},
		}}},
		Domains: []Domain{
			{at(8, 3), "person.email", Action{Position: at(8, 17), Kind: KindMask, Mask: "email"}},
			{at(9, 3), "person.phone", Action{
				Position: at(9, 17), Kind: KindMask, Mask: "phone",
				Params: map[string]any{"region": ColumnRef{"country"}},
			}},
			{in(5, 3), "person.mobile", Action{Position: in(5, 18), Kind: KindMask, Mask: "phone"}},
		},
		Tables: []Table{
			{
				Position: at(11, 3), Schema: "public", Name: "customers", Subject: "id",
				Columns: []Column{
					{at(14, 7), "first_name", Action{Position: at(14, 19), Kind: KindMask, Mask: "first_name", From: "subject"}},
					{at(15, 7), "last_name", Action{Position: at(15, 19), Kind: KindMask, Mask: "last_name", From: "subject"}},
					{at(16, 7), "email", Action{Position: at(16, 19), Kind: KindDomain, Domain: "person.email"}},
					{at(17, 7), "phone", Action{Position: at(17, 19), Kind: KindDomain, Domain: "person.phone"}},
					{at(18, 7), "national_id", Action{Position: at(18, 20), Kind: KindMask, Mask: "national_id", Params: map[string]any{"country": "NO"}}},
					{at(19, 7), "birth_date", Action{Position: at(19, 19), Kind: KindMask, Mask: "date", Params: map[string]any{"to": "same-year"}}},
					{at(20, 7), "last_visit", Action{Position: at(20, 19), Kind: KindMask, Mask: "date", From: "subject", Params: map[string]any{"shift": "30d"}}},
					{at(21, 7), "preferences", Action{
						Position: at(22, 9), Kind: KindMask, Mask: "json",
						Paths: []Path{
							{at(23, 17), "$.contact.email", Action{Position: at(23, 34), Kind: KindDomain, Domain: "person.email"}},
							{at(23, 58), "$.phones[*]", Action{Position: at(23, 73), Kind: KindDomain, Domain: "person.phone"}},
						},
						Rest: &Rest{at(24, 15), "scan", "free-form settings, no contacts by design"},
					}},
					{at(25, 7), "case_history", Action{
						Position: at(25, 21), Kind: KindMask, Mask: "xml",
						Paths: []Path{{at(25, 41), "/case/patient/name", Action{Position: at(25, 61), Kind: KindMask, Mask: "full_name", From: "subject"}}},
						Rest:  &Rest{at(25, 102), "scan", "findings are prose"},
					}},
					{at(26, 7), "notes", Action{
						Position: at(26, 14), Kind: KindMask, Mask: "text",
						How: &Rest{at(26, 32), "scrub", "support needs the gist"},
					}},
					{at(27, 7), "vat_id", Action{
						Position: at(27, 15), Kind: KindMask, Mask: "tax_id", When: "kind == 'person'",
						Else: &Action{Position: at(27, 62), Kind: KindKeep, Keep: &Keep{Position: at(27, 62), Why: "a company's number is public"}},
					}},
				},
				Keep: []Keep{
					{Position: at(29, 9), Why: "operational", Columns: []string{"created_at", "updated_at"}},
					{Position: at(30, 9), Why: "needed to test invoicing", Columns: []string{"balance"}, Owner: "finance-dpo", Until: day(2027, 6, 30)},
				},
			},
			{Position: at(31, 3), Schema: "public", Name: "audit_log", Skip: "not needed in staging"},
			{Position: at(32, 3), Schema: "public", Name: "orders", Where: "placed_at > now() - interval '90 days'", Subject: "customer_id"},
			{Position: at(33, 3), Schema: "public", Name: "order_lines", Follow: "public.orders"},
		},
		Accept: []Acceptance{{
			Position: at(35, 5), Code: "deliverable", Column: "public.staff.email", Pattern: `@ourcompany\.com$`,
			Why: "staff log in to staging", Owner: "sec", Until: day(2027, 1, 31),
		}},
		Tests: []Test{{
			Position: at(37, 5), Table: "public.customers",
			Row: map[string]any{"email": "ann@example.net", "first_name": "Ann", "kind": "person"},
			Expect: map[string]Expect{
				"email":      {Position: at(39, 14), Matches: `@example\.com$`, NotContains: "ann"},
				"first_name": {Position: at(39, 70), Differs: &yes},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func parse(t *testing.T, text string) *Rules {
	t.Helper()
	r, err := parseWith("rules.yaml", []byte(text), testPacks())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAShortFileHasTheDefaults(t *testing.T) {
	t.Parallel()
	r := parse(t, "version: 1\n")
	if r.Locale != "en_US" || r.Undecided != "refuse" || r.Large != nil || len(r.Tables) != 0 {
		t.Errorf("got %+v", r)
	}
	for text, want := range map[string]string{"null": "null", `"null"`: "null", "refuse": "refuse"} {
		if got := parse(t, "version: 1\nundecided: "+text).Undecided; got != want {
			t.Errorf("undecided: %s is %q", text, got)
		}
	}
}

func TestEveryWayToWriteAnAction(t *testing.T) {
	t.Parallel()
	r := parse(t, `version: 1
domains: {person.email: {mask: email}}
tables:
  '"my ""schema"""."we.ird"':
    columns:
      a: null
      b: {mask: null}
      c: {null: nobody reads it}
      d: ~
      e: {mask: email, domain: person.email}
      f: {mask: phone, region: no}
      g: {mask: constant, value: 7, list: [1, a, true, null], more: {x: 1.5}}
      h: {mask: json, rest: refuse}
      i: {mask: json, rest: null}
      j: {mask: xml, rest: {keep: all codes}}
      k: {mask: text, how: replace}
      l: {keep: "public", owner: me, until: 2030-01-02}
      m: {"null": }
      <<: {n: {keep: merged}, a: {keep: the written one wins}}
  public.Orders: {}
large_objects: {skip: scans of passports}
roles: {app: app_staging}
`)
	if len(r.Tables) != 2 {
		t.Fatalf("%d tables", len(r.Tables))
	}
	if n := r.Tables[0]; n.Schema != `my "schema"` || n.Name != "we.ird" {
		t.Errorf("table %q.%q", n.Schema, n.Name)
	}
	if n := r.Tables[1]; n.Name != "Orders" {
		t.Errorf("table %q", n.Name)
	}
	if r.Large == nil || !r.Large.Skip || r.Large.Why != "scans of passports" {
		t.Errorf("large objects %+v", r.Large)
	}
	if r.Roles["app"] != "app_staging" {
		t.Errorf("roles %v", r.Roles)
	}
	got := map[string]Action{}
	for _, c := range r.Tables[0].Columns {
		a := c.Action
		a.Position = Position{}
		for _, inner := range []*Rest{a.Rest, a.How} {
			if inner != nil {
				inner.Position = Position{}
			}
		}
		if a.Keep != nil {
			a.Keep.Position = Position{}
		}
		got[c.Name] = a
	}
	want := map[string]Action{
		"a": {Kind: KindNull}, "b": {Kind: KindNull}, "c": {Kind: KindNull, Why: "nobody reads it"}, "d": {Kind: KindNull},
		"e": {Kind: KindMask, Mask: "email", Domain: "person.email"},
		"f": {Kind: KindMask, Mask: "phone", Params: map[string]any{"region": "NO"}},
		"g": {Kind: KindMask, Mask: "constant", Params: map[string]any{
			"value": 7.0, "list": []any{1.0, "a", true, nil}, "more": map[string]any{"x": 1.5},
		}},
		"h": {Kind: KindMask, Mask: "json", Rest: &Rest{Mode: "refuse"}},
		"i": {Kind: KindMask, Mask: "json", Rest: &Rest{Mode: "null"}},
		"j": {Kind: KindMask, Mask: "xml", Rest: &Rest{Mode: "keep", Why: "all codes"}},
		"k": {Kind: KindMask, Mask: "text", How: &Rest{Mode: "replace"}},
		"l": {Kind: KindKeep, Keep: &Keep{Why: "public", Owner: "me", Until: time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)}},
		"m": {Kind: KindNull},
		"n": {Kind: KindKeep, Keep: &Keep{Why: "merged"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARowKeepsTheTextOfANumberThatAFloatWouldChange(t *testing.T) {
	t.Parallel()
	r := parse(t, `version: 1
tables: {public.a: {}}
tests:
  - table: public.a
    row: {small: 12, big: 9007199254740993, price: 1.10, code: "007", gone: null, yes: true, day: 2026-01-02, doc: {a: [1]}}
    expect: {small: {equals: "12"}, gone: {null: true}}
`)
	want := map[string]any{
		"small": 12.0, "big": "9007199254740993", "price": "1.10", "code": "007", "gone": nil, "yes": true,
		"day": "2026-01-02", "doc": map[string]any{"a": []any{1.0}},
	}
	if diff := cmp.Diff(want, r.Tests[0].Row); diff != "" {
		t.Error(diff)
	}
	if e := r.Tests[0].Expect["small"].Equals; e == nil || *e != "12" {
		t.Errorf("equals %v", e)
	}
	if n := r.Tests[0].Expect["gone"].Null; n == nil || !*n {
		t.Errorf("null %v", n)
	}
}

func TestTheDigestCoversTheFileAndItsPacks(t *testing.T) {
	t.Parallel()
	plain, packed := "version: 1\npacks: []\n", "version: 1\npacks: [people]\n"
	a, b, c := parse(t, plain).Digest, parse(t, plain+"# a comment\n").Digest, parse(t, packed).Digest
	if len(a) != 64 || a == b || a == c || a != parse(t, plain).Digest {
		t.Errorf("digests %s %s %s", a, b, c)
	}
	changed := fs.FS(mapFS{"people": "version: 2\nkinds: {email: {mask: email}}\n"})
	r, err := parseWith("rules.yaml", []byte(packed), changed)
	if err != nil {
		t.Fatal(err)
	}
	if r.Digest == c {
		t.Error("another pack has the same digest")
	}
}

func TestAFileThatCannotBeReadIsAFaultWithAHint(t *testing.T) {
	t.Parallel()
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if report.SideOf(err) != report.Usage || !strings.Contains(report.HintOf(err), "understudy demo") {
		t.Errorf("got %v, hint %q", err, report.HintOf(err))
	}
}

func TestTheShippedExamplesAreRules(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(rules.FS, "examples/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("examples %v: %v", files, err)
	}
	for _, f := range files {
		data, err := fs.ReadFile(rules.FS, f)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Parse(f, data)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if len(r.Tests) == 0 || r.Undecided != "refuse" {
			t.Errorf("%s: an example carries tests and refuses undecided columns", f)
		}
	}
}

func TestTheShippedPacksLoad(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(rules.FS, "packs/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".yaml")
		r, err := Parse("rules.yaml", []byte("version: 1\npacks: ["+name+"]\n"))
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if len(r.Packs) != 1 || len(r.Packs[0].Kinds) == 0 {
			t.Errorf("%s decides nothing", f)
		}
	}
}

func TestLaterKeysAreRefusedByName(t *testing.T) {
	t.Parallel()
	for _, l := range later {
		text := "version: 1\n"
		switch l.place {
		case "":
			text += l.key + ": {}\n"
		case "table":
			text += "tables: {public.a: {" + l.key + ": {}}}\n"
		case "action":
			text += "tables: {public.a: {columns: {b: {mask: x, when: y, else: {" + l.key + ": {}, keep: z}}}}}\n"
		default:
			t.Fatalf("unknown place %q", l.place)
		}
		_, err := parseWith("rules.yaml", []byte(text), testPacks())
		problems := ProblemsOf(err)
		if len(problems) != 1 || problems[0].Message != l.key+" is not supported yet" {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/problems/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/design.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("version: 1\n\"a\\0b\": 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseWith("fuzz.yaml", data, testPacks())
		if err == nil && (r == nil || r.Version != 1 || len(r.Digest) != 64) {
			t.Fatalf("no error and no rules: %+v", r)
		}
		if err != nil && len(ProblemsOf(err)) == 0 {
			t.Fatalf("an error without a problem: %v", err)
		}
		for _, p := range ProblemsOf(err) {
			if p.Line < 1 || p.Column < 1 || p.File == "" || p.Message == "" {
				t.Fatalf("a problem without a place: %+v", p)
			}
		}
	})
}
