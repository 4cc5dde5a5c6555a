package mask

import (
	"fmt"
	"os"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// many is how many inputs a uniqueness test takes: enough for all of the short keys, and
// in the long form (`make long`) as many as the traits are asked about.
func many() int {
	switch {
	case os.Getenv("UNDERSTUDY_LONG") != "":
		return declared
	case testing.Short():
		return 100_000
	}
	return 200_000
}

// declared is the number of rows at which the traits must promise that nothing meets.
const declared = 1_000_000

// distinct fails when two of n inputs share a stand-in. It keeps 128-bit sums of
// the outputs, not the outputs.
func distinct(t *testing.T, s Spec, n, rows int, input func(dst []byte, i int) []byte) {
	t.Helper()
	s.Domain = "unique"
	if s.Column.Class == "" {
		s.Column.Class = ClassText
	}
	traits, err := Check(s)
	if err != nil {
		t.Fatal(err)
	}
	if !traits.Injective && traits.Collision(int64(rows)) > 1e-6 {
		t.Errorf("the traits promise no more than %g", traits.Collision(int64(rows)))
	}
	m, err := New(s, &Binder{Key: prf.TestKey()})
	if err != nil {
		t.Fatal(err)
	}
	sums := prf.TestKey().PRF(prf.Sampling, "unique")
	seen := make(map[[16]byte]struct{}, n)
	var in, out []byte
	for i := range n {
		in = input(in[:0], i)
		if out, err = m.Mask(out[:0], Input{Value: in}); err != nil {
			t.Fatal(err)
		}
		sum := sums.Sum(out)
		if _, ok := seen[sum]; ok {
			t.Fatalf("input %d of %d has the stand-in of another", i, n)
		}
		seen[sum] = struct{}{}
	}
}

func TestStandInsAreDistinct(t *testing.T) {
	t.Parallel()
	unique := Column{Class: ClassText, Unique: true}
	phone := Spec{Name: "phone", Column: unique, Params: map[string]any{"overflow": "unassigned", "region": "GB"}}
	for name, c := range map[string]struct {
		spec  Spec
		input func(dst []byte, i int) []byte
	}{
		"email":                 {Spec{Name: "email", Column: unique}, format("user%d@mail.fr")},
		"email, ignoring case":  {Spec{Name: "email", Column: Column{Class: ClassText, Unique: true, Folded: true}}, format("User.%d@Mail.fr")},
		"email in 40":           {Spec{Name: "email", Column: Column{Class: ClassText, MaxChars: 40}}, format("%d@x.de")},
		"phone, international":  {phone, format("+4420%08d")},
		"phone, national":       {phone, format("020 %04d 55")},
		"phone, both forms":     {phone, func(dst []byte, i int) []byte { return fmt.Appendf(dst, []string{"+44%010d", "0%010d"}[i%2], i/2) }},
		"phone, with and trunk": {phone, func(dst []byte, i int) []byte { return fmt.Appendf(dst, []string{"%010d", "0%010d"}[i%2], 1e9+i/2) }},
		"uuid":                  {Spec{Name: "uuid", Column: Column{Class: ClassUUID}}, format("00000000-0000-4000-8000-%012x")},
		"key of 24 bits":        {Spec{Name: "key", Column: Column{Class: ClassInteger, Bits: 32}, Params: map[string]any{"bits": 24.0}}, format("%d")},
		"key around zero":       {Spec{Name: "key", Column: Column{Class: ClassInteger, Bits: 64}}, func(dst []byte, i int) []byte { return appendInt(dst, int64(i)-500_000) }},
		"key across its range":  {Spec{Name: "key", Column: Column{Class: ClassInteger, Bits: 32}, Params: map[string]any{"min": 1.0, "max": 70000.0}}, func(dst []byte, i int) []byte { return appendInt(dst, int64(i)-30000) }},
		"text_key of digits":    {Spec{Name: "text_key", Column: unique}, format("%08d")},
		"text_key of 5 digits":  {Spec{Name: "text_key", Column: unique}, func(dst []byte, i int) []byte { return fmt.Appendf(dst, "%05d-%d", i%100_000, i/100_000) }},
		"text_key of letters":   {Spec{Name: "text_key", Column: unique}, format("AB-%X")},
		"mac":                   {Spec{Name: "mac", Column: Column{Class: ClassMAC, Rows: 10}}, format("3c22fb%06x")},
		"domain_name":           {Spec{Name: "domain_name", Column: unique}, format("shop%d.de")},
		"webhook":               {Spec{Name: "webhook", Column: unique}, format("https://x.de/%d")},
		"url":                   {Spec{Name: "url", Column: unique}, format("https://x.de/%d")},
		"push_token":            {Spec{Name: "push_token", Column: unique}, format("%064x")},
		"social_handle":         {Spec{Name: "social_handle", Column: unique}, format("@user%d")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, rows := many(), declared
			if name == "mac" || name == "phone, national" {
				n, rows = 10_000, 10_000 // 46 bits are bounded below 10^-6 up to there; so many national numbers there are
			}
			distinct(t, c.spec, n, rows, c.input)
		})
	}
}

func format(pattern string) func(dst []byte, i int) []byte {
	return func(dst []byte, i int) []byte { return fmt.Appendf(dst, pattern, i) }
}

// A foreign key of citext takes CODE-1 for Code-1: both need the same stand-in, whatever
// alphabet their letters seem to be of.
func TestTokensOfSpellingsThatAreEqualAreEqual(t *testing.T) {
	t.Parallel()
	m := newTestMasker(t, Spec{Name: "token", Column: Column{Class: ClassText, Unique: true, Folded: true}})
	want := maskedText(t, m, "Code-1a")
	for _, in := range []string{"code-1a", "CODE-1A", "cOdE-1a"} {
		if got := maskedText(t, m, in); got != want {
			t.Errorf("%s has another token than Code-1a", in)
		}
	}
}
