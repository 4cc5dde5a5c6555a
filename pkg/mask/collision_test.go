package mask

import (
	"fmt"
	"hash/maphash"
	"os"
	"slices"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// collisionCases are the maskers that stand under a unique index, each with inputs of its
// kind: value i of any number.
func collisionCases() map[string]struct {
	spec Spec
	in   func(dst []byte, i int) []byte
} {
	type c = struct {
		spec Spec
		in   func(dst []byte, i int) []byte
	}
	unique := Column{Class: ClassText, Unique: true}
	integer := Column{Class: ClassInteger, Bits: 32, TypeName: "integer", Unique: true}
	bigint := Column{Class: ClassInteger, Bits: 64, TypeName: "bigint", Unique: true}
	format := func(f string) func([]byte, int) []byte {
		return func(dst []byte, i int) []byte { return fmt.Appendf(dst, f, i) }
	}
	return map[string]c{
		"email":                      {Spec{Name: "email", Column: unique}, format("ann.lee%d@firma.de")},
		"email of 25 characters":     {Spec{Name: "email", Column: Column{Class: ClassText, Unique: true, MaxChars: 25}}, format("a%d@firma.de")},
		"user name":                  {Spec{Name: "username", Column: unique}, format("ann.lee%d")},
		"uuid":                       {Spec{Name: "uuid", Column: Column{Class: ClassUUID, TypeName: "uuid", Unique: true}}, format("6ba7b810-9dad-11d1-80b4-%012x")},
		"integer key":                {Spec{Name: "key", Column: integer}, format("%d")},
		"integer key of 24 bits":     {Spec{Name: "key", Column: integer, Params: map[string]any{"bits": 24.0}}, format("%d")},
		"bigint key":                 {Spec{Name: "key", Column: bigint}, format("%d")},
		"text key":                   {Spec{Name: "text_key", Column: unique}, format("CUST-%08d")},
		"short text key":             {Spec{Name: "text_key", Column: unique}, format("%d")},
		"phone, overflow unassigned": {Spec{Name: "phone", Column: unique, Params: map[string]any{"overflow": "unassigned", "region": "GB"}}, format("020 %08d")},
	}
}

// A masker under a unique index does not give two values one stand-in. UNDERSTUDY_LONG
// makes ten million of each; `make long` does.
func TestStandInsOfUniqueColumnsDoNotMeet(t *testing.T) {
	t.Parallel()
	n := 20_000
	if os.Getenv("UNDERSTUDY_LONG") != "" {
		n = 10_000_000
	}
	seed := maphash.MakeSeed()
	for name, c := range collisionCases() {
		t.Run(name, func(t *testing.T) {
			if n == 20_000 {
				t.Parallel() // the long form's memory is for one at a time
			}
			traits, err := Check(c.spec)
			if err != nil {
				t.Fatal(err)
			}
			if p := traits.Collision(int64(n)); p >= 2e-6 { // the plan refuses from 10^-6 on, with so short an address from 8.5 million rows
				t.Fatalf("it declares a collision with probability %g in %d", p, n)
			}
			m, err := New(c.spec, &Binder{Key: prf.TestKey()})
			if err != nil {
				t.Fatal(err)
			}
			seen := make([]uint64, n) // two different texts meet here with a probability of 3·10^-6
			var in, out []byte
			for i := range seen {
				in = c.in(in[:0], i)
				if out, err = m.Mask(out[:0], Input{Value: in}); err != nil {
					t.Fatal(err)
				}
				seen[i] = maphash.Bytes(seed, out)
			}
			slices.Sort(seen)
			for i := 1; i < n; i++ {
				if seen[i] == seen[i-1] {
					t.Fatalf("two of %d values share a stand-in", n)
				}
			}
		})
	}
}
