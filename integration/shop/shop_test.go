package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/integration/stage"
	"github.com/understudy-db/understudy/pkg/report"
)

const (
	customers = 300
	returned  = 40
)

// TestShop plays the story once for each pair of versions, and then goes on with the first.
func TestShop(t *testing.T) {
	t.Parallel()
	s := stage.New(t, "production15:15", "staging15:15", "production17:17", "staging17:17")
	rules := stage.Example(t, "shop.yaml")
	for _, name := range []string{"production15", "production17"} {
		production := s.Server(name)
		production.Database(t, "shop")
		production.Load(t, "shop", func(ctx context.Context, conn *pgconn.PgConn) error {
			return fixtures.Load(ctx, fixtures.Into(conn), customers)
		})
		// The shop's returns are empty, and a join of nothing proves nothing.
		production.Exec(t, "shop", fmt.Sprintf(`INSERT INTO sales.returns SELECT o.id, o.placed_at, 'too short for the window', c.email
			FROM sales.orders o JOIN public.customers c ON c.id = o.customer_id WHERE c.email <> '' ORDER BY o.id LIMIT %d`, returned))
	}

	var digests []string // of the first staging: the others have the same stand-ins
	for _, pair := range [][2]string{{"production15", "staging15"}, {"production15", "staging17"}, {"production17", "staging17"}} {
		production, staging := s.Server(pair[0]), s.Server(pair[1])
		to := "shop_from_" + strconv.Itoa(production.Major)
		done := t.Run(fmt.Sprintf("%d to %d", production.Major, staging.Major), func(t *testing.T) {
			r := staging.Copy(t, 0, production, "shop", to, rules)
			record(t, r)
			same(t, production, "shop", staging, to)
			masked(t, production, "shop", staging, to)
			joins(t, production, "shop", staging, to)
			got := staging.Digests(t, to)
			if digests == nil {
				digests = got
			}
			stage.Compare(t, "the stand-ins of two servers", digests, got)
			if left := r.Left(t); len(left) > 0 {
				t.Errorf("temporary files were left: %s", left)
			}
		})
		if !done {
			t.FailNow()
		}
	}

	t.Run("17 to 15 is refused before anything is made", func(t *testing.T) {
		staging := s.Server("staging15")
		before := staging.Databases(t)
		r := staging.Understudy(t, stage.Call{Rules: rules, Args: staging.CopyArgs(s.Server("production17"), "shop", "older")})
		r.Must(t, 6, "target", "15", "17", "hint:")
		stage.Compare(t, "databases", before, staging.Databases(t))
	})

	production, staging := s.Server("production15"), s.Server("staging15")
	t.Run("a second night keeps the generation before and the stand-ins", func(t *testing.T) {
		before := staging.Databases(t)
		staging.Copy(t, 0, production, "shop", "shop_from_15", rules)
		after := staging.Databases(t)
		if len(after) != len(before)+1 {
			t.Fatalf("databases before %s, after %s: the previous generation should be there as well", before, after)
		}
		stage.Compare(t, "the stand-ins of two nights", digests, staging.Digests(t, "shop_from_15"))
		for _, db := range after {
			if db != "shop_from_15" && strings.HasPrefix(db, "shop_from_15") {
				reopened := staging.One(t, "postgres", "SELECT datallowconn FROM pg_database WHERE datname = '"+db+"'")
				t.Logf("the generation before is %s, open to connections: %s", db, reopened)
			}
		}
		staging.Copy(t, 0, production, "shop", "shop_from_15", rules)
		if third := staging.Databases(t); len(third) != len(after) {
			t.Errorf("databases after a third night %s: one generation is kept", third)
		}
	})
	t.Run("another key changes every stand-in", func(t *testing.T) {
		r := staging.Understudy(t, stage.Call{Rules: rules, Key: stage.OtherKey, Args: staging.CopyArgs(production, "shop", "other_key")})
		r.Must(t, 0)
		same(t, production, "shop", staging, "other_key")
		for column, table := range map[string]string{
			"email": "public.customers", "username": "public.customers", "national_id": "public.customers", "api_key": "public.customers",
			"phones": "public.customers", "email_to": "public.messages", "phone_to": "public.messages", "push_token": "public.messages",
			"card_number": "sales.payments", "iban": "sales.payments",
		} {
			sql := fmt.Sprintf("SELECT coalesce(%s::text, '') FROM %s WHERE %[1]s::text NOT IN ('', '{}') ORDER BY id", column, table)
			one, other := staging.Query(t, "shop_from_15", sql), staging.Query(t, "other_key", sql)
			if len(one) != len(other) || len(one) == 0 {
				t.Fatalf("%s.%s has %d and %d values", table, column, len(one), len(other))
			}
			equal := 0
			for i := range one {
				if one[i] == other[i] {
					equal++
				}
			}
			if equal > 0 {
				t.Errorf("%d of %d stand-ins of %s.%s are the same under another key", equal, len(one), table, column)
			}
		}
	})
	t.Run("undo brings the generation before back", func(t *testing.T) {
		before := staging.One(t, "postgres", "SELECT oid FROM pg_database WHERE datname = 'shop_from_15'")
		r := staging.Understudy(t, stage.Call{Args: []string{"publish", "--undo", "--target", staging.DSN("shop_from_15")}})
		r.Must(t, 0)
		if after := staging.One(t, "postgres", "SELECT oid FROM pg_database WHERE datname = 'shop_from_15'"); after == before {
			t.Error("staging is the database that it was before undo")
		}
		stage.Compare(t, "the stand-ins after undo", digests, staging.Digests(t, "shop_from_15"))
	})
}

// record reads run.json: every step is there and done, every table counted.
func record(t *testing.T, r stage.Result) {
	t.Helper()
	var run report.Run
	if err := json.Unmarshal([]byte(r.File(t, "report/*/run.json")), &run); err != nil {
		t.Fatal(err)
	}
	if run.Outcome != report.Published || len(run.Steps) != 17 {
		t.Errorf("the record says %s after %d steps", run.Outcome, len(run.Steps))
	}
	for _, step := range run.Steps {
		if !step.Done {
			t.Errorf("step %d, %s, is not done", step.Number, step.Name)
		}
	}
	for _, e := range run.Ledger {
		if e.Decision == "" || e.Reason == "" || e.By == "" {
			t.Errorf("%s.%s.%s has no decision, reason or author in the ledger", e.Schema, e.Table, e.Column)
		}
	}
	rows := map[string]int64{}
	for _, table := range run.Tables {
		rows[strings.Split(table.Name, "_2026")[0]] += table.Rows
	}
	for _, table := range fixtures.Tables() {
		want := int64(table.Count(customers))
		got := rows[table.String()]
		if table.Name == "orders" {
			got += rows["sales.orders_default"]
		}
		if table.Name == "returns" {
			want = returned
		}
		if got != want {
			t.Errorf("the record says %d rows of %s, the shop has %d", got, table, want)
		}
	}
}

// same compares everything that a refresh must not change.
func same(t *testing.T, production *stage.Server, from string, staging *stage.Server, to string) {
	t.Helper()
	stage.Compare(t, "row counts", production.Counts(t, from), staging.Counts(t, to))
	definitions := production.Major == staging.Major
	stage.Compare(t, "objects", production.Objects(t, from, definitions), staging.Objects(t, to, definitions))
	if n := staging.ForeignKeys(t, to); n < 15 {
		t.Errorf("staging has %d foreign keys", n)
	}
	for _, d := range staging.Dangling(t, to) {
		t.Errorf("staging: %s", d)
	}
	for _, sql := range []string{
		"SELECT * FROM sales.monthly_revenue ORDER BY 1",
		"SELECT id, country, orders, total FROM sales.customer_totals ORDER BY 1",
		"SELECT count(*), count(email), count(national_id), count(company), sum(cardinality(phones)), count(emergency) FROM public.customers",
		"SELECT customer_id, count(*) FROM public.addresses GROUP BY 1 ORDER BY 1",
		"SELECT closed_on - opened_on FROM clinic.cases ORDER BY id", // one shift a patient
		"SELECT extract(year FROM birth_date) FROM public.customers ORDER BY id",
		"SELECT id, sku, price, attributes::text FROM sales.products CROSS JOIN (SELECT 1 AS id) x ORDER BY sku",
		"SELECT sales.order_count(1)",
	} {
		stage.Compare(t, sql, production.Query(t, from, sql), staging.Query(t, to, sql))
	}
}

// masked looks for the originals of identifiers, one by one, in their own column and in all others of their kind.
func masked(t *testing.T, production *stage.Server, from string, staging *stage.Server, to string) {
	t.Helper()
	dump := staging.Dump(t, to)
	for _, sql := range []string{
		"SELECT DISTINCT email::text FROM public.customers",
		"SELECT DISTINCT unnest(phones) FROM public.customers",
		"SELECT DISTINCT national_id FROM public.customers WHERE length(national_id) > 8",
		"SELECT DISTINCT api_key::text FROM public.customers",
		"SELECT DISTINCT push_token FROM public.messages WHERE push_token IS NOT NULL",
		"SELECT DISTINCT webhook_url FROM public.messages WHERE webhook_url IS NOT NULL",
		"SELECT DISTINCT card_number FROM sales.payments WHERE card_number IS NOT NULL",
		"SELECT DISTINCT iban FROM sales.payments WHERE iban IS NOT NULL",
		`SELECT DISTINCT "E-Mail" FROM public."Mailing List"`,
		"SELECT DISTINCT street FROM public.addresses WHERE length(street) > 8",
	} {
		found, all := 0, production.Query(t, from, sql)
		for _, v := range all {
			if v != "" && strings.Contains(dump, v) {
				found++
			}
		}
		if len(all) == 0 {
			t.Errorf("nothing to look for: %s", sql)
		}
		if found > 0 {
			t.Errorf("%d of %d originals are in a dump of staging: %s", found, len(all), sql)
		}
	}
}

// joins checks that the same value has the same stand-in in every table.
func joins(t *testing.T, production *stage.Server, from string, staging *stage.Server, to string) {
	t.Helper()
	for _, sql := range []string{
		"SELECT count(*), count(DISTINCT c.id) FROM public.customers c JOIN public.messages m ON m.email_to = c.email",
		`SELECT count(*), count(DISTINCT c.id) FROM public.customers c JOIN public."Mailing List" m ON m."E-Mail" = c.email`,
		"SELECT count(*), count(DISTINCT c.id) FROM public.customers c JOIN public.messages m ON m.phone_to = ANY (c.phones)",
		"SELECT count(*), count(DISTINCT c.id) FROM public.customers c JOIN sales.orders o ON o.customer_id = c.id JOIN public.messages m ON m.email_to = c.preferences #>> '{contact,email}'",
		"SELECT count(*), count(DISTINCT c.id) FROM public.customers c WHERE c.preferences #>> '{contact,email}' = c.email",
		"SELECT count(*), count(DISTINCT c.id) FROM public.customers c WHERE c.preferences #>> '{contact,phone}' = ANY (c.phones)",
		"SELECT count(*), count(DISTINCT c.id) FROM public.customers c JOIN sales.returns r ON r.email = c.email",
		"SELECT count(DISTINCT email), count(DISTINCT username), count(DISTINCT company) FROM public.customers",
	} {
		want, got := production.One(t, from, sql), staging.One(t, to, sql)
		if want != got || !some(want) {
			t.Errorf("production says %s, staging says %s: %s", want, got, sql)
		}
	}
	// One persona in every table: on the label of a parcel, in the XML of a case. Where names are written
	// without a space, nobody can tell the parts of a placeholder or of a surname of two syllables.
	for _, persona := range []string{
		`SELECT count(*) FROM public.customers c JOIN public.addresses a ON a.customer_id = c.id WHERE position(c.last_name IN a.recipient) > 0 AND c.country <> 'JP'`,
		`SELECT count(*) FROM public.customers c JOIN clinic.cases k ON k.patient_id = c.id WHERE position(c.last_name IN (xpath('/case/patient/name/text()', k.history))[1]::text) > 0 AND c.country NOT IN ('JP', 'KR', 'CN')`,
	} {
		if want, got := production.One(t, from, persona), staging.One(t, to, persona); want != got || !some(want) {
			t.Errorf("production says %s, staging says %s: %s", want, got, persona)
		}
	}
}

// some reports whether every count of a row is above 0.
func some(row string) bool {
	counts := strings.FieldsFunc(row, func(r rune) bool { return r < '0' || r > '9' })
	return len(counts) > 0 && !slices.Contains(counts, "0")
}
