package ruleset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHooksAreReadAndAPartOfTheDigest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func() (*Rules, error) { return Load(filepath.Join(dir, "rules.yaml")) }
	write("rules.yaml", "version: 1\nhooks: [a.sql, b.sql]\n")
	if _, err := load(); len(ProblemsOf(err)) != 2 {
		t.Errorf("files that are not there: %v", err)
	}
	write("a.sql", "UPDATE flags SET beta = true; -- a copy: nothing comes from here\n")
	write("b.sql", "SELECT 1")
	first, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Hooks) != 2 || first.Hooks[1].SQL != "SELECT 1" || first.Hooks[0].Line != 2 {
		t.Errorf("%+v", first.Hooks)
	}
	write("b.sql", "SELECT 2")
	second, err := load()
	if err != nil || second.Digest == first.Digest {
		t.Errorf("another hook, and the rules are the same: %v", err)
	}
	for _, bad := range []string{"\\i other.sql", "SELECT 1;\n\\copy t from 'x'", "COPY t (a)\n FROM STDIN;", "SELECT '\xff'"} {
		write("b.sql", bad)
		if _, err := load(); len(ProblemsOf(err)) != 1 || strings.Contains(err.Error(), "other.sql") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPreservedTablesAreSkippedTablesWithAReason(t *testing.T) {
	t.Parallel()
	r, err := Parse("rules.yaml", []byte("version: 1\npreserve:\n  public.flags: staging has its own\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Tables) != 1 || !r.Tables[0].Preserve || r.Tables[0].Skip != "staging has its own" || r.Tables[0].Name != "flags" {
		t.Errorf("%+v", r.Tables)
	}
}

func TestSchemasAreReadAndAPartOfTheDigest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func() (*Rules, error) { return Load(filepath.Join(dir, "rules.yaml")) }
	write("rules.yaml", `version: 1
tables:
  public.t: {columns: {a: {mask: json, schema: a.json, rest: null}, b: {mask: xml, schema: a.json, rest: null}}}
`)
	if _, err := load(); len(ProblemsOf(err)) != 1 || !strings.Contains(err.Error(), "xml has no schema") {
		t.Errorf("a schema of XML: %v", err)
	}
	write("rules.yaml", "version: 1\ntables:\n  public.t: {columns: {a: {mask: json, schema: a.json, rest: null}}}\n")
	if _, err := load(); len(ProblemsOf(err)) != 1 || ProblemsOf(err)[0].Line != 3 {
		t.Errorf("a file that is not there: %v", err)
	}
	write("a.json", `{"type": "object"}`)
	first, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if s := first.Tables[0].Columns[0].Action.Schema; s == nil || s.Text != `{"type": "object"}` {
		t.Errorf("%+v", s)
	}
	write("a.json", `{"type": "array"}`)
	second, err := load()
	if err != nil || second.Digest == first.Digest {
		t.Errorf("another schema, and the rules are the same: %v", err)
	}
}
