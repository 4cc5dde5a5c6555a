package mask

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/document"
)

func jsonDocument() entry {
	return entry{
		Info: Info{
			Name:    "json",
			Summary: "Values in a JSON document, by path; what is not replaced stays byte for byte. A text that is no JSON is replaced whole.",
			Classes: []Class{ClassJSON, ClassText},
			Params:  []Param{domainsParam},
			Example: `preferences: {mask: json, paths: {$.contact.email: {domain: person.email}, "$.phones[*]": {mask: phone}}, rest: {scan: no contacts by design}}`,
		},
		traits: func(s Spec) (Traits, error) {
			if _, err := schemaOf(s); err != nil {
				return Traits{}, err
			}
			return walkTraits(document.CompileJSON, "values")(s)
		},
		bind: func(s Spec, b *Binder) (Masker, error) {
			walk, p, err := bindWalk(document.CompileJSON, s, b)
			if err != nil {
				return nil, err
			}
			schema, err := schemaOf(s)
			if err != nil {
				return nil, err
			}
			return &jsonMasker{places: p, walk: walk, limit: s.Column.MaxChars, schema: schema}, nil
		},
	}
}

var domainsParam = Param{
	Name: "domains", Type: Map,
	Summary: "domains of what is found by scanning, by its kind: {email: person.email, phone: person.phone}; without it the rule's own",
}

func pathsOf(s Spec) []string {
	paths := make([]string, len(s.Paths))
	for i, p := range s.Paths {
		paths[i] = p.Path
	}
	return paths
}

func restKeeps(s Spec) []string {
	switch s.Rest {
	case restScan:
		return []string{"what no path names and no detector recognises"}
	case restKeep:
		return []string{"what no path names"}
	}
	return []string{"structure"}
}

// schemaOf compiles the schema that a Spec names; it is nil when there is none.
func schemaOf(s Spec) (*document.Schema, error) {
	if s.Schema == "" {
		return nil, nil //nolint:nilnil // most documents have none
	}
	return document.CompileSchema([]byte(s.Schema))
}

type jsonMasker struct {
	places
	walk   *document.JSON
	limit  int
	schema *document.Schema // nil is anything
}

// Mask appends the document with its places replaced. It fails where a place's
// masker does, on a value that is to be refused, and when what it would write breaks
// the document's schema.
func (m *jsonMasker) Mask(dst []byte, in Input) ([]byte, error) {
	start := len(dst)
	m.in = in
	out, err := m.walk.Rewrite(dst, in.Value, &m.places)
	m.in = Input{}
	if errors.Is(err, document.ErrMalformed) || err == nil && m.limit > 0 && utf8.RuneCount(out[start:]) > m.limit {
		out, err = appendEmptyJSON(dst[:start], in.Value, m.limit), nil
	}
	if err == nil && m.schema != nil {
		err = m.validate(in.Value, out[start:])
	}
	return out, err
}

// validate checks what would be written. Whose fault it is decides what to do about it:
// a document that broke its schema in the source is no fault of the stand-ins.
func (m *jsonMasker) validate(original, written []byte) error {
	broken := m.schema.Check(written)
	switch {
	case broken == nil:
		return nil
	case m.schema.Check(original) != nil:
		return fmt.Errorf("a document breaks its JSON Schema in the source already; as it would be written: %w", broken)
	}
	return fmt.Errorf("a document breaks its JSON Schema once it is masked: %w", broken)
}

// appendEmptyJSON appends the smallest document of the kind that v seems to be.
func appendEmptyJSON(dst, v []byte, limit int) []byte {
	v = bytes.TrimLeft(v, " \t\r\n")
	switch {
	case limit == 1:
		return append(dst, '0')
	case len(v) > 0 && v[0] == '[' && string(v) != "[]":
		return append(dst, "[]"...)
	case len(v) > 0 && v[0] == '"' && string(v) != `""`:
		return append(dst, `""`...)
	}
	return append(dst, "{}"...)
}
