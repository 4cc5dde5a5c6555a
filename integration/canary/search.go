package canary

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// gram is how many bytes of each form the index of a search has.
const gram = 6

// least is how much of a value in base64 has to be the same: less may stand anywhere.
const least = 10

// forms are how a value may be written: as it is, in hex, and in base64, whichever of three
// bytes it begins at. All in small letters, as what is searched.
func forms(needle string) []string {
	out := []string{strings.ToLower(needle)}
	for _, value := range []string{needle, strings.ToLower(needle)} {
		out = append(out, hex.EncodeToString([]byte(value)))
		for before := range 3 {
			// what shares a group with a neighbour's bytes is another's letters
			whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + value))
			from, to := (before*8+5)/6, (before+len(value))*8/6
			if to-from < least {
				continue
			}
			standard := whole[from:to]
			out = append(out, strings.ToLower(standard), strings.ToLower(strings.NewReplacer("+", "-", "/", "_").Replace(standard)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hit is a needle that occurs, and what stands around it, in small letters.
type hit struct {
	needle int
	around string
}

// search finds the needles that occur in one of their forms, each once. What is searched is
// megabytes, and the forms are thousands: one pass looks for the beginnings of all.
func search(haystack string, needles []string) []hit {
	haystack = strings.ToLower(haystack)
	type form struct {
		text   string
		needle int
	}
	begin := map[string][]form{}
	for i, n := range needles {
		for _, f := range forms(n) {
			begin[f[:gram]] = append(begin[f[:gram]], form{f, i})
		}
	}
	var out []hit
	seen := map[int]bool{}
	for at := 0; at+gram <= len(haystack); at++ {
		for _, f := range begin[haystack[at:at+gram]] {
			if !seen[f.needle] && strings.HasPrefix(haystack[at:], f.text) {
				seen[f.needle] = true
				out = append(out, hit{f.needle, haystack[max(0, at-60):min(len(haystack), at+60)]})
			}
		}
	}
	return out
}
