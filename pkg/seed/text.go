package seed

import (
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/detect"
)

// newText returns what writes a text column: something of its kind where that keeps
// the constraints, else something of the constraints' making.
func (c *column) newText() generator {
	var re *syntax.Regexp
	for _, p := range c.limits.patterns {
		if re = p.parsed(); re != nil {
			break
		}
	}
	var g generator
	if c.unique != 0 {
		g = &numberedText{c: c, re: re}
	} else {
		g = c.kindText()
	}
	if c.n.MaxChars > 0 || c.limits.minLen > 0 || c.limits.maxLen > 0 {
		g = &fitted{generator: g, c: c, least: c.limits.minLen, most: c.maxChars()}
	}
	if re != nil && c.unique == 0 && !c.passes(g) {
		p := &patterned{c: c, re: re}
		if c.limits.maxLen > 0 || c.n.MaxChars > 0 {
			return &fitted{generator: p, c: c, most: c.maxChars()}
		}
		return p
	}
	return g
}

// passes tries a generator on rows that are not made yet: its texts alone, without
// anything that depends on others.
func (c *column) passes(g generator) bool {
	e := newEvaluator(c.t.m)
	r := e.newRow(c.t, 0)
	for i := range int64(20) {
		r.reset(i)
		text := datum{text: string(g.append(nil, r))}
		for _, p := range c.limits.patterns {
			if compare(p.op, text, datum{text: p.text}) == no {
				return false
			}
		}
	}
	return true
}

// patterned writes texts that a regular expression matches.
type patterned struct {
	c  *column
	re *syntax.Regexp
}

func (g *patterned) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	return written(dst, g.re, g.c.base.Name == "bpchar", d.below)
}

// fitted cuts a text to the column's width and fills it up to the least length.
type fitted struct {
	generator
	c           *column
	least, most int
}

func (g *fitted) append(dst []byte, r *row) []byte {
	start := len(dst)
	dst = short(g.generator.append(dst, r), start, g.most)
	if g.least > 0 {
		d := r.draw(g.c)
		for utf8.RuneCount(dst[start:]) < g.least {
			dst = append(dst, letters36[d.below(36)])
		}
	}
	return dst
}

// personText writes something of the row's person.
type personText struct {
	c     *column
	write func(dst []byte, p *persona) []byte
}

func (g *personText) append(dst []byte, r *row) []byte { return g.write(dst, r.person()) }

// pooled draws from stand-ins of each locale.
type pooled struct {
	c     *column
	lists map[*folk][]string
}

func (g *pooled) append(dst []byte, r *row) []byte {
	list := g.lists[r.person().folk]
	d := r.draw(g.c)
	return append(dst, list[d.below(uint64(len(list)))]...)
}

// safeDomains are set aside by RFC 2606: mail to them goes nowhere.
var safeDomains = [...]string{"@example.com", "@example.net", "@example.org"}

// kindText is the generator of the column's kind of text.
func (c *column) kindText() generator {
	person := func(write func([]byte, *persona) []byte) generator { return &personText{c, write} }
	switch c.n.Kind {
	case detect.FirstName:
		return person(func(b []byte, p *persona) []byte { return append(b, p.first...) })
	case detect.LastName:
		return person(func(b []byte, p *persona) []byte { return append(b, p.last...) })
	case detect.FullName:
		return person(func(b []byte, p *persona) []byte { return append(b, p.full()...) })
	case detect.Title:
		return person(func(b []byte, p *persona) []byte { return append(b, p.title()...) })
	case detect.Gender:
		return person(func(b []byte, p *persona) []byte {
			code := p.GenderCodes[1]
			if p.female {
				code = p.GenderCodes[0]
			}
			if c.n.MaxChars == 1 {
				return append(b, code...)
			}
			return append(b, map[bool]string{true: "female", false: "male"}[p.female]...)
		})
	case detect.Username:
		return person(func(b []byte, p *persona) []byte { return strconv.AppendUint(p.handle(b), p.number%10000, 10) })
	case detect.Email:
		return person(func(b []byte, p *persona) []byte {
			return append(strconv.AppendUint(p.handle(b), p.number%10000, 10), safeDomains[p.number%3]...)
		})
	case detect.Country, detect.Nationality:
		if c.n.MaxChars > 0 && c.n.MaxChars < 4 || strings.Contains(strings.ToLower(c.cat.Name), "code") || strings.Contains(c.cat.TypeName, "code") {
			return person(func(b []byte, p *persona) []byte { return append(b, p.Country...) })
		}
		return c.words("country", false)
	case detect.FreeText:
		return c.words("sentence", false)
	}
	g := &pooled{c: c, lists: map[*folk][]string{}}
	for _, f := range c.t.m.folks {
		masker, params, input := contact(c.n.Kind, f)
		if masker == "" {
			return c.words(c.about(), true)
		}
		list, err := c.t.m.pool(c, f, masker, params, input)
		if err != nil { // too narrow for the masker, or a country it does not know
			return c.words("word", true)
		}
		g.lists[f] = list
	}
	return g
}

// wordText writes words of a list, as long as the profile says.
type wordText struct {
	c       *column
	list    []string
	lengths *bins
	shapes  *choice
}

// words returns a generator of words; of their shapes, when the profile has a few that
// nearly all texts have and that are no prose.
func (c *column) words(list string, shapes bool) generator {
	g := &wordText{c: c, list: c.t.m.vocab.list(list)}
	if c.profile == nil {
		return g
	}
	if shapes && covers(c.profile.Shapes) {
		code := false
		for _, s := range c.profile.Shapes {
			code = code || strings.Contains(s.Value, "9") && !strings.Contains(s.Value, "?") && len(s.Value) < 40
		}
		if code {
			g.shapes = newChoice(c.profile.Shapes)
			return g
		}
	}
	g.lengths = newBins(c.profile.Lengths, false)
	return g
}

func (g *wordText) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	switch {
	case g.shapes != nil:
		for _, b := range []byte(g.shapes.draw(&d)) {
			switch b {
			case '9':
				b = '0' + byte(d.below(10))
			case 'A':
				b = 'A' + byte(d.below(26))
			case 'a':
				b = 'a' + byte(d.below(26))
			}
			dst = append(dst, b)
		}
		return dst
	case g.lengths != nil:
		want, start := int(g.lengths.draw(&d)), len(dst)
		for len(dst)-start < want {
			if len(dst) > start {
				dst = append(dst, ' ')
			}
			dst = append(dst, g.list[d.below(uint64(len(g.list)))]...)
		}
		dst = short(dst, start, want)
		for want > 0 && utf8.RuneCount(dst[start:]) < want { // what the cut left at a word's end
			dst = append(dst, letters36[d.below(26)])
		}
		return dst
	}
	return append(dst, g.list[d.below(uint64(len(g.list)))]...)
}

// numberedText writes a text of its own for each row.
type numberedText struct {
	c  *column
	re *syntax.Regexp
}

func (g *numberedText) append(dst []byte, r *row) []byte {
	n := uint64(r.number(g.c))
	start := len(dst)
	if g.re != nil && g.c.n.Kind != detect.Email {
		rest := n
		return written(dst, g.re, g.c.base.Name == "bpchar", func(k uint64) uint64 {
			digit := rest % k
			rest /= k
			return digit
		})
	}
	most := g.c.maxChars()
	switch g.c.n.Kind {
	case detect.Email:
		dst = append(strconv.AppendUint(append(r.person().handle(dst), '.'), n, 36), safeDomains[n%3]...)
	case detect.Username:
		dst = strconv.AppendUint(append(r.person().handle(dst), '.'), n, 36)
	case detect.Phone: // the country code 999 is spare: no network has it
		dst = append(dst, "+999"...)
		dst = zeros(dst, n, 9)
	case detect.Token, detect.PushToken, detect.Password, detect.DeviceID:
		x := mix(n ^ g.c.hash)
		dst = appendHex(appendHex(dst, x), mix(x))
	case detect.URL:
		dst = strconv.AppendUint(append(dst, "https://www.example.com/"...), n, 36)
	case detect.IP:
		dst = append(dst, "2001:db8::"...)
		dst = strconv.AppendUint(dst, n>>16&0xffff, 16)
		dst = append(dst, ':')
		dst = strconv.AppendUint(dst, n&0xffff, 16)
	case detect.Card, detect.IBAN, detect.NationalID, detect.TaxID, detect.BankAccount:
		dst = zeros(append(dst, '0'), n, 15) // no scheme begins with 0
	default:
		if most > 0 && most < 16 {
			break
		}
		list := g.c.t.m.vocab.list(g.c.about())
		d := r.draw(g.c)
		dst = append(dst, list[d.below(uint64(len(list)))]...)
		dst = strconv.AppendUint(append(dst, ' '), n, 10)
	}
	if len(dst) > start && (most == 0 || utf8.RuneCount(dst[start:]) <= most) {
		return dst
	}
	// Nothing but the number, in as many characters as there are.
	dst = dst[:start]
	width := 6
	if most > 0 {
		width = min(width, most)
	}
	total := uint64(max(1, g.c.t.base+g.c.t.rows))
	for k, room := 1, uint64(36); k < 13; k, room = k+1, room*36 {
		if room >= total {
			width = max(width, k)
			break
		}
	}
	if g.c.size > 0 && most > 0 {
		width = min(width, most)
	}
	dst = append(dst, strings.Repeat("0", width)...)
	for i := len(dst) - 1; i >= start && n > 0; i-- {
		dst[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[n%36]
		n /= 36
	}
	return dst
}

// zeros appends n with at least width digits.
func zeros(dst []byte, n uint64, width int) []byte {
	s := strconv.FormatUint(n, 10)
	for i := len(s); i < width; i++ {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}
