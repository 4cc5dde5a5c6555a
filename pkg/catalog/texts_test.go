package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTextsOfTheSchema(t *testing.T) {
	t.Parallel()
	c := read(t, `CREATE TABLE t (id int PRIMARY KEY, who text)`,
		`COMMENT ON TABLE t IS 'comes with the table'`,
		`CREATE FUNCTION g(a text DEFAULT 'argument') RETURNS text LANGUAGE sql AS 'SELECT ''body'''`,
		`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
		`CREATE TRIGGER n AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note('told')`,
		`CREATE POLICY p ON t USING (who = 'policy')`,
		`CREATE RULE r AS ON DELETE TO t DO ALSO SELECT 'rule'`,
		`COMMENT ON FUNCTION g(text) IS 'of the function'`,
		`COMMENT ON CONSTRAINT t_pkey ON t IS 'of the key'`)
	type text struct{ Kind, Name string }
	var got []text
	for _, x := range c.Texts {
		got = append(got, text{x.Kind, x.Name})
		if x.Text == "" {
			t.Errorf("%s of %s says nothing", x.Kind, x.Name)
		}
	}
	want := []text{
		{"comment", "constraint t_pkey on table public.t"},
		{"comment", "function public.g(text)"},
		{"function", "public.g"},
		{"function", "public.note"},
		{"policy", "public.t"},
		{"rule", "public.t"},
		{"trigger", "public.t"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
