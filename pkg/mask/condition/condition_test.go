package condition

import (
	"fmt"
	"strings"
	"testing"
)

var columns = map[string]string{
	"kind": "text", "id": "integer", "balance": "numeric", "score": "float", "active": "bool", "born": "date", "seen": "timestamp",
	"prefs": "json", "ip": "inet", "Odd Name": "text", "type": "text", "in": "integer",
}

// row has every column; a value of "NULL" is NULL.
var person = map[string]string{
	"kind": "person", "id": "42", "balance": "12.50", "score": "1e3", "active": "t", "born": "1980-02-29",
	"seen": "2024-05-06 07:08:09.123+02", "prefs": `{"contact":{"email":"ann"},"n":[1,2]}`, "ip": "10.0.0.1", "Odd Name": "x", "type": "y", "in": "7",
}

func evaluate(t *testing.T, expr string, values map[string]string) (bool, error) {
	t.Helper()
	c, err := Compile(expr, columns)
	if err != nil {
		t.Fatal(err)
	}
	args := make([][]byte, len(c.Columns()))
	for i, name := range c.Columns() {
		if v := values[name]; v != "NULL" {
			args[i] = []byte(v)
		}
	}
	return c.Eval(args)
}

func TestConditionsOverARow(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]bool{
		"kind == 'person'":                                           true,
		"kind != 'person'":                                           false,
		"kind in ['company', 'person'] && id > 40":                   true,
		"balance > 12 && balance < 12.75":                            true,
		"score >= 1000":                                              true,
		"active":                                                     true,
		"!active || kind.startsWith('comp')":                         false,
		"kind.matches('^pers')":                                      true,
		"born < timestamp('1981-01-01T00:00:00Z')":                   true,
		"born.getFullYear() == 1980":                                 true,
		"seen == timestamp('2024-05-06T05:08:09.123Z')":              true,
		"prefs.contact.email == 'ann'":                               true,
		"has(prefs.contact.phone)":                                   false,
		"prefs.n[1] == 2":                                            true,
		"ip == '10.0.0.1'":                                           true,
		"row['Odd Name'] == 'x' && row.type == 'y' && row['in'] > 6": true,
		"kind == null":                                               false,
		"born != null && prefs != null":                              true,
		"true":                                                       true,
	} {
		if got, err := evaluate(t, expr, person); err != nil || got != want {
			t.Errorf("%s is %v, want %v (%v)", expr, got, want, err)
		}
	}
}

func TestNullIsNullAndNoValue(t *testing.T) {
	t.Parallel()
	empty := map[string]string{}
	for name := range columns {
		empty[name] = "NULL"
	}
	for expr, want := range map[string]bool{
		"kind == null": true, "kind == 'person'": false, "kind != 'person'": true, "born == null": true, "prefs == null": true,
		"id == 1": false, "balance == null || balance > 1": true, "row['Odd Name'] == null": true,
	} {
		if got, err := evaluate(t, expr, empty); err != nil || got != want {
			t.Errorf("%s is %v, want %v (%v)", expr, got, want, err)
		}
	}
	for _, expr := range []string{"kind.startsWith('p')", "id > 1", "active", "born < timestamp('1981-01-01T00:00:00Z')", "prefs.contact.email == 'ann'"} {
		if got, err := evaluate(t, expr, empty); err == nil {
			t.Errorf("%s of NULL is %v", expr, got)
		}
	}
}

func TestTextThatIsNoneOfItsTypeIsAnErrorWithoutTheText(t *testing.T) {
	t.Parallel()
	for expr, name := range map[string]string{
		"id == 1": "id", "balance == 1.0": "balance", "active": "active", "born == seen": "born", "prefs == 1": "prefs", "kind == 'a' && id > 2": "id",
	} {
		values := map[string]string{"kind": "a", "seen": "2024-01-01 00:00:00"}
		values[name] = "secret-text"
		if got, err := evaluate(t, expr, values); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v %v", expr, got, err)
		}
	}
	for _, text := range []string{"infinity", "-infinity", "0044-03-15 BC", "12024-01-01", ""} {
		if got, err := evaluate(t, "born == seen", map[string]string{"born": text, "seen": "2024-01-01 00:00:00"}); err == nil {
			t.Errorf("%q is a date: %v", text, got)
		}
	}
	if got, err := evaluate(t, "prefs.secret == 1", map[string]string{"prefs": `{"a":"secret-text"}`}); err == nil || strings.Contains(err.Error(), "secret-text") {
		t.Errorf("a missing field: %v %v", got, err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	for expr, word := range map[string]string{
		"kind":                         "true or false",
		"nope == 1":                    "undeclared",
		"kind == 1":                    "no matching overload",
		"kind ==":                      "Syntax error",
		"":                             "",
		"[1,2].exists(x, x == id)":     "undeclared",
		"[1].map(x, x) == [1]":         "undeclared",
		"row == row":                   "row[",
		"row[kind] == 'a'":             "row[",
		"row['nope'] == 1":             "nope",
		"kind.matches('(')":            "",
		"Odd == 1":                     `row["Odd Name"]`,
		strings.Repeat("(", 200) + "1": "",
		"size(row) > 1":                "row[",
	} {
		if _, err := Compile(expr, columns); err == nil {
			t.Errorf("%.40q is taken", expr)
		} else if !strings.Contains(err.Error(), word) {
			t.Errorf("%.40q: the error has no %q: %v", expr, word, err)
		}
	}
}

func TestColumnsAreSortedAndOnlyTheUsedOnes(t *testing.T) {
	t.Parallel()
	c, err := Compile("row['Odd Name'] == kind || id > 1 && kind != 'x' || row.type == 'q'", columns)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Columns()); got != "[Odd Name id kind type]" {
		t.Errorf("columns %s", got)
	}
	if _, err := c.Eval(nil); err == nil {
		t.Error("values are missing, and nobody minds")
	}
}

func TestCostIsLimited(t *testing.T) {
	t.Parallel()
	long := map[string]string{"kind": strings.Repeat("ab", 400<<10)}
	if _, err := evaluate(t, "kind.contains('x')", long); err != nil {
		t.Errorf("800 KB cannot be searched: %v", err)
	}
	if _, err := evaluate(t, "kind.matches('("+strings.Repeat("a|b|", 50)+"c)*d')", long); err == nil {
		t.Error("a long pattern was matched with 800 KB")
	}
	long["kind"] += long["kind"]
	if _, err := evaluate(t, "kind == 'x'", long); err == nil {
		t.Error("1.6 MB were compared")
	}
}

func FuzzEval(f *testing.F) {
	f.Add("kind == 'person' && id > 1", "person", "1")
	f.Add("born < seen", "2020-01-01", "2020-01-01 10:00:00+05:30:15")
	f.Add("prefs.a[0] == 1 && has(prefs.b)", `{"a":[1]}`, "x")
	f.Fuzz(func(_ *testing.T, expr, a, b string) {
		c, err := Compile(expr, columns)
		if err != nil {
			return
		}
		args := make([][]byte, len(c.Columns()))
		for i := range args {
			args[i] = []byte([]string{a, b}[i%2])
		}
		_, _ = c.Eval(args)
	})
}

func BenchmarkEval(b *testing.B) {
	c, err := Compile("kind == 'person' && id > 40", columns)
	if err != nil {
		b.Fatal(err)
	}
	args := [][]byte{[]byte("42"), []byte("person")}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := c.Eval(args); !ok || err != nil {
			b.Fatal(err)
		}
	}
}
