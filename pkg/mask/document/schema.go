package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// Schema is a compiled JSON Schema, of draft 4, 6 or 7. Its checks may run at once.
type Schema struct {
	compiled *gojsonschema.Schema
	names    map[string]bool // of properties; only these are said in errors
}

// CompileSchema compiles the text of a JSON Schema. A reference that leads out of the text
// is refused: nothing is fetched, neither from the network nor from a folder.
func CompileSchema(text []byte) (*Schema, error) {
	var root any
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, errors.New("the JSON Schema is no JSON")
	}
	s := &Schema{names: map[string]bool{}}
	if err := s.survey(root); err != nil {
		return nil, err
	}
	compiled, err := gojsonschema.NewSchemaLoader().Compile(gojsonschema.NewBytesLoader(text))
	if err != nil {
		return nil, fmt.Errorf("compile the JSON Schema: %w", err)
	}
	s.compiled = compiled
	return s, nil
}

// survey collects the names of properties and refuses what leads elsewhere.
func (s *Schema) survey(node any) error {
	switch n := node.(type) {
	case []any:
		for _, item := range n {
			if err := s.survey(item); err != nil {
				return err
			}
		}
	case map[string]any:
		if ref, ok := n["$ref"].(string); ok && !strings.HasPrefix(ref, "#") {
			return errors.New("the JSON Schema refers to something outside of itself: copy it into the file, under definitions")
		}
		if properties, ok := n["properties"].(map[string]any); ok {
			for name := range properties {
				s.names[name] = true
			}
		}
		for _, inner := range n {
			if err := s.survey(inner); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check returns an error when doc does not validate. It says at which place which rule is
// broken, at most three of them, and nothing that stands in the document: a name that the
// schema does not have, which may be data, is a *.
func (s *Schema) Check(doc []byte) error {
	res, err := s.compiled.Validate(gojsonschema.NewBytesLoader(doc))
	if err != nil {
		return errors.New("it is no JSON") // the library's error quotes the document
	}
	if res.Valid() {
		return nil
	}
	var broken []string
	for _, e := range res.Errors() {
		broken = append(broken, s.place(e.Context().String("\x00"))+" "+strings.ReplaceAll(e.Type(), "_", " "))
	}
	slices.Sort(broken)
	broken = slices.Compact(broken)
	more := ""
	if len(broken) > 3 {
		more = fmt.Sprintf(", and %d more", len(broken)-3)
		broken = broken[:3]
	}
	return errors.New(strings.Join(broken, ", ") + more)
}

// place writes the library's context as a path.
func (s *Schema) place(context string) string {
	var b bytes.Buffer
	b.WriteByte('$')
	for _, part := range strings.Split(context, "\x00")[1:] {
		if !s.names[part] {
			part = "*"
		}
		b.WriteString("." + part)
	}
	return b.String()
}
