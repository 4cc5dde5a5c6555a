package mask

import (
	"fmt"
	"math"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// alphabets that tokens are written in.
const (
	digitsAlphabet   = "0123456789"
	hexAlphabet      = "0123456789abcdef"
	hexUpperAlphabet = "0123456789ABCDEF"
	lowerAlphabet    = "abcdefghijklmnopqrstuvwxyz"
	upperAlphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerAlnum       = lowerAlphabet + digitsAlphabet
	upperAlnum       = upperAlphabet + digitsAlphabet
	base32Alphabet   = upperAlphabet + "234567" // RFC 4648
	alnumAlphabet    = upperAlphabet + lowerAlphabet + digitsAlphabet
	base64URL        = alnumAlphabet + "-_"
)

var namedAlphabets = map[string]string{
	"digits": digitsAlphabet, "hex": hexAlphabet, "base32": base32Alphabet, "alnum": alnumAlphabet, "base64url": base64URL,
}

// tokenUniqueLength is how long a stand-in is made at least on a unique column.
const tokenUniqueLength = 24

func tokenMasker() entry {
	return entry{
		Info: Info{
			Name: "token", Summary: "Random-looking letters and digits of the original's alphabet and length; separators stay.", Classes: []Class{ClassText},
			Params: []Param{
				{Name: "length", Type: Int, Default: "0", Summary: "how many characters, 4 to 512; 0 is as many as the original has, on a unique column at least 24"},
				{Name: "alphabet", Type: String, Default: "auto", Allowed: []string{"auto", "digits", "hex", "base32", "alnum", "base64url"}, Summary: "auto: the original's"},
			},
			Example: "api_token: {mask: token}",
		},
		traits: tokenTraits,
		bind: func(s Spec, b *Binder) (Masker, error) {
			return &tokenMaker{
				prf: b.Key.PRF(prf.StandIn, s.Domain), seed: seeder{exact: s.Column.Unique, folded: s.Column.Folded},
				length: s.integer("length"), least: tokenLeast(s), limit: s.Column.MaxChars, alphabet: namedAlphabets[s.str("alphabet")],
			}, nil
		},
	}
}

// tokenLeast is the least length of a stand-in; 1 where the original's decides.
func tokenLeast(s Spec) int {
	n := s.integer("length")
	if n == 0 && s.Column.Unique {
		n = tokenUniqueLength
	}
	if s.Column.MaxChars > 0 {
		n = min(n, s.Column.MaxChars)
	}
	return max(n, 1)
}

func tokenTraits(s Spec) (Traits, error) {
	n := s.integer("length")
	if n != 0 && (n < 4 || n > 512) {
		return Traits{}, fmt.Errorf("token: length is 4 to 512")
	}
	if s.Column.MaxChars > 0 && n > s.Column.MaxChars {
		return Traits{}, fmt.Errorf("token: %s holds %d characters, not %d", s.Column.TypeName, s.Column.MaxChars, n)
	}
	size := len(digitsAlphabet) // auto: what an original of digits gets
	if a, ok := namedAlphabets[s.str("alphabet")]; ok {
		size = len(a)
	}
	if s.Column.Folded && size > len(lowerAlnum)+2 {
		size = len(lowerAlnum) // capitals do not tell two tokens apart there
	}
	t := Traits{Safety: NotContact, Capacity: math.Pow(float64(size), float64(tokenLeast(s))), Keeps: []string{"alphabet", "separators", "length"}, Technique: "pseudonymization"}
	if n > 0 {
		t.Keeps = nil
	}
	t.ClassA = t.Capacity >= 1e15
	return t, nil
}

// tokenMaker makes tokens.
type tokenMaker struct {
	prf                  *prf.PRF
	seed                 seeder
	length, least, limit int
	alphabet             string // "" is the original's
	buf                  []byte
}

// Mask replaces every character that is no separator, draws more where a least length
// is not reached, and none of the original's where the rule fixes the length.
func (m *tokenMaker) Mask(dst []byte, in Input) ([]byte, error) {
	seed := m.seed.of(in.Value)
	start := len(dst)
	alphabet := m.alphabet
	if alphabet == "" {
		if alphabet = tokenAlphabet(in.Value); m.seed.exact && m.seed.folded {
			alphabet = tokenAlphabet(seed) // spellings that the column takes for equal have one token
		}
	}
	sum := m.prf.Sum(seed)
	for round := range byte(lastRound + 1) {
		m.buf = append(append(m.buf[:0], sum[:]...), round, 0, 0, 0, 0)
		dst = m.append(dst[:start], in.Value, alphabet, round == lastRound)
		if !sameText(dst[start:], in.Value) {
			break
		}
	}
	return dst, nil
}

// append makes one attempt; all replaces separators too, for a value of nothing else.
func (m *tokenMaker) append(dst, v []byte, alphabet string, all bool) []byte {
	start, block, left := len(dst), uint32(0), 0
	var bits prf.Bits
	n := uint64(len(alphabet))
	if m.length > 0 {
		v = nil
	}
	for len(dst)-start < m.least || len(v) > 0 {
		if m.limit > 0 && len(dst)-start >= m.limit {
			break
		}
		c := byte('a')
		if len(v) > 0 {
			c = v[0]
			size := 1
			for size < len(v) && c >= 0xc0 && v[size]&0xc0 == 0x80 && size < 4 {
				size++ // a character of several bytes becomes one
			}
			v = v[size:]
		}
		if !all && isTokenSeparator(c) {
			dst = append(dst, c)
			continue
		}
		if left == 0 {
			k := len(m.buf) - 4
			m.buf[k], m.buf[k+1], m.buf[k+2], m.buf[k+3] = byte(block>>24), byte(block>>16), byte(block>>8), byte(block)
			bits, left = m.prf.BitsTagged("token", m.buf), 10 // ten draws of 6 bits leave a bias below 2^-64
			block++
		}
		left--
		dst = append(dst, alphabet[bits.Index(n)])
	}
	return dst
}

func isTokenSeparator(c byte) bool {
	switch c {
	case '-', '_', '.', ':', '/', '+', '=', ' ', ',', '|', '~':
		return true
	}
	return false
}

// tokenAlphabet returns the smallest of the usual alphabets that v's letters and digits are from.
func tokenAlphabet(v []byte) string {
	digit, hexLetter, lower, upper, beyondHex, not32 := false, false, false, false, false, false
	for _, c := range v {
		switch {
		case c >= '0' && c <= '9':
			digit = true
			not32 = not32 || c < '2' || c > '7'
		case c >= 'a' && c <= 'z':
			lower = true
			hexLetter = hexLetter || c <= 'f'
			beyondHex = beyondHex || c > 'f'
		case c >= 'A' && c <= 'Z':
			upper = true
			hexLetter = hexLetter || c <= 'F'
			beyondHex = beyondHex || c > 'F'
		}
	}
	switch {
	case lower && upper && digit:
		return alnumAlphabet
	case lower && upper:
		return upperAlphabet + lowerAlphabet
	case digit && !lower && !upper:
		return digitsAlphabet
	case digit && hexLetter && !beyondHex && lower:
		return hexAlphabet
	case digit && hexLetter && !beyondHex:
		return hexUpperAlphabet
	case digit && lower:
		return lowerAlnum
	case digit && upper && !not32 && len(v) >= 16:
		return base32Alphabet
	case digit && upper:
		return upperAlnum
	case upper:
		return upperAlphabet
	case lower:
		return lowerAlphabet
	}
	return lowerAlnum
}
