package seed

import (
	"regexp/syntax"
	"unicode/utf8"
)

// written appends a text that the pattern matches. pick chooses below n: by chance, or,
// to enumerate texts, by the digits of a number. full takes every optional part as often
// as it may be there: a char(n) is compared with its padding.
func written(dst []byte, re *syntax.Regexp, full bool, pick func(n uint64) uint64) []byte {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			dst = utf8.AppendRune(dst, r)
		}
	case syntax.OpCharClass:
		dst = utf8.AppendRune(dst, oneOf(re.Rune, pick))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		dst = append(dst, letters36[pick(36)])
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			dst = written(dst, sub, full, pick)
		}
	case syntax.OpAlternate:
		dst = written(dst, re.Sub[pick(uint64(len(re.Sub)))], full, pick)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			least, most = 0, 8
		case syntax.OpPlus:
			least, most = 1, 8
		case syntax.OpQuest:
			least, most = 0, 1
		}
		if most < 0 {
			most = least + 8
		}
		if full {
			least = most
		}
		for range least + int(pick(uint64(most-least+1))) {
			dst = written(dst, re.Sub[0], full, pick)
		}
	}
	return dst
}

const letters36 = "abcdefghijklmnopqrstuvwxyz0123456789"

// oneOf picks a rune of a class, a printable ASCII one where the class has any.
func oneOf(ranges []rune, pick func(uint64) uint64) rune {
	count := func(lo, hi rune) (n uint64) {
		for i := 0; i < len(ranges); i += 2 {
			if a, b := max(ranges[i], lo), min(ranges[i+1], hi); a <= b {
				n += uint64(b-a) + 1
			}
		}
		return n
	}
	// Letters and digits first: a negated class has every sign as well.
	for _, span := range [][2]rune{{'0', 'z'}, {' ', '~'}, {0, utf8.MaxRune}} {
		n := count(span[0], span[1])
		if n == 0 {
			continue
		}
		at := pick(n)
		for i := 0; i < len(ranges); i += 2 {
			a, b := max(ranges[i], span[0]), min(ranges[i+1], span[1])
			if a > b {
				continue
			}
			if size := uint64(b-a) + 1; at >= size {
				at -= size
				continue
			}
			return a + rune(at)
		}
	}
	return 'x'
}

// variety says how many texts the pattern has, at most limit.
func variety(re *syntax.Regexp, limit float64) float64 {
	n := 1.0
	switch re.Op {
	case syntax.OpCharClass:
		n = 0
		for i := 0; i < len(re.Rune); i += 2 {
			n += float64(min(re.Rune[i+1], '~')-re.Rune[i]) + 1
		}
		n = max(1, n)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 36
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			n = min(limit, n*variety(sub, limit))
		}
	case syntax.OpAlternate:
		n = 0
		for _, sub := range re.Sub {
			n += variety(sub, limit)
		}
	case syntax.OpStar, syntax.OpPlus:
		n = limit
	case syntax.OpRepeat:
		sub := variety(re.Sub[0], limit)
		for range max(re.Min, re.Max) {
			if n *= sub; n > limit {
				break
			}
		}
	case syntax.OpQuest:
		n = 1 + variety(re.Sub[0], limit)
	}
	return min(limit, n)
}
