package samples

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/integration/stage"
)

// sample is one database with what is known of the people in it.
type sample struct {
	name, rules string
	after       string   // the script begins behind this line
	people      []string // queries: every full name, email, phone and street address
	pairs       []string // queries over one row of people, whose columns are all masked, in the order of their key
	joins       []string // counts that must be the same before and after
	meets       []string // counts that may grow: two spellings of one name have one stand-in
}

var samples = []sample{
	{
		name: "chinook", rules: "chinook.yaml", after: "\\c chinook;",
		people: []string{
			"SELECT first_name || ' ' || last_name FROM customer UNION SELECT first_name || ' ' || last_name FROM employee",
			"SELECT last_name || ', ' || first_name FROM customer UNION SELECT last_name || ', ' || first_name FROM employee",
			"SELECT email FROM customer UNION SELECT email FROM employee",
			"SELECT phone FROM customer UNION SELECT fax FROM customer UNION SELECT phone FROM employee UNION SELECT fax FROM employee",
			"SELECT address FROM customer UNION SELECT address FROM employee UNION SELECT billing_address FROM invoice",
		},
		pairs: []string{
			"SELECT first_name, last_name, address, email, phone FROM customer ORDER BY customer_id",
			"SELECT first_name, last_name, address, email, phone FROM employee ORDER BY employee_id",
		},
		joins: []string{
			"SELECT count(*) FROM invoice i JOIN customer c ON c.address = i.billing_address AND c.customer_id = i.customer_id",
			"SELECT count(*) FROM invoice i JOIN customer c ON c.city = i.billing_city AND c.customer_id = i.customer_id",
			"SELECT count(DISTINCT email) FROM (SELECT email FROM customer UNION ALL SELECT email FROM employee) x",
			"SELECT count(*) FROM customer c JOIN employee e ON c.phone = e.phone OR c.fax = e.fax",
		},
	},
	{
		name: "northwind", rules: "northwind.yaml",
		people: []string{
			"SELECT contact_name FROM customers UNION SELECT contact_name FROM suppliers",
			"SELECT first_name || ' ' || last_name FROM employees UNION SELECT last_name || ', ' || first_name FROM employees",
			"SELECT phone FROM customers UNION SELECT fax FROM customers UNION SELECT phone FROM suppliers UNION SELECT fax FROM suppliers UNION SELECT home_phone FROM employees",
			"SELECT address FROM customers UNION SELECT address FROM employees UNION SELECT address FROM suppliers UNION SELECT ship_address FROM orders",
		},
		pairs: []string{
			"SELECT contact_name, address, phone FROM customers ORDER BY customer_id",
			"SELECT first_name, last_name, address, home_phone FROM employees ORDER BY employee_id",
		},
		meets: []string{
			"SELECT count(*) FROM orders o JOIN customers c ON c.company_name = o.ship_name AND c.customer_id = o.customer_id",
		},
		joins: []string{
			"SELECT count(*) FROM orders o JOIN customers c ON c.address = o.ship_address AND c.customer_id = o.customer_id",
		},
	},
}

func TestSamples(t *testing.T) {
	t.Parallel()
	s := stage.New(t, "production:15", "staging:15")
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) { sample.play(t, s.Server("production"), s.Server("staging")) })
	}
}

func (s sample) play(t *testing.T, production, staging *stage.Server) {
	script := stage.Read(t, "integration", "samples", "testdata", s.name+".sql")
	if _, rest, found := strings.Cut(script, s.after); found && s.after != "" {
		script = rest
	}
	production.Database(t, s.name)
	production.Exec(t, s.name, script)
	rules := stage.Example(t, s.rules)

	staging.Copy(t, 0, production, s.name, s.name, rules)
	stage.Compare(t, "rows", production.Counts(t, s.name), staging.Counts(t, s.name))
	if got, want := staging.ForeignKeys(t, s.name), production.ForeignKeys(t, s.name); got != want || want == 0 {
		t.Errorf("%d foreign keys are valid, production has %d", got, want)
	}
	if d := staging.Dangling(t, s.name); len(d) > 0 {
		t.Errorf("keys dangle: %s", d)
	}
	for _, q := range s.joins {
		stage.Compare(t, q, production.Query(t, s.name, q), staging.Query(t, s.name, q))
	}
	for _, q := range s.meets {
		before, _ := strconv.Atoi(production.One(t, s.name, q))
		after, _ := strconv.Atoi(staging.One(t, s.name, q))
		if before == 0 || after < before {
			t.Errorf("%s: %d before, %d after", q, before, after)
		}
	}
	s.nobodyIsLeft(t, production, staging)

	first, firstRows := staging.Digests(t, s.name), s.rows(t, staging)
	staging.Copy(t, 0, production, s.name, s.name, rules)
	stage.Compare(t, "the second night", first, staging.Digests(t, s.name))

	staging.Understudy(t, stage.Call{Rules: rules, Key: stage.OtherKey, Args: staging.CopyArgs(production, s.name, s.name)}).Must(t, 0)
	differ(t, "another key", firstRows, s.rows(t, staging))
}

// nobodyIsLeft looks for every original, one by one, in all that pg_dump knows of staging.
func (s sample) nobodyIsLeft(t *testing.T, production, staging *stage.Server) {
	t.Helper()
	dump := staging.Dump(t, s.name)
	looked := 0
	for i, q := range s.people {
		for _, v := range production.Query(t, s.name, q) {
			if v == "" || v == "∅" {
				continue
			}
			looked++
			if strings.Contains(dump, v) {
				t.Errorf("an original of query %d is in staging", i)
			}
		}
	}
	if looked < 50 {
		t.Errorf("only %d originals were looked for", looked)
	}
	differ(t, "production", s.rows(t, production), s.rows(t, staging))
}

// rows are the cells of the people, in the order of their keys.
func (s sample) rows(t *testing.T, server *stage.Server) [][]string {
	t.Helper()
	var out [][]string
	for _, q := range s.pairs {
		for _, row := range server.Query(t, s.name, q) {
			out = append(out, strings.Split(row, "|"))
		}
	}
	return out
}

// differ compares cell by cell. Contacts never agree; of names, which come from lists of
// hundreds, one in a hundred may by chance.
func differ(t *testing.T, what string, a, b [][]string) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%s: %d rows and %d", what, len(a), len(b))
	}
	cells, same := 0, 0
	for i := range a {
		for k := range a[i] {
			if a[i][k] == "" || a[i][k] == "∅" {
				continue
			}
			cells++
			if a[i][k] == b[i][k] {
				same++
				if strings.ContainsAny(a[i][k], "0123456789@") {
					t.Errorf("%s: row %d, column %d is the same", what, i, k)
				}
			}
		}
	}
	if same*100 > cells {
		t.Errorf("%s: %d of %d cells are the same", what, same, cells)
	}
	if slices.EqualFunc(a, b, slices.Equal) {
		t.Errorf("%s: nothing differs", what)
	}
}
