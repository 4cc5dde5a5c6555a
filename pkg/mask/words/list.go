package words

import (
	"strings"
	"unicode/utf8"
)

// List is a frozen list of words. The zero List is empty. Lists may be copied and
// read by many goroutines.
type List struct {
	text string
	at   []span
}

type span struct{ from, to uint32 }

// newList indexes text, one word a line.
func newList(text string) List {
	l := List{text: text, at: make([]span, 0, strings.Count(text, "\n"))}
	for from := 0; from < len(text); {
		n := strings.IndexByte(text[from:], '\n')
		if n < 0 {
			n = len(text) - from
		}
		if n > 0 {
			l.at = append(l.at, span{uint32(from), uint32(from + n)})
		}
		from += n + 1
	}
	return l
}

// Of makes a list of words that are not among the frozen ones.
func Of(words ...string) List { return newList(strings.Join(words, "\n")) }

// Len returns the number of words.
func (l List) Len() int { return len(l.at) }

// At returns word i, 0 ≤ i < Len, without allocating.
func (l List) At(i int) string {
	s := l.at[i]
	return l.text[s.from:s.to]
}

// Fitting returns the words of at most limit characters; 0 is no limit. Where fewer
// than eight are left, the heads of the longer words join them, cut at limit: a
// column of three characters still has names to hold.
func (l List) Fitting(limit int) List {
	if limit <= 0 {
		return l
	}
	out := List{text: l.text}
	for i, s := range l.at {
		if utf8.RuneCountInString(l.At(i)) <= limit {
			out.at = append(out.at, s)
		}
	}
	if len(out.at) >= 8 || len(out.at) == len(l.at) {
		return out
	}
	seen := map[string]bool{}
	for i := range out.at {
		seen[out.At(i)] = true
	}
	for i, s := range l.at {
		head := head(l.At(i), limit)
		if !seen[head] {
			seen[head] = true
			out.at = append(out.at, span{s.from, s.from + uint32(len(head))})
		}
	}
	return out
}

// head returns the first n characters of w, without a space or hyphen at the end.
func head(w string, n int) string {
	for i := range w {
		if n == 0 {
			w = w[:i]
			break
		}
		n--
	}
	return strings.TrimRight(w, " -'’.")
}
