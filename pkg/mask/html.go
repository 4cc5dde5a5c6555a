package mask

import (
	"errors"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/document"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func htmlDocument() entry {
	return entry{
		Info: Info{
			Name: "html",
			Summary: "Texts and attributes in HTML, a whole page or a part of one, by element path; what is not replaced stays byte for byte. Tags need not be closed; a path names the elements that are written. " +
				"Scripts and styles are texts, comments and attributes are searched, kept or emptied as the rest says.",
			Classes: []Class{ClassText},
			Params:  []Param{domainsParam},
			Example: `body: {mask: html, paths: {//h1: {mask: full_name}, "//a/@href": {mask: url}}, rest: {scan: mails are prose}}`,
		},
		traits: walkTraits(document.CompileHTML, "texts, attributes and comments"),
		bind: func(s Spec, b *Binder) (Masker, error) {
			walk, p, err := bindWalk(document.CompileHTML, s, b)
			if err != nil {
				return nil, err
			}
			p.broken = newReplacer(b.Key.PRF(prf.StandIn, s.Domain))
			return &htmlMasker{places: p, walk: walk, limit: s.Column.MaxChars}, nil
		},
	}
}

type htmlMasker struct {
	places
	walk  *document.HTML
	limit int
}

const emptyHTML = "<p></p>"

// Mask appends the document with its places replaced. It fails where a place's masker
// does, and on a value that is to be refused. What cannot be walked, does not fit or
// would be empty becomes an empty paragraph.
func (m *htmlMasker) Mask(dst []byte, in Input) ([]byte, error) {
	start := len(dst)
	m.in = in
	out, err := m.walk.Rewrite(dst, in.Value, &m.places)
	m.in = Input{}
	switch {
	case err != nil && !errors.Is(err, document.ErrMalformed):
		return out, err
	case err == nil && len(out) > start && (m.limit == 0 || utf8.RuneCount(out[start:]) <= m.limit):
		return out, nil
	case m.limit == 0 || m.limit >= len(emptyHTML):
		return append(dst[:start], emptyHTML...), nil
	}
	return append(dst[:start], '-'), nil // no element is that short
}
