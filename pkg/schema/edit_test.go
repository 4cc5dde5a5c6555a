package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRolesOfPoliciesAreFoundAndMapped(t *testing.T) {
	t.Parallel()
	roles := map[string]string{"prod_app": "app", "a,b": "plain"}
	cases := []struct {
		name, in, out string
		named         []string
		bad           bool
	}{
		{name: "nobody is named", in: "CREATE POLICY p ON s.t USING (true);\n", out: "CREATE POLICY p ON s.t USING (true);\n"},
		{
			name: "a bare role", in: `CREATE POLICY p ON s.t FOR SELECT TO prod_app USING ((owner = 'TO prod_app'::text));`,
			out: `CREATE POLICY p ON s.t FOR SELECT TO "app" USING ((owner = 'TO prod_app'::text));`, named: []string{"app"},
		},
		{
			name: "quoted names that look like syntax", in: `CREATE POLICY "TO x" ON "a.b"."FOR ""y""" AS RESTRICTIVE FOR ALL TO "a,b", other WITH CHECK (true);`,
			out: `CREATE POLICY "TO x" ON "a.b"."FOR ""y""" AS RESTRICTIVE FOR ALL TO "plain", "other" WITH CHECK (true);`, named: []string{"plain", "other"},
		},
		{name: "two roles become one", in: `CREATE POLICY p ON t TO prod_app, app USING (true);`, out: `CREATE POLICY p ON t TO "app" USING (true);`, named: []string{"app"}},
		{name: "not a policy", in: "CREATE TABLE t ();", bad: true},
		{name: "an open quote", in: `CREATE POLICY p ON t TO "app USING (true);`, bad: true},
		{name: "empty", in: "", bad: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, named, ok := mapPolicyRoles(c.in, roles)
			if ok == c.bad {
				t.Fatalf("ok is %v", ok)
			}
			if c.bad {
				return
			}
			if out != c.out {
				t.Errorf("got  %s\nwant %s", out, c.out)
			}
			if diff := cmp.Diff(c.named, named); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzPolicyRoles: a policy that reads once reads again with the same roles, and only
// the role list changes.
func FuzzPolicyRoles(f *testing.F) {
	f.Add(`CREATE POLICY "TO x" ON "a.b"."y" AS RESTRICTIVE FOR ALL TO "a,b", other WITH CHECK (true);`)
	f.Add("CREATE POLICY p ON s.t USING (true);")
	f.Fuzz(func(t *testing.T, defn string) {
		out, named, ok := mapPolicyRoles(defn, nil)
		if !ok {
			return
		}
		again, renamed, ok := mapPolicyRoles(out, nil)
		if !ok || again != out || strings.Join(named, ",") != strings.Join(renamed, ",") {
			t.Errorf("%q became %q, then %q", defn, out, again)
		}
	})
}
