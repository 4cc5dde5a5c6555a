package mask

import (
	"fmt"

	"github.com/understudy-db/understudy/pkg/mask/document"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// ownPath is the Path of a PathSpec that is no place in a document but a value of
// the row: the first of its arguments is the value, the Spec says how its column is
// masked.
const ownPath = "$arg"

// innerMasker makes the stand-ins of one place.
type innerMasker struct {
	text    Masker
	number  Masker // for a document's numbers; nil where the masker takes none
	null    bool
	ownArg  int      // index in Input.Args of the row's value; -1 for a place
	from    int      // Input.Args of the masker
	to      int      //
	own     []byte   // of the row: the value
	args    [][]byte // of the row: the arguments
	capable bool     // false keeps
}

// innerSpec is p's Spec as it is bound: text, and where it says nothing, the domain
// and the locale of the whole.
func innerSpec(s Spec, p PathSpec) Spec {
	inner := p.Spec
	if inner.Column.Class == "" {
		inner.Column = Column{Class: ClassText, TypeName: "text"}
	}
	if inner.Domain == "" {
		inner.Domain = s.Domain
	}
	if inner.Locale == "" {
		inner.Locale = s.Locale
	}
	return inner
}

// argsOf counts the arguments of a Spec and of all that lies in it: Input.Args holds
// its own first, then those of its places in their order.
func argsOf(s Spec) int {
	n := len(s.Args)
	for _, p := range s.Paths {
		if p.Path == ownPath {
			n++
		}
		n += argsOf(p.Spec)
	}
	return n
}

// checkInner returns the least safe of the places' Traits.
func checkInner(s Spec) (Traits, error) {
	order := map[Safety]int{NotContact: 0, Reserved: 1, Unassigned: 2, NeverIssued: 3, Valid: 4}
	out := Traits{Safety: NotContact, Technique: "pseudonymization"}
	for _, p := range s.Paths {
		if p.Spec.Name == "" || p.Spec.Name == NullName {
			continue
		}
		t, err := Check(innerSpec(s, p))
		if err != nil {
			return Traits{}, fmt.Errorf("%s %s: %w", s.Name, p.Path, err)
		}
		if order[t.Safety] > order[out.Safety] {
			out.Safety = t.Safety
		}
	}
	return out, nil
}

// bindInner binds every place.
func bindInner(s Spec, b *Binder) ([]innerMasker, error) {
	at := len(s.Args)
	inner := make([]innerMasker, len(s.Paths))
	for i, p := range s.Paths {
		m := innerMasker{ownArg: -1, capable: p.Spec.Name != "", null: p.Spec.Name == NullName}
		if p.Path == ownPath {
			m.ownArg = at
			at++
		}
		m.from = at
		at += argsOf(p.Spec)
		m.to = at
		if m.capable && !m.null {
			spec := innerSpec(s, p)
			var err error
			if m.text, err = New(spec, b); err != nil {
				return nil, fmt.Errorf("%s %s: %w", s.Name, p.Path, err)
			}
			spec.Column = Column{Class: ClassNumeric, TypeName: "numeric"}
			if number, err := New(spec, b); err == nil {
				m.number = number
			}
		}
		inner[i] = m
	}
	return inner, nil
}

// places is what the documents share: it decides one leaf after the other.
type places struct {
	inner  []innerMasker
	rest   string
	text   *scanner
	number *scanner
	key    shaper    // of keys that are data, where the rest is null
	broken *replacer // the same for documents that were added later: it leaves no address
	in     Input
	seen   int64   // leaves that are no keys
	named  []int64 // leaves by path
}

// PathCounter is what a masker of documents tells of its paths, when no document is masked
// any more: how many values there were, and how many each path of its Spec named.
type PathCounter interface {
	PathCounts() (values int64, byPath []int64)
}

// PathCounts implements PathCounter.
func (p *places) PathCounts() (values int64, byPath []int64) { return p.seen, p.named }

func newPlaces(s Spec, b *Binder) (places, error) {
	inner, err := bindInner(s, b)
	if err != nil {
		return places{}, err
	}
	p := places{inner: inner, named: make([]int64, len(inner)), rest: s.Rest, key: shaper{prf: b.Key.PRF(prf.StandIn, s.Domain)}}
	if s.Rest == restScan {
		if p.text, err = newScanner(s, b, ClassText); err != nil {
			return places{}, err
		}
		if p.number, err = newScanner(s, b, ClassNumeric); err != nil {
			return places{}, err
		}
	}
	return p, nil
}

// The modes of what no path names.
const (
	restScan   = "scan"
	restKeep   = "keep"
	restNull   = "null"
	restRefuse = "refuse"
)

func checkRest(s Spec, what string) error {
	switch s.Rest {
	case restScan, restKeep, restNull, restRefuse:
		return nil
	case "":
		return fmt.Errorf("%s needs rest: what happens to the %s that no path names: {scan: why}, {keep: why}, null or refuse", s.Name, what)
	default:
		return fmt.Errorf("%s: rest is scan, keep, null or refuse, not %q", s.Name, s.Rest)
	}
}

// Visit decides one leaf.
func (p *places) Visit(dst []byte, leaf document.Leaf) ([]byte, document.Verdict, error) {
	if leaf.Kind != document.Key {
		p.seen++
	}
	if leaf.Path >= 0 {
		p.named[leaf.Path]++
		m := &p.inner[leaf.Path]
		switch {
		case !m.capable:
			return dst, document.Keep, nil
		case m.null:
			return dst, document.Null, nil
		}
		masker := m.text
		if leaf.Kind == document.Number && m.number != nil {
			masker = m.number
		}
		dst, err := masker.Mask(dst, Input{Value: leaf.Text, Subject: p.in.Subject, Args: p.args(m)})
		return dst, document.Replace, err
	}
	switch {
	case p.rest == restKeep, leaf.Kind == document.Key && isPlainKey(leaf.Text), leaf.Kind == document.Bool && p.rest == restScan:
		return dst, document.Keep, nil
	case p.rest == restRefuse:
		return dst, 0, errUnnamed
	case p.rest == restNull && leaf.Kind == document.Key && p.broken != nil:
		dst, err := p.broken.Mask(dst, Input{Value: leaf.Text})
		return dst, document.Replace, err
	case p.rest == restNull && leaf.Kind == document.Key: // a key that is data cannot be null
		return p.key.appendOther(dst, leaf.Text, leaf.Text, 0), document.Replace, nil
	case p.rest == restNull:
		return dst, document.Null, nil
	}
	scan := p.text
	if leaf.Kind == document.Number {
		scan = p.number
	}
	dst, some, err := scan.appendScanned(dst, leaf.Text, Input{Value: leaf.Text}, nil)
	if !some {
		return dst, document.Keep, err
	}
	return dst, document.Replace, err
}

var errUnnamed = fmt.Errorf("a document has a value that no path names, and its rest is to be refused")

func (p *places) args(m *innerMasker) [][]byte {
	if m.to > len(p.in.Args) {
		return nil
	}
	return p.in.Args[m.from:m.to]
}

// isPlainKey reports whether a key can only be a name that a program gave: letters,
// underscores and hyphens, and no more digits than a version has.
func isPlainKey(key []byte) bool {
	digits := 0
	for _, c := range key {
		switch {
		case isDigit(c):
			digits++
		case !isLetter(c) && c != '_' && c != '-':
			return false
		}
	}
	return digits < 4
}
