package mask

import (
	"errors"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/document"
)

func xmlDocument() entry {
	return entry{
		Info: Info{
			Name:    "xml",
			Summary: "Texts and attributes in an XML document, by path; what is not replaced stays byte for byte. A text that is no XML, or that declares entities, is replaced whole.",
			Classes: []Class{ClassXML, ClassText},
			Params:  []Param{domainsParam},
			Example: `case_history: {mask: xml, paths: {/case/patient/name: {mask: full_name}, "//@phone": {mask: phone}}, rest: {scan: findings are prose}}`,
		},
		traits: walkTraits(document.CompileXML, "texts, attributes and comments"),
		bind: func(s Spec, b *Binder) (Masker, error) {
			walk, p, err := bindWalk(document.CompileXML, s, b)
			if err != nil {
				return nil, err
			}
			return &xmlMasker{places: p, walk: walk, limit: s.Column.MaxChars}, nil
		},
	}
}

type xmlMasker struct {
	places
	walk  *document.XML
	limit int
}

const emptyXML = "<empty/>"

// Mask appends the document with its places replaced. It fails where a place's
// masker does, and on a value that is to be refused.
func (m *xmlMasker) Mask(dst []byte, in Input) ([]byte, error) {
	start := len(dst)
	m.in = in
	out, err := m.walk.Rewrite(dst, in.Value, &m.places)
	m.in = Input{}
	if !errors.Is(err, document.ErrMalformed) && (err != nil || m.limit == 0 || utf8.RuneCount(out[start:]) <= m.limit) {
		return out, err
	}
	dst = dst[:start]
	switch {
	case m.limit == 0 || m.limit >= len(emptyXML):
		return append(dst, emptyXML...), nil
	case m.limit >= 4:
		return append(dst, "<e/>"...), nil
	}
	return append(dst, 'e'), nil // no element is that short
}
