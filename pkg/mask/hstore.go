package mask

import (
	"errors"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/document"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func hstoreDocument() entry {
	return entry{
		Info: Info{
			Name:    "hstore",
			Summary: "Values in an hstore, by key; what is not replaced stays byte for byte. A text that is no hstore is replaced whole.",
			Classes: []Class{ClassHstore, ClassText},
			Params:  []Param{domainsParam},
			Example: `attributes: {mask: hstore, paths: {$.email: {domain: person.email}, "$['home phone']": {mask: phone}}, rest: {scan: settings by design}}`,
		},
		traits: walkTraits(document.CompileHstore, "values"),
		bind: func(s Spec, b *Binder) (Masker, error) {
			walk, p, err := bindWalk(document.CompileHstore, s, b)
			if err != nil {
				return nil, err
			}
			p.broken = newReplacer(b.Key.PRF(prf.StandIn, s.Domain))
			return &hstoreMasker{places: p, walk: walk, limit: s.Column.MaxChars}, nil
		},
	}
}

type hstoreMasker struct {
	places
	walk  *document.Hstore
	limit int
}

const otherHstore = `"x"=>NULL`

// Mask appends the pairs with their places replaced. It fails where a place's masker
// does, and on a value that is to be refused. What cannot be walked or does not fit
// becomes one pair that says nothing.
func (m *hstoreMasker) Mask(dst []byte, in Input) ([]byte, error) {
	start := len(dst)
	m.in = in
	out, err := m.walk.Rewrite(dst, in.Value, &m.places)
	m.in = Input{}
	switch {
	case err != nil && !errors.Is(err, document.ErrMalformed):
		return out, err
	case err == nil && (m.limit == 0 || utf8.RuneCount(out[start:]) <= m.limit):
		return out, nil
	case m.limit == 0 || m.limit >= len(otherHstore):
		return append(dst[:start], otherHstore...), nil
	case m.limit >= 4:
		return append(dst[:start], "x=>x"...), nil
	}
	return append(dst[:start], '-'), nil // no pair is that short
}
