package mask

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// Nothing passes through: what is written in an alphabet that no stand-in uses leaves no rune.
func TestSuiteForeignAlphabetLeavesNothing(t *testing.T) {
	t.Parallel()
	alphabet := []rune("☃★♠☂♞⚑☎✂✈⌘ꙮꝏꜿꞵ")
	eachRow(t, func(t *testing.T, r suiteRow) {
		if r.script || r.grams || r.spec.Column.Class != ClassText {
			return // it keeps parts of the original by design
		}
		s := r.bind(t, prf.TestKey())
		for n := 1; n < 40; n++ {
			var in strings.Builder
			for i := range n {
				in.WriteRune(alphabet[(i*7+n)%len(alphabet)])
			}
			out, err := s.mask(in.String(), n)
			if err != nil {
				continue
			}
			if i := strings.IndexFunc(out, func(c rune) bool { return slices.Contains(alphabet, c) }); i >= 0 {
				t.Fatalf("%d runes: one survived in %q", n, out)
			}
		}
	})
}

// other returns another value with the same kept features, or "" where the row knows none.
func (r suiteRow) other(in string) string {
	if r.twin != nil {
		return r.twin(in)
	}
	if r.secret == nil {
		return transposed(in)
	}
	secret := r.secret(in)
	if !strings.Contains(in, secret) { // it leaves out what stands in between
		words := strings.Fields(secret)
		for _, w := range words {
			in = strings.Replace(in, w, transposed(w), 1)
		}
		return in
	}
	return strings.Replace(in, secret, transposed(secret), 1)
}

// transposed replaces letters by letters of the same script and case, and digits by digits.
func transposed(in string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return '0' + (c-'0'+3)%10
		case unicode.IsLetter(c):
			run := runOf(c)
			if run == nil || unicode.ToLower(c) < run.lower || unicode.ToLower(c) >= run.lower+rune(run.n) {
				return c // no letter of the run's: it stays, which tests no less
			}
			if l := unicode.ToLower(c); l != c {
				return run.upper + (l-run.lower+5)%rune(run.n)
			}
			return run.lower + (c-run.lower+5)%rune(run.n)
		}
		return c
	}, in)
}

// instead returns a twin that replaces each old text by the new one behind it.
func instead(oldNew ...string) func(string) string { return strings.NewReplacer(oldNew...).Replace }

// hexTwin is transposed within the digits of hexadecimal numbers.
func hexTwin(in string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'f':
			return 'a' + (c-'a'+1)%6
		case c >= 'A' && c <= 'F':
			return 'A' + (c-'A'+1)%6
		case c >= '0' && c <= '9':
			return '0' + (c-'0'+3)%10
		}
		return c
	}, in)
}

// behind is a twin that keeps the first n characters.
func behind(n int) func(string) string {
	return func(in string) string { return in[:min(n, len(in))] + transposed(in[min(n, len(in)):]) }
}

// Nothing passes through, structurally: where every sum is the same, two values with the
// same kept features have the same stand-in, so nothing of a value reaches its stand-in
// but those and the keyed sum.
func TestSuiteOnlyTheSumAndWhatIsKeptReachTheStandIn(t *testing.T) {
	t.Parallel()
	eachRow(t, func(t *testing.T, r suiteRow) {
		if r.ranked {
			return // see the field
		}
		s := r.bind(t, prf.Flat())
		for i, v := range r.in {
			twin := r.other(v)
			if a, b := s.must(t, v, i), s.must(t, twin, i+1000); a != b {
				t.Errorf("input %d: %q gives %q, %q gives %q", i, v, a, twin, b)
			}
		}
	})
}

// Nothing passes through, statistically: a value shares no more 4-grams with its own
// stand-in than with that of another value with the same kept features. Under the
// hypothesis each difference is as often positive as negative, so their sum has a
// variance of the sum of their squares; five deviations are less than 10^-6.
func TestSuiteGramsDoNotSurvive(t *testing.T) {
	t.Parallel()
	keys := 50
	if os.Getenv("UNDERSTUDY_LONG") != "" {
		keys = 20_000
	}
	eachRow(t, func(t *testing.T, r suiteRow) {
		sum, squares := 0.0, 0.0
		for k := range keys {
			s := r.bind(t, otherKey(k))
			for i, v := range r.in {
				secret := v
				if r.secret != nil {
					secret = r.secret(v)
				}
				own, other := fold(s.must(t, v, i)), fold(s.must(t, r.other(v), i+1000))
				d := float64(shared(fold(secret), own) - shared(fold(secret), other))
				sum += d
				squares += d * d
			}
			if r.keyless {
				break
			}
		}
		if sum > 5*math.Sqrt(squares) {
			t.Errorf("%.0f 4-grams more are shared with the own stand-in than with another's, %.1f deviations", sum, sum/math.Sqrt(squares))
		}
	})
}

func fold(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, s)
}

// shared counts the 4-grams of a that occur in b.
func shared(a, b string) int {
	runes, n := []rune(a), 0
	for i := 0; i+4 <= len(runes); i++ {
		if strings.Contains(b, string(runes[i:i+4])) {
			n++
		}
	}
	return n
}
