package ruleset

import (
	"bytes"
	"strings"
	"testing"
)

// written is a file that a person wrote in every style that YAML has.
const written = `# Our rules. Do not touch the order!
version: 1   # one

undecided: refuse
domains: # by value
  person.email: {mask: email}

  # phones are last
  person.phone: {mask: phone}

# ---- tables ----
tables:
  public.people:
    subject: id   # whom
    columns:
      # the name
      name: {mask: full_name,
             from: subject}
      note: |
        {mask: text}

      # legacy columns come last

    keep:
      - {why: "a key, no more", columns: [id]}

  # braces
  public.flow: {columns: {a: {mask: email}}, keep: [{why: x, columns: [b]}]}
  public.bare: {}
  'public."odd one"':
    keep:
    - {why: y, columns: [z]}
  public.nothing:
    columns: {}   # nothing yet

tests: []
`

func extend(t *testing.T, data string, a Addition) string {
	t.Helper()
	got, err := Extend([]byte(data), a)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestWhatAPersonWroteStaysByteForByte(t *testing.T) {
	t.Parallel()
	data := strings.Replace(written, "      note: |\n        {mask: text}\n", "      note: {mask: text}\n", 1)
	got := extend(t, data, Addition{
		Domains: []string{"place.city: {mask: city}"},
		Tables: []TableAddition{
			{Schema: "public", Name: "people", Columns: []Line{{"city", "{domain: place.city}", "text; city"}, {"nick", "", "undecided  # who knows"}}},
			{Schema: "public", Name: "flow", Columns: []Line{{"c", "{mask: phone}", "phone"}, {"d", "", "undecided  # no room"}}},
			{Schema: "public", Name: "bare", Columns: []Line{{"c", "{mask: phone}", ""}}},
			{Schema: "public", Name: "odd one", Columns: []Line{{"c", "{mask: phone}", ""}}},
			{Schema: "public", Name: "nothing", Columns: []Line{{"c", "{mask: phone}", ""}}},
			{Schema: "my schema", Name: "new", Whole: []string{"columns:", "  x: {mask: text}  # text"}},
		},
	})
	// taking the lines and the pieces away that were put in gives the file back
	added := strings.NewReplacer(
		"  place.city: {mask: city}\n", "", "      city: {domain: place.city}  # text; city\n", "", "      # nick: undecided  # who knows\n", "",
		"c: {mask: phone}, ", "", "{columns: {c: {mask: phone}}}", "{}", "    columns:\n      c: {mask: phone}\n", "", "columns: {c: {mask: phone}}", "columns: {}",
		"  '\"my schema\".\"new\"':\n    columns:\n      x: {mask: text}  # text\n", "")
	if back := added.Replace(got); back != data {
		t.Fatalf("what was there is another now:\n%s", got)
	}
	rules, err := Parse("rules.yaml", []byte(got))
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	for _, want := range []struct {
		table, column string
		before        string // the line that it comes after
	}{{"people", "city", "legacy columns come last"}, {"flow", "c", ""}, {"bare", "c", ""}, {"odd one", "c", ""}, {"nothing", "c", ""}, {"new", "x", ""}} {
		found := false
		for i := range rules.Tables {
			for _, c := range rules.Tables[i].Columns {
				found = found || rules.Tables[i].Name == want.table && c.Name == want.column
			}
		}
		if !found {
			t.Errorf("%s.%s is not decided:\n%s", want.table, want.column, got)
		}
		if want.before != "" && strings.Index(got, want.before) > strings.Index(got, want.column+": {domain") {
			t.Errorf("%s stands before what it comes after:\n%s", want.column, got)
		}
	}
	if rules.Domains[len(rules.Domains)-1].Name != "place.city" {
		t.Error("the domain is not the last")
	}
}

func TestADoubtIsNotWrittenTwice(t *testing.T) {
	t.Parallel()
	a := Addition{Tables: []TableAddition{{Schema: "public", Name: "people", Columns: []Line{{"nick", "", "undecided  # who knows"}}}}}
	once := extend(t, written, a)
	a.Tables[0].Columns[0].Comment = "undecided  # said otherwise"
	if twice := extend(t, once, a); twice != once {
		t.Errorf("%s", twice)
	}
}

func TestAFileWithoutTablesGetsThem(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"version: 1\n", "version: 1", "version: 1\r\nlocale: en_GB\r\n", "\xef\xbb\xbfversion: 1\n"} {
		got := extend(t, data, Addition{Domains: []string{"a: {mask: email}"}, Tables: []TableAddition{{Schema: "public", Name: "t", Whole: []string{"columns:", "  x: {domain: a}"}}}})
		if _, err := Parse("rules.yaml", []byte(got)); err != nil || !strings.HasPrefix(got, data) {
			t.Errorf("%v\n%q", err, got)
		}
		if strings.Contains(data, "\r\n") && strings.Count(got, "\r\n") != strings.Count(got, "\n") {
			t.Errorf("two kinds of line ends: %q", got)
		}
	}
}

func TestWhatCannotBeAddedToIsSaid(t *testing.T) {
	t.Parallel()
	add := Addition{Tables: []TableAddition{{Schema: "public", Name: "t", Columns: []Line{{"c", "{mask: phone}", ""}}}}}
	for _, c := range []struct{ data, want string }{
		{"{version: 1}", "in braces"},
		{"- a\n", "no mapping"},
		{"version: 1\ntables: {public.t: {}}\n", "in braces"},
		{"version: 1\ntables:\n", "no mapping"},
		{"version: 1\ntables:\n  public.s: &s {columns: {a: null}}\n  public.t: *s\n", "alias"},
		{"version: 1\ntables:\n  public.s:\n    columns: &c {a: null}\n  public.t:\n    columns: *c\n", "alias"},
	} {
		if _, err := Extend([]byte(c.data), add); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.data, err)
		}
	}
}

func TestOddNamesAreKeysThatReadBack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "Naïve", "null", "1st", "a b", "it's", `say "x"`, "a: b", "# c", "\x1b[31m", "\u202e", "line\nbreak", "{x}", "", "a.b"} {
		if name == "" {
			continue // PostgreSQL has no empty names
		}
		data := "version: 1\ntables:\n  " + TableKey(name, name) + ":\n    columns:\n      " + Key(name) + ": {mask: text}\n"
		rules, err := Parse("rules.yaml", []byte(data))
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if got := rules.Tables[0]; got.Schema != name || got.Name != name || got.Columns[0].Name != name {
			t.Errorf("%q came back as %q.%q.%q", name, got.Schema, got.Name, got.Columns[0].Name)
		}
	}
}

func FuzzExtend(f *testing.F) {
	f.Add([]byte(written))
	f.Add([]byte("version: 1\ntables:\n  public.people:\n    columns: {a: null}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := Parse("rules.yaml", data)
		if err != nil {
			return
		}
		got, err := Extend(data, Addition{Tables: []TableAddition{
			{Schema: "public", Name: "people", Columns: []Line{{"zz_new", "{mask: text}", "a comment"}}, Whole: []string{"columns:", "  zz_new: {mask: text}"}},
		}})
		if err != nil {
			return
		}
		after, err := Parse("rules.yaml", got)
		if err != nil {
			if bytes.Contains(data, []byte("zz_new")) {
				return
			}
			t.Fatalf("%v\n%s", err, got)
		}
		if len(after.Tables) < len(before.Tables) {
			t.Errorf("tables are gone:\n%s", got)
		}
	})
}
