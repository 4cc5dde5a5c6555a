package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// base32 is Crockford's alphabet in lower case: no i, l, o, u, so that a suffix spells nothing.
const base32 = "0123456789abcdefghjkmnpqrstvwxyz"

// uniqueSuffix is how many base-32 letters make usernames distinct on a unique column:
// 70 bits, so that two of ten million meet with a probability below 10^-7.
const uniqueSuffix = 14

// usernameMasker makes login names of ASCII letters, digits and one separator.
type usernameMasker struct {
	*people
	unique bool
}

// Mask makes "first.last" in the column's habit: its separator, or initial and surname
// without one, and as many digits at the end as the original has (at most four). On a
// unique column fourteen letters and digits follow; where they do not fit, they are all
// there is.
func (m *usernameMasker) Mask(dst []byte, in Input) ([]byte, error) {
	var s sitting
	m.sit(&s, in)
	start := len(dst)
	h := habitOf(in.Value)
	if h == asListed {
		h = allLower
	}
	if m.unique {
		return m.appendUnique(dst, &s, h), nil
	}
	digits := 0
	for i := len(m.normal) - 1; i >= 0 && m.normal[i] >= '0' && m.normal[i] <= '9' && digits < 4; i-- {
		digits++
	}
	var sep byte
	for _, c := range m.normal {
		if c == '.' || c == '_' || c == '-' {
			sep = c
			break
		}
	}
	for i := range maxAttempts {
		dst = m.appendName(dst[:start], &s, i, sep, h)
		n := s.draw(i).number
		if m.limit > 0 {
			dst = cutRunes(dst, start, max(1, m.limit-digits))
		}
		for k := digits; k > 0 && (m.limit <= 0 || len(dst)-start < m.limit); k-- {
			dst = append(dst, '0'+byte(n%10))
			n /= 10
		}
		if !sameText(dst[start:], in.Value) {
			return dst, nil
		}
	}
	return m.shaped(&s, dst[:start], in), nil
}

// appendName appends attempt i's name in ASCII.
func (m *usernameMasker) appendName(dst []byte, s *sitting, i int, sep byte, h habit) []byte {
	who := s.draw(i)
	from := len(dst)
	dst = appendASCII(dst, s.f.first[s.gender].At(int(who.first)), h)
	if sep == 0 {
		dst = dst[:min(len(dst), from+1)]
	} else {
		dst = append(dst, sep)
	}
	return appendASCII(dst, s.f.last[s.gender].At(int(who.last)), h)
}

func (m *usernameMasker) appendUnique(dst []byte, s *sitting, h habit) []byte {
	start := len(dst)
	bits := s.prf.BitsTagged("username", s.seed)
	suffix, room := uniqueSuffix, 40
	if m.limit > 0 {
		suffix = min(uniqueSuffix, m.limit)
		room = m.limit - suffix - 1
		if room < 3 {
			suffix, room = min(m.limit, 24), 0
		}
	}
	if room > 0 {
		dst = m.appendName(dst, s, 0, '.', h)
		dst = append(cutRunes(dst, start, room), '_')
	}
	for i := range suffix {
		if i == 12 { // one sum yields 12 letters without bias: more come from another
			bits = s.prf.BitsTagged("username 2", s.seed)
		}
		c := base32[bits.Index(32)]
		if h == allUpper {
			c = byte(unicode.ToUpper(rune(c)))
		}
		dst = append(dst, c)
	}
	return dst
}

// usernameSpace is how many unique usernames a column of limit characters can hold.
func usernameSpace(limit int) float64 {
	n := uniqueSuffix
	if limit > 0 {
		n = min(uniqueSuffix, limit)
		if limit-n-1 < 3 {
			n = min(limit, 24)
		}
	}
	space := 1.0
	for range n {
		space *= 32
	}
	return space
}

// appendASCII appends w's letters in ASCII: marks off, Cyrillic and Greek transcribed,
// what is neither left out ("user" when nothing is left).
func appendASCII(dst []byte, w string, h habit) []byte {
	start := len(dst)
	for _, r := range w {
		if r < utf8.RuneSelf {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				dst = append(dst, byte(r))
			}
			continue
		}
		if t, ok := transcribed[foldRune(r)]; ok {
			dst = append(dst, t...)
			continue
		}
		var buf [utf8.UTFMax]byte
		n := utf8.EncodeRune(buf[:], r)
		if d := norm.NFD.Properties(buf[:n]).Decomposition(); len(d) > 0 {
			if d[0] < utf8.RuneSelf {
				dst = append(dst, d[0])
			} else if base, _ := utf8.DecodeRune(d); transcribed[foldRune(base)] != "" {
				dst = append(dst, transcribed[foldRune(base)]...)
			}
		}
	}
	if len(dst) == start {
		dst = append(dst, "user"...)
	}
	for i := start; i < len(dst); i++ {
		c := rune(dst[i])
		if h == allUpper {
			dst[i] = byte(unicode.ToUpper(c))
		} else {
			dst[i] = byte(unicode.ToLower(c))
		}
	}
	return dst
}

// transcribed are the letters that Unicode does not take apart.
var transcribed = func() map[rune]string {
	m := map[rune]string{}
	for _, pair := range strings.Fields(`æ=ae ø=o œ=oe ß=ss ł=l đ=d ð=d þ=th ı=i ŋ=n
		а=a б=b в=v г=h ґ=g д=d е=e є=ye ж=zh з=z и=y і=i ї=yi й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch ю=yu я=ya ы=y э=e ё=yo
		α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o`) {
		letter, ascii, _ := strings.Cut(pair, "=")
		r, _ := utf8.DecodeRuneInString(letter)
		m[r] = ascii
	}
	return m
}()
