package mask

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// suiteRow is what the suite has to know of one way to use a masker. Every masker
// of the registry has at least one. The zero value of a field is the strict one:
// a flag weakens a check, and the owner says in its reason why.
type suiteRow struct {
	spec Spec     // Name and what the rules would say; Class "" is text, Domain "" is "suite"
	in   []string // at least four realistic values; made up, they are printed by failures
	args []string // the values of spec.Args, the same for every input

	twin   func(in string) string     // another value with the same kept features; nil is other letters and digits in secret's place
	secret func(in string) string     // the part of in that must not survive; nil is all of it
	valid  func(in, out string) error // what every stand-in of a realistic value must be
	detect func(b *Binder)            // adds to the binder what the masker needs
	odd    func(in, out string) error // what the stand-in of a strange value must be; nil is: no more than valid UTF-8

	keyless   bool // the stand-in does not depend on the key: constant, redact
	mayEqual  bool // the space is so small that a stand-in may equal its original
	refuses   bool // strange values are an error; realistic ones never are
	allocFree bool // 0 allocations a value are promised and checked
	bytes     bool // the stand-in is no text: bytea
	script    bool // letters are replaced within their script: no alphabet is disjoint from the output's
	ranked    bool // the stand-in is a function of the value without any sum: a permutation, a number's size
	grams     bool // parts of the original survive by design (see Traits.Keeps), and secret cannot say which
}

// suiteGroups names each group's rows. A group's function lives in the test file
// beside its maskers.
func suiteGroups() map[string][]suiteRow {
	return map[string][]suiteRow{
		"general": suiteGeneral(), "people": suitePeople(), "place": suitePlace(), "contact": suiteContact(),
		"number": suiteNumber(), "time": suiteTime(), "identity": suiteIdentity(), "document": suiteDocument(), "markup": suiteMarkup(),
	}
}

func suiteRows() []suiteRow {
	var all []suiteRow
	groups := suiteGroups()
	for _, name := range sortedKeys(groups) {
		all = append(all, groups[name]...)
	}
	return all
}

func sortedKeys(groups map[string][]suiteRow) []string {
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// full fills in what a row leaves out.
func (r suiteRow) full() suiteRow {
	if r.spec.Column.Class == "" {
		r.spec.Column.Class = ClassText
	}
	if r.spec.Domain == "" {
		r.spec.Domain = "suite"
	}
	return r
}

// name tells rows of one masker apart; it holds no value.
func (r suiteRow) name() string {
	params := make([]string, 0, len(r.spec.Params))
	for k, v := range r.spec.Params {
		if strings.ContainsAny(fmt.Sprint(v), " \n") {
			v = "…"
		}
		params = append(params, fmt.Sprintf("%s=%v", k, v))
	}
	slices.Sort(params)
	parts := append([]string{r.spec.Name}, params...)
	for _, p := range []string{r.spec.Locale, string(r.spec.Column.Class), r.spec.Rest, r.spec.How} {
		if p != "" && p != string(ClassText) {
			parts = append(parts, p)
		}
	}
	if r.spec.Subject != "" {
		parts = append(parts, "from subject")
	}
	return strings.Join(parts, " ")
}

// variants are the row itself and, where the masker takes one, the row by subject.
func (r suiteRow) variants() []suiteRow {
	r = r.full()
	out := []suiteRow{r}
	if info, _ := Lookup(r.spec.Name); info.Subject && r.spec.Subject == "" && r.spec.Params["per"] != "domain" {
		bySubject := r
		bySubject.spec.Subject = "suite.people.id"
		out = append(out, bySubject)
	}
	return out
}

func eachRow(t *testing.T, check func(t *testing.T, r suiteRow)) {
	t.Helper()
	for _, row := range suiteRows() {
		for _, r := range row.variants() {
			t.Run(r.name(), func(t *testing.T) {
				t.Parallel()
				check(t, r)
			})
		}
	}
}

func otherKey(n int) prf.Key {
	s := sha256.Sum256(fmt.Appendf(nil, "suite key %d", n))
	k, _ := prf.NewKey(s[:])
	return k
}

// standin is one bound masker with its row's arguments.
type standin struct {
	m       Masker
	args    [][]byte
	subject bool
}

func (r suiteRow) bind(t testing.TB, k prf.Key) *standin {
	t.Helper()
	b := &Binder{Key: k}
	if r.detect != nil {
		r.detect(b)
	}
	m, err := New(r.spec, b)
	if err != nil {
		t.Fatalf("cannot be bound: %v", err)
	}
	s := &standin{m: m, subject: r.spec.Subject != ""}
	for _, a := range r.args {
		s.args = append(s.args, []byte(a))
	}
	return s
}

// mask gives value number i; the subject, where there is one, is made of i.
func (s *standin) mask(value string, i int) (string, error) {
	in := Input{Value: []byte(value), Args: s.args}
	if s.subject {
		in.Subject = fmt.Appendf(nil, "%d", i+1)
	}
	keep := bytes.Clone(in.Value)
	out, err := s.m.Mask([]byte("before"), in)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(keep, in.Value) {
		return "", fmt.Errorf("the input was written to")
	}
	rest, ok := bytes.CutPrefix(out, []byte("before"))
	if !ok {
		return "", fmt.Errorf("dst was not appended to")
	}
	return string(rest), nil
}

func (s *standin) must(t *testing.T, value string, i int) string {
	t.Helper()
	out, err := s.mask(value, i)
	if err != nil {
		t.Fatalf("input %d: %v", i, err)
	}
	return out
}

func TestSuiteKnowsEveryMasker(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, r := range suiteRows() {
		r = r.full()
		known[r.spec.Name] = true
		if _, ok := Lookup(r.spec.Name); !ok {
			t.Errorf("the suite has a row for %q, the registry has no such masker", r.spec.Name)
		}
		if len(r.in) < 4 {
			t.Errorf("%s: at least four realistic inputs are needed", r.name())
		}
	}
	seen := map[string]bool{}
	for _, info := range All() {
		if !known[info.Name] {
			t.Errorf("masker %s has no row in the suite", info.Name)
		}
		if seen[info.Name] {
			t.Errorf("two maskers are called %s", info.Name)
		}
		seen[info.Name] = true
		if info.Summary == "" || info.Example == "" || len(info.Classes) == 0 {
			t.Errorf("%s: summary, example and classes are needed", info.Name)
		}
		if !strings.Contains(info.Example, info.Name) && !strings.Contains(info.Example, "domain:") {
			t.Errorf("%s: the example does not name it", info.Name)
		}
		for _, p := range info.Params {
			if p.Summary == "" {
				t.Errorf("%s: parameter %s has no summary", info.Name, p.Name)
			}
			if p.Default != "" {
				if err := p.check(p.parse(p.Default)); err != nil {
					t.Errorf("%s: the default of %s: %v", info.Name, p.Name, err)
				}
			}
		}
	}
}

func TestSuiteTraitsAreComplete(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		traits, err := Check(r.spec)
		if err != nil {
			t.Fatal(err)
		}
		switch traits.Safety {
		case Reserved, Unassigned, NeverIssued, Valid, NotContact:
		default:
			t.Errorf("safety %q", traits.Safety)
		}
		switch traits.Technique {
		case "pseudonymization", "suppression", "generalization", "randomization":
		default:
			t.Errorf("technique %q", traits.Technique)
		}
		if again, err := Check(r.spec); err != nil || fmt.Sprint(again) != fmt.Sprint(traits) {
			t.Error("two checks of one spec differ")
		}
		if _, err := New(r.spec, &Binder{}); err == nil {
			t.Error("bound without a key")
		}
	})
}

func TestSuiteSameKeySameStandIn(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		a, b := r.bind(t, prf.TestKey()), r.bind(t, prf.TestKey())
		first := make([]string, len(r.in))
		for i, v := range r.in {
			first[i] = a.must(t, v, i)
		}
		for i := len(r.in) - 1; i >= 0; i-- { // another order: no state may leak from one value to the next
			if got := b.must(t, r.in[i], i); got != first[i] {
				t.Errorf("input %d: %q then %q", i, first[i], got)
			}
		}
	})
}

func TestSuiteAnotherKeyAnotherStandIn(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		const keys = 4
		same, all := 0, 0
		ref := r.bind(t, prf.TestKey())
		for k := range keys {
			other := r.bind(t, otherKey(k))
			for i, v := range r.in {
				all++
				if ref.must(t, v, i) == other.must(t, v, i) {
					same++
				}
			}
		}
		if r.keyless {
			if same != all {
				t.Errorf("declared keyless, but %d of %d differ", all-same, all)
			}
			return
		}
		if limit := all / 2; !r.mayEqual && same > limit || same == all {
			t.Errorf("%d of %d stand-ins are the same under another key", same, all)
		}
	})
}

func TestSuiteNeverTheOriginal(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		for k := range 20 {
			s := r.bind(t, otherKey(k))
			for i, v := range r.in {
				out := s.must(t, v, i)
				if !r.bytes && !utf8.ValidString(out) {
					t.Errorf("input %d: invalid UTF-8", i)
				}
				if out == "" {
					t.Errorf("input %d: empty", i)
				}
				if !r.mayEqual && strings.EqualFold(strings.TrimSpace(out), strings.TrimSpace(v)) {
					t.Errorf("input %d: the stand-in is the original %q", i, v)
				}
				if r.valid != nil {
					if err := r.valid(v, out); err != nil {
						t.Errorf("input %d, %q: %q: %v", i, v, out, err)
					}
				}
			}
		}
	})
}

func TestSuiteFitsTheColumn(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		if r.spec.Column.Class != ClassText {
			return // only text has a length
		}
		for _, limit := range []int{1, 2, 3, 5, 8, 12, 16, 20, 24, 32, 50, 100, 255} {
			cut := r
			cut.spec.Column.MaxChars = limit
			if _, err := Check(cut.spec); err != nil {
				continue // refused before any row: as good
			}
			s := cut.bind(t, prf.TestKey())
			for i, v := range r.in {
				if runes := []rune(v); len(runes) > limit {
					v = string(runes[:limit])
				}
				out, err := s.mask(v, i)
				if err != nil {
					if !r.refuses {
						t.Errorf("%d characters, input %d: %v", limit, i, err)
					}
					continue
				}
				if n := utf8.RuneCountInString(out); n > limit || n == 0 {
					t.Errorf("%d characters, input %d: %q has %d", limit, i, out, n)
				}
			}
		}
	})
}

// strange are values that no rule's author thought of.
func strange() []string {
	return []string{
		"x", "7", " ", "-", "\x00", "\n", "\t \t", "é", "日", "ß", "ﬁ", "\u200b", "\u202e", "\ufeff", "\U0001F600", "e\u0301",
		"\xff", "\xc3\x28", "\xed\xa0\x80", string([]byte{0, 1, 2, 0xfe, 0xff}), "abc\xffdef",
		"null", "N/A", "-1", "1e309", "0x10", "O'Brien; DROP TABLE x; --", "{{name}}", "%s%n", "=1+1", "<script>", `{"a":1`,
		strings.Repeat("a", 300), strings.Repeat("7", 300), strings.Repeat("\u0301", 50), strings.Repeat("日本", 200), strings.Repeat(" \t", 100),
		"١٢٣", "Ⅷ", "½", "ǅ", "İ", "ŉ", "ᾳ", "\u1fff", "\ufffd", "\U0010ffff", "a\u0000b", "ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ",
		"+", "@", ".", "@.", "a@", "@b", "a@b", "++44", "()", "  a  b  ", "ANN", "aNN", "a.b-c_d/e:f;g,h|i\\j",
	}
}

func TestSuiteStrangeValues(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		s := r.bind(t, prf.TestKey())
		for i, v := range strange() {
			out, err := s.mask(v, i)
			if err != nil {
				if !r.refuses && r.spec.Column.Class == ClassText {
					t.Errorf("%q: %v", v, err)
				}
				noValueIn(t, err, v)
				continue
			}
			r.checkStrange(t, v, out)
		}
	})
}

func (r suiteRow) checkStrange(t *testing.T, in, out string) {
	t.Helper()
	if !r.bytes && !utf8.ValidString(out) {
		t.Errorf("%.40q: invalid UTF-8", in)
	}
	if !r.bytes && r.spec.Column.Class == ClassText && strings.ContainsRune(out, 0) {
		t.Errorf("%.40q: a zero byte, which PostgreSQL's text does not hold", in)
	}
	if out == "" {
		t.Errorf("%.40q: empty", in)
	}
	// a generalisation leaves what is general already: 1000 in a bucket of tens
	general := r.keyless && r.valid != nil && r.valid(in, in) == nil
	if !r.mayEqual && !general && out == in && utf8.RuneCountInString(in) > 3 {
		t.Errorf("%.40q: the stand-in is the original", in)
	}
	if r.odd != nil {
		if err := r.odd(in, out); err != nil {
			t.Errorf("%.40q: %.40q: %v", in, out, err)
		}
	}
}

// noValueIn fails when an error holds a value long enough to be told from chance.
func noValueIn(t *testing.T, err error, v string) {
	t.Helper()
	if len(v) > 8 && strings.Contains(err.Error(), v) {
		t.Error("the error holds the value")
	}
}

// One row of each masker is enough for huge values, and one megabyte for half of them:
// the time is the machine's.
func TestSuiteHugeValues(t *testing.T) {
	t.Parallel()
	done := map[string]bool{}
	for _, r := range suiteRows() {
		r = r.full()
		if c := r.spec.Column.Class; done[r.spec.Name] || c != ClassText && c != ClassJSON && c != ClassXML && c != ClassBytes {
			continue // the other types have no huge values
		}
		done[r.spec.Name] = true
		t.Run(r.name(), func(t *testing.T) {
			t.Parallel()
			s := r.bind(t, prf.TestKey())
			for i, unit := range []string{"a", "日本", "\xff\x00", "Ann Lee ", "1234-", "a.b@c.d "} {
				size := 1 << 20
				if i > 2 || testing.Short() {
					size = 1 << 16
				}
				v := strings.Repeat(unit, size/len(unit))
				out, err := s.mask(v, i)
				if err != nil {
					if !r.refuses && r.spec.Column.Class == ClassText {
						t.Errorf("%d bytes of %q: %v", size, unit, err)
					}
					continue
				}
				r.checkStrange(t, v, out)
			}
		})
	}
}

func TestSuiteBySubjectIsTheSubjects(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		if r.spec.Subject == "" {
			return // it is drawn by value
		}
		s := r.bind(t, prf.TestKey())
		other := r
		other.spec.Domain = "suite.another"
		o := other.bind(t, prf.TestKey())
		for i, v := range r.in {
			if s.must(t, v, i) != o.must(t, v, i) {
				t.Errorf("input %d: the domain by value matters for a subject", i)
			}
		}
		byValue := r
		byValue.spec.Subject = ""
		b := byValue.bind(t, prf.TestKey())
		s.subject = false // a NULL subject
		for i, v := range r.in {
			if s.must(t, v, i) != b.must(t, v, i) {
				t.Errorf("input %d: a NULL subject does not fall back to by value", i)
			}
		}
	})
}

func TestSuiteDomainsDoNotMeet(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		if r.keyless || r.mayEqual || r.spec.Subject != "" {
			return // the domain does not matter
		}
		other := r
		other.spec.Domain = "suite.another"
		a, b := r.bind(t, prf.TestKey()), other.bind(t, prf.TestKey())
		same := 0
		for i, v := range r.in {
			if a.must(t, v, i) == b.must(t, v, i) {
				same++
			}
		}
		if same > len(r.in)/2 {
			t.Errorf("%d of %d stand-ins are the same in two domains", same, len(r.in))
		}
	})
}

func TestSuiteAllocatesNothing(t *testing.T) {
	for _, row := range suiteRows() {
		for _, r := range row.variants() {
			if !r.allocFree {
				continue
			}
			s := r.bind(t, prf.TestKey())
			dst := make([]byte, 0, 4096)
			ins := make([]Input, len(r.in))
			for i, v := range r.in {
				ins[i] = Input{Value: []byte(v), Args: s.args}
				if s.subject {
					ins[i].Subject = []byte{'1' + byte(i%9)}
				}
			}
			if n := testing.AllocsPerRun(200, func() {
				for i := range ins {
					if _, err := s.m.Mask(dst, ins[i]); err != nil {
						t.Fatal(err)
					}
				}
			}); n != 0 {
				t.Errorf("%s: %v allocations for %d values", r.name(), n, len(r.in))
			}
		}
	}
}
