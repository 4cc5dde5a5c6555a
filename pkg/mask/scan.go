package mask

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/identity"
)

// kindMaskers says which masker makes the stand-in of what a detector found. Kinds
// that are not here get other letters and digits of the same shape.
var kindMaskers = map[string]string{
	"email": "email", "phone": "phone", "card": "card", "iban": "iban", "bic": "bic", "ip": "ip", "mac": "mac",
	"url": "url", "url-credentials": "url", "person": "full_name", "passport": "passport",
	"driving-licence": "driving_licence", "password-hash": "password_hash",
}

// contactKinds are those whose stand-ins must lie in safe ranges: without their
// masker nothing is scanned.
var contactKinds = []string{"email", "phone", "ip", "url"}

// documentNames are detectors' words for documents that identity calls otherwise.
var documentNames = map[string]string{
	"de-rvnr": "svnr", "de-id-card": "id_card", "it-cf": "codice_fiscale", "it-piva": "partita_iva", "se-pnr": "personnummer",
	"se-orgnr": "organisationsnummer", "tr-tckn": "kimlik", "be-nn": "rrn", "gb-driving-licence": "driving_licence",
}

// hit is one place in a text that is replaced.
type hit struct {
	start, end int
	kind       string
	own        int // index of the row's own value that stands there; -1 for none
}

// scanner replaces what detectors find in a text, and the row's own values.
type scanner struct {
	detectors []Detector
	makers    map[string]Masker // by detectors' kind, filled when a kind is first met
	spec      Spec
	binder    *Binder
	odd       numbered
	hits      []hit
	owned     int // how many of hits are the row's own values
	found     func(kind string, start, end int)
}

// newScanner builds a scanner whose stand-ins fit class: a document's numbers must
// not become texts.
func newScanner(s Spec, b *Binder, class Class) (*scanner, error) {
	s.Column = Column{Class: class, TypeName: string(class)}
	c := &scanner{detectors: b.Detectors, makers: map[string]Masker{}, spec: s, binder: b, odd: newNumbered(s, b)}
	c.found = func(kind string, start, end int) { c.hits = append(c.hits, hit{start, end, kind, -1}) }
	if len(b.Detectors) == 0 {
		return nil, fmt.Errorf("mask %s: nothing to scan with: no detector was given", s.Name)
	}
	if class == ClassText {
		for _, kind := range contactKinds {
			if _, err := c.maker(kind); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// innerSpec is the Spec of a kind: the rule's domain for the kind, or the rule's own.
func (c *scanner) innerSpec(name, kind string) Spec {
	s := Spec{Name: name, Domain: c.spec.Domain, Locale: c.spec.Locale, Column: c.spec.Column}
	domains, _ := c.spec.Params["domains"].(map[string]any)
	for _, key := range []string{kind, name} {
		if d, ok := domains[key].(string); ok {
			s.Domain = d
			break
		}
	}
	return s
}

// maker returns the masker of a kind, nil for one that only gets another shape.
func (c *scanner) maker(kind string) (Masker, error) {
	if m, ok := c.makers[kind]; ok {
		return m, nil
	}
	var m Masker
	var err error
	if name, ok := kindMaskers[kind]; ok {
		s := c.innerSpec(name, kind)
		if info, known := Lookup(name); known && slices.Contains(info.Classes, s.Column.Class) {
			m, err = New(s, c.binder)
		} else if slices.Contains(contactKinds, kind) && s.Column.Class == ClassText {
			err = fmt.Errorf("there is no masker %q for what detectors call %q", name, kind)
		}
	} else if len(kind) > 3 && kind[2] == '-' {
		country, name := strings.ToUpper(kind[:2]), kind[3:]
		if n, ok := documentNames[kind]; ok {
			name = n
		}
		if _, ok := identity.Find(country, name); ok {
			s := c.innerSpec("national_id", kind)
			s.Params = map[string]any{"country": country, "document": name}
			m, err = New(s, c.binder)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("mask %s: %w", c.spec.Name, err)
	}
	c.makers[kind] = m
	return m, nil
}

// appendScanned appends text with everything replaced that was found, and reports
// whether anything was. own are the row's own values; nil for none.
func (c *scanner) appendScanned(dst, text []byte, in Input, own *ownValues) ([]byte, bool, error) {
	c.hits = c.hits[:0]
	if own != nil {
		own.find(c, text)
		c.settleOwn()
	}
	c.owned = len(c.hits)
	for _, d := range c.detectors {
		d.Find(text, c.found)
	}
	if len(c.hits) == 0 {
		return append(dst, text...), false, nil
	}
	c.splitPeople(text)
	slices.SortFunc(c.hits, func(a, b hit) int {
		if d := cmp.Compare(a.start, b.start); d != 0 {
			return d
		}
		if d := cmp.Compare(b.end, a.end); d != 0 {
			return d
		}
		return cmp.Compare(b.own, a.own) // the same place: the row knows better what stands there
	})
	at := 0
	for i := 0; i < len(c.hits); {
		h := c.hits[i]
		for i++; i < len(c.hits) && c.hits[i].start < h.end; i++ {
			if c.hits[i].end > h.end { // two that overlap: neither masker knows the whole
				h = hit{h.start, c.hits[i].end, "", -1}
			}
		}
		if h.start < at || h.end > len(text) || h.start >= h.end {
			continue // a detector's mistake must not become a panic
		}
		dst = append(dst, text[at:h.start]...)
		var err error
		if dst, err = c.appendHit(dst, text[h.start:h.end], h, in, own); err != nil {
			return dst, false, err
		}
		at = h.end
	}
	return append(dst, text[at:]...), true, nil
}

// settleOwn drops own values that lie in longer ones: a name in the email.
func (c *scanner) settleOwn() {
	slices.SortFunc(c.hits, func(a, b hit) int {
		if d := cmp.Compare(a.start, b.start); d != 0 {
			return d
		}
		return cmp.Compare(b.end, a.end)
	})
	kept := c.hits[:0]
	for _, h := range c.hits {
		if n := len(kept); n == 0 || h.start >= kept[n-1].end {
			kept = append(kept, h)
		}
	}
	c.hits = kept
}

// splitPeople lets the row's own names stand in a name that a detector found: the
// row knows whose they are. What is left of the found name keeps its shape.
func (c *scanner) splitPeople(text []byte) {
	for i := c.owned; i < len(c.hits); i++ {
		h := c.hits[i]
		if h.kind != "person" {
			continue
		}
		at, inside := h.start, false
		for k := range c.owned {
			o := c.hits[k]
			if o.start < h.start || o.end > h.end {
				continue
			}
			inside = true
			c.addRest(text, at, o.start)
			at = o.end
		}
		if inside {
			c.addRest(text, at, h.end)
			c.hits[i].end = c.hits[i].start // empty: passed over
		}
	}
}

// addRest adds what lies between two names, without the spaces around it.
func (c *scanner) addRest(text []byte, start, end int) {
	for start < end && text[start] == ' ' {
		start++
	}
	for start < end && text[end-1] == ' ' {
		end--
	}
	if start < end {
		c.hits = append(c.hits, hit{start, end, "", -1})
	}
}

func (c *scanner) appendHit(dst, text []byte, h hit, in Input, own *ownValues) ([]byte, error) {
	if h.own >= 0 {
		return own.appendStandIn(dst, text, h.own, in)
	}
	m, err := c.maker(h.kind)
	if err != nil {
		return dst, err
	}
	if m == nil {
		return c.odd.appendOdd(dst, text, nil), nil
	}
	return m.Mask(dst, Input{Value: text})
}

// ownValues are values of the same row, or of its subject's, that a text may mention,
// each with the masker of its column, so that the text mentions the stand-in.
type ownValues struct {
	inner []innerMasker
	text  [][]byte // the stand-ins of this row, made when first needed
	made  []bool
	heads [128]int32 // chains of values by their first letter, small and capital: one more than a place in next
	next  []int32    // two for each value, as in heads
}

func newOwnValues(inner []innerMasker) *ownValues {
	return &ownValues{inner: inner, text: make([][]byte, len(inner)), made: make([]bool, len(inner)), next: make([]int32, 2*len(inner))}
}

func (o *ownValues) reset() {
	for i := range o.made {
		o.made[i] = false
	}
}

// find adds the places where the values stand: whole words, in any letter case. The text
// is walked once, and what no value begins with is passed over.
func (o *ownValues) find(c *scanner, text []byte) {
	if !o.chain() {
		return
	}
	for at, size := 0, 0; at < len(text); at += size {
		b := text[at]
		if size = 1; b >= utf8.RuneSelf {
			if _, size = utf8.DecodeRune(text[at:]); startsWord(text, at) {
				for i := range o.inner {
					o.try(c, text, at, i)
				}
			}
			continue
		}
		if k := o.heads[b]; k > 0 && startsWord(text, at) {
			for ; k > 0; k = o.next[k-1] {
				o.try(c, text, at, int(k-1)/2)
			}
		}
	}
}

// chain sorts the row's values by what they begin with, and reports whether there are any.
func (o *ownValues) chain() (some bool) {
	o.heads = [128]int32{}
	for i := range o.inner {
		v := o.inner[i].own
		if !tells(v) {
			continue
		}
		some = true
		first, _ := utf8.DecodeRune(v)
		first = unicode.ToLower(first)
		if first >= utf8.RuneSelf {
			continue
		}
		k := int32(2 * i) //nolint:gosec // a row has 1,664 values at most
		o.next[k], o.heads[first] = o.heads[first], k+1
		if up := first - 'a' + 'A'; isLetter(byte(first)) {
			o.next[k+1], o.heads[up] = o.heads[up], k+2
		}
	}
	return some
}

// tells reports whether a value says something: a shorter one stands in every text.
func tells(v []byte) bool { return utf8.RuneCount(v) >= 2 && (len(v) >= 4 || !isAllDigits(v)) }

func (o *ownValues) try(c *scanner, text []byte, at, i int) {
	v := o.inner[i].own
	if n := foldPrefix(text[at:], v); n > 0 && endsWord(text, at+n) && tells(v) {
		c.hits = append(c.hits, hit{at, at + n, "", i})
	}
}

func isAllDigits(v []byte) bool {
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

func startsWord(text []byte, at int) bool {
	if at == 0 {
		return true
	}
	before, _ := utf8.DecodeLastRune(text[:at])
	here, _ := utf8.DecodeRune(text[at:])
	return !isWord(before) || !isWord(here)
}

func endsWord(text []byte, at int) bool {
	if at >= len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRune(text[:at])
	here, _ := utf8.DecodeRune(text[at:])
	return !isWord(before) || !isWord(here)
}

// foldPrefix returns the length of the prefix of text that is v in any letter case; 0 for none.
func foldPrefix(text, v []byte) int {
	at := 0
	for len(v) > 0 {
		if at >= len(text) {
			return 0
		}
		a, n := utf8.DecodeRune(text[at:])
		b, k := utf8.DecodeRune(v)
		if a != b && unicode.ToLower(a) != unicode.ToLower(b) || (a == utf8.RuneError) != (b == utf8.RuneError) {
			return 0
		}
		at, v = at+n, v[k:]
	}
	return at
}

// appendStandIn appends the stand-in of own value i, in capitals where text is.
func (o *ownValues) appendStandIn(dst, text []byte, i int, in Input) ([]byte, error) {
	m := &o.inner[i]
	if !o.made[i] {
		out, err := m.text.Mask(o.text[i][:0], Input{Value: m.own, Subject: in.Subject, Args: m.args})
		if err != nil {
			return dst, err
		}
		o.text[i], o.made[i] = out, true
	}
	if habitOf(text) == allUpper && habitOf(m.own) != allUpper {
		return append(dst, bytes.ToUpper(o.text[i])...), nil
	}
	return append(dst, o.text[i]...), nil
}
