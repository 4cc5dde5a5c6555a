package seed

import (
	"strings"
	"testing"
)

func names(list string) map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq(list) {
		m[n] = true
	}
	return m
}

// The texts are as pg_get_constraintdef prints them.
func TestAConditionIsEvaluatedAsTheServerWould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		def  string
		row  map[string]string // what is not in it is NULL
		want truth
	}{
		{"CHECK ((price >= (0)::numeric))", map[string]string{"price": "0.00"}, yes},
		{"CHECK ((price >= (0)::numeric))", map[string]string{"price": "-0.01"}, no},
		{"CHECK ((price >= (0)::numeric))", nil, unknown},
		{"CHECK (((a > '-5'::integer) AND (a < 10)))", map[string]string{"a": "9"}, yes},
		{"CHECK (((a > '-5'::integer) AND (a < 10)))", map[string]string{"a": "10"}, no},
		{"CHECK (((kind = 'person'::public.customer_kind) OR (company IS NOT NULL)))", map[string]string{"kind": "company"}, no},
		{"CHECK (((kind = 'person'::public.customer_kind) OR (company IS NOT NULL)))", map[string]string{"kind": "person"}, yes},
		{"CHECK ((method = ANY (ARRAY['card'::text, 'it''s'::text])))", map[string]string{"method": "it's"}, yes},
		{"CHECK (((method)::text = ANY ((ARRAY['card'::character varying, 'cash'::character varying])::text[])))", map[string]string{"method": "check"}, no},
		{"CHECK ((method <> ALL (ARRAY['card'::text, 'cash'::text])))", map[string]string{"method": "cash"}, no},
		{"CHECK ((birth_date >= '1900-01-01'::date))", map[string]string{"birth_date": "1899-12-31"}, no},
		{"CHECK ((closed_on >= opened_on))", map[string]string{"closed_on": "2026-01-02", "opened_on": "2026-01-01 10:00:00+00"}, yes},
		{"CHECK ((char_length((name)::text) <= 3))", map[string]string{"name": "äöü"}, yes},
		{"CHECK ((code ~ '^[A-Z]{2}$'::text))", map[string]string{"code": "Ab"}, no},
		{"CHECK ((code !~~ 'A%'::text))", map[string]string{"code": "Ab"}, no},
		{"CHECK ((num_nonnulls(a, b) = 1))", map[string]string{"a": "1"}, yes},
		{"CHECK (((a IS NULL) <> (b IS NULL)))", map[string]string{"a": "1", "b": "2"}, no},
		{"CHECK ((NOT (a IS DISTINCT FROM b)))", map[string]string{"a": "1"}, no},
		{"CHECK ((total = ((price)::numeric * (2)::numeric)))", map[string]string{"total": "3.0", "price": "1.5"}, yes},
		{`CHECK (("Odd Name" > 0)) NOT VALID`, map[string]string{"Odd Name": "-1"}, no},
		{"CHECK ((public.is_good(a) AND (b > 0)))", map[string]string{"a": "x", "b": "1"}, unknown},
		{"CHECK ((public.is_good(a) AND (b > 0)))", map[string]string{"a": "x", "b": "0"}, no},
	} {
		e, err := parseCheck(c.def, names(`price a b kind company method birth_date closed_on opened_on name code total "Odd`+"\x00"))
		if strings.Contains(c.def, "Odd") {
			e, err = parseCheck(c.def, map[string]bool{"Odd Name": true})
		}
		if err != nil {
			t.Errorf("%s: %v", c.def, err)
			continue
		}
		in := func(name string) datum {
			if text, ok := c.row[name]; ok {
				return datum{text: text}
			}
			return nullDatum
		}
		if got := holds(e, in); got != c.want {
			t.Errorf("%s with %v is %d, want %d", c.def, c.row, got, c.want)
		}
	}
}

func FuzzCheckNeverPanics(f *testing.F) {
	f.Add("CHECK (((a > '-5'::integer) AND (a < 10)))")
	f.Add("CHECK ((CASE WHEN a THEN b ELSE c END > 1)) NOT VALID")
	f.Add(`CHECK ((x.f(a, ARRAY[1, 2]) [1] = E'\'' COLLATE "C"))`)
	f.Fuzz(func(_ *testing.T, def string) {
		if e, err := parseCheck(def, names("a b c")); err == nil {
			holds(e, func(string) datum { return datum{text: "1"} })
			_ = refs(e, nil)
		}
	})
}

func TestAFanoutGivesEveryChildOneParent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ children, parents, skip, most int64 }{
		{1000, 10, 0, 0}, {10, 1000, 3, 0}, {5000, 1500, 0, 0}, {1, 1, 0, 0}, {400_000, 7, 0, 0}, {3000, 1024, 24, 7},
	} {
		f := newFanout(c.children, c.parents, c.skip, c.most, exponential, 7, false)
		seen := map[[2]int64]bool{}
		for i := range c.children {
			p, ordinal := f.parent(i)
			if p < c.skip || p >= c.parents {
				t.Fatalf("%v: child %d has parent %d", c, i, p)
			}
			if seen[[2]int64{p, ordinal}] && c.most == 0 {
				t.Fatalf("%v: parent %d has two children %d", c, p, ordinal)
			}
			seen[[2]int64{p, ordinal}] = true
			if c.most > 0 && ordinal >= c.most {
				t.Fatalf("%v: parent %d has child %d", c, p, ordinal)
			}
		}
		p, _ := f.parent(0)
		for at := range f.children(p) {
			if i := f.child(p, at); i < c.children {
				if again, _ := f.parent(i); again != p {
					t.Errorf("%v: child %d of parent %d has parent %d", c, i, p, again)
				}
			}
		}
	}
}

func TestAShuffleHitsEveryPlaceOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 2, 3, 10, 997, 4096} {
		s, seen := newShuffle(n, 5), map[int64]bool{}
		for i := range n {
			seen[s.at(i)] = true
		}
		if int64(len(seen)) != n {
			t.Errorf("%d of %d places", len(seen), n)
		}
	}
}
