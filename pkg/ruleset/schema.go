package ruleset

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/agext/levenshtein"
	"github.com/xeipuuv/gojsonschema"

	"github.com/understudy-db/understudy/rules"
)

// The documents that the schema describes.
const (
	rulesDocument = ""
	packDocument  = "pack"
)

// schema is the compiled JSON Schema and its text, from which the words of the
// messages come: what may stand at a place, and what a key is for.
type schema struct {
	compiled map[string]*gojsonschema.Schema // by document
	root     map[string]any
}

var loadSchema = sync.OnceValues(func() (*schema, error) {
	raw, err := rules.FS.ReadFile("schema/v1.json")
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	s := &schema{compiled: map[string]*gojsonschema.Schema{}}
	if err := json.Unmarshal(raw, &s.root); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	whole, err := gojsonschema.NewSchemaLoader().Compile(gojsonschema.NewBytesLoader(raw))
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	s.compiled[rulesDocument] = whole
	for _, name := range []string{packDocument} {
		sub := maps.Clone(s.root)
		for _, k := range []string{"$id", "properties", "required", "additionalProperties", "type"} {
			delete(sub, k)
		}
		sub["allOf"] = []any{map[string]any{"$ref": "#/definitions/" + name}}
		c, err := gojsonschema.NewSchemaLoader().Compile(gojsonschema.NewGoLoader(sub))
		if err != nil {
			return nil, fmt.Errorf("compile the schema of a %s: %w", name, err)
		}
		s.compiled[name] = c
	}
	return s, nil
})

// check validates t and notes every error as a problem in words.
func (p *parser) check(s *schema, document string, t *tree) error {
	res, err := s.compiled[document].Validate(gojsonschema.NewRawLoader(t.value()))
	if err != nil {
		return fmt.Errorf("check against the schema: %w", err)
	}
	errs := res.Errors()
	unknown := map[string]bool{}
	for _, e := range errs {
		if e.Type() == "additional_property_not_allowed" {
			unknown[e.Context().String("\x00")] = true
		}
	}
	for _, e := range errs {
		path := strings.Split(e.Context().String("\x00"), "\x00")[1:]
		// A misspelt key is the cause; that the right one is missing is its echo.
		if e.Type() == "required" && unknown[e.Context().String("\x00")] {
			continue
		}
		p.translate(s, document, t, path, e)
	}
	return nil
}

// translate notes one error of the schema with its position.
func (p *parser) translate(s *schema, document string, root *tree, path []string, e gojsonschema.ResultError) {
	t := root.find(path)
	place, definition := s.place(document, path)
	at, name := p.at(t.line, t.column), label(path)
	hint, _ := place["errorMessage"].(string)
	property, _ := e.Details()["property"].(string)
	switch e.Type() {
	case "condition_then", "condition_else", "number_any_of", "number_one_of", "number_all_of":
		// What they consist of is reported beside them.
	case "additional_property_not_allowed":
		p.unknownKey(place, t, property, name)
	case "required":
		if definition == "action" {
			p.problem(at, hint, "%s says neither mask, domain, keep nor null", name)
			return
		}
		properties, _ := place["properties"].(map[string]any)
		for _, e := range t.entries {
			if _, near := nearest(e.key.text, []string{property}); near && properties[e.key.text] == nil {
				p.problem(p.at(e.key.line, e.key.column), fmt.Sprintf("did you mean %q?", property), "unknown key %q in %s", e.key.text, name)
				return
			}
		}
		missing, _ := s.step(place, property)
		about, _ := missing["description"].(string)
		p.problem(at, about, "%s is missing", property)
	case "invalid_type":
		p.wrongType(place, definition, t, at, name, hint, e)
	case "enum", "const":
		if t.empty() {
			p.problem(at, hint, "%s is empty", name)
			return
		}
		if (definition == "rest" || definition == "how") && slices.Contains([]string{"scan", "keep", "scrub"}, t.text) {
			p.problem(at, "write {"+t.text+": why}", "%s: %s needs a reason", name, t.text)
			return
		}
		p.problem(at, hint, "%s cannot be %s", name, t.shown())
	case "string_gte", "pattern":
		if strings.TrimSpace(t.text) == "" {
			p.problem(at, hint, "%s is empty", name)
			return
		}
		p.problem(at, hint, "%s cannot be %s", name, t.shown())
	case "array_min_items", "array_min_properties":
		if definition == "action" {
			return // That it says nothing is reported beside it.
		}
		p.problem(at, hint, "%s is empty", name)
	case "array_max_properties":
		p.problem(at, hint, "%s says more than one thing", name)
	case "unique":
		p.problem(at, "", "%s names something twice", name)
	case "number_gte":
		p.problem(at, "", "%s is at least %v", name, e.Details()["min"])
	default:
		p.problem(at, hint, "%s: %s", name, e.Description())
	}
}

func (p *parser) wrongType(place map[string]any, definition string, t *tree, at Position, name, hint string, e gojsonschema.ResultError) {
	switch {
	case t.empty():
		p.problem(at, hint, "%s is empty", name)
	case definition == "action" && t.text == "keep":
		p.problem(at, "write {keep: why}", "%s: keep needs a reason", name)
	case definition == "action" && t.text == "null":
		p.problem(at, "write null without quotes", "%s cannot be the text \"null\"", name)
	case definition == "action" && t.scalar():
		p.problem(at, hint, "%s: %s is no action", name, t.shown())
	default:
		if hint == "" && t.scalar() && slices.Contains(typesOf(place, e), "string") {
			hint = "quote it"
		}
		p.problem(at, hint, "%s takes %s, not %s", name, wanted(typesOf(place, e)), t.sort())
	}
}

// unknownKey names the nearest key that is allowed at the place.
func (p *parser) unknownKey(place map[string]any, t *tree, key, name string) {
	i := slices.IndexFunc(t.entries, func(e entry) bool { return e.key.text == key })
	if i < 0 {
		return
	}
	at := p.at(t.entries[i].key.line, t.entries[i].key.column)
	properties, _ := place["properties"].(map[string]any)
	known := slices.Sorted(maps.Keys(properties))
	if slices.Contains(known, key) {
		other := ""
		for _, k := range []string{"domain", "keep", "null"} {
			if t.get(k) != nil && other == "" {
				other = k
			}
		}
		hint := ""
		if other == "domain" {
			hint = "what a domain's stand-ins are like is said once, under domains"
		}
		p.problem(at, hint, "%s does not go with %s", key, other)
		return
	}
	if t.get("domain") != nil && t.get("mask") == nil && properties["mask"] != nil {
		if _, near := nearest(key, known); !near {
			p.problem(at, "a masker's parameters are said once, under domains", "%s does not go with domain", key)
			return
		}
	}
	hint := suggest(key, known)
	if t.flow && i > 0 && slices.Contains(sentences, t.entries[i-1].key.text) && t.entries[i-1].value.plain {
		if _, near := nearest(key, known); !near {
			hint = "if it belongs to the text of " + t.entries[i-1].key.text + ", quote that text"
		}
	}
	if name == "the file" {
		p.problem(at, hint, "unknown key %q", key)
		return
	}
	p.problem(at, hint, "unknown key %q in %s", key, name)
}

// nearest returns the known word that key most likely stands for: one letter may be
// wrong, two from four letters on, three from eight.
func nearest(key string, known []string) (string, bool) {
	best, distance := "", 2+len(key)/4
	for _, k := range known {
		if d := levenshtein.Distance(strings.ToLower(key), strings.ToLower(k), nil); d < distance {
			best, distance = k, d
		}
	}
	return best, best != ""
}

// suggest is the hint for an unknown word.
func suggest(key string, known []string) string {
	if k, ok := nearest(key, known); ok {
		return fmt.Sprintf("did you mean %q?", k)
	}
	if len(known) == 0 {
		return "none are known"
	}
	if len(known) > 16 {
		known = append(slices.Clone(known[:16]), "…")
	}
	return "known are " + strings.Join(known, ", ")
}

// place returns what the schema says of a path, and the definition that it comes from.
func (s *schema) place(document string, path []string) (map[string]any, string) {
	at, definition := s.root, ""
	if document != rulesDocument {
		at, definition = s.resolve(map[string]any{"$ref": "#/definitions/" + document})
	}
	for _, key := range path {
		var name string
		at, name = s.step(at, key)
		definition = name
	}
	return at, definition
}

func (s *schema) step(at map[string]any, key string) (map[string]any, string) {
	properties, _ := at["properties"].(map[string]any)
	for _, next := range []any{properties[key], at["additionalProperties"], at["items"]} {
		if m, ok := next.(map[string]any); ok {
			return s.resolve(m)
		}
	}
	return map[string]any{}, ""
}

// resolve follows a $ref; what stands beside it wins over what it points to.
func (s *schema) resolve(at map[string]any) (map[string]any, string) {
	ref, _ := at["$ref"].(string)
	name, ok := strings.CutPrefix(ref, "#/definitions/")
	if !ok {
		return at, ""
	}
	definitions, _ := s.root["definitions"].(map[string]any)
	target, _ := definitions[name].(map[string]any)
	out := maps.Clone(target)
	maps.Copy(out, at)
	delete(out, "$ref")
	return out, name
}

// find walks down as far as the path leads.
func (t *tree) find(path []string) *tree {
	for _, key := range path {
		var next *tree
		switch {
		case t.mapping():
			next = t.get(key)
		case t.sequence():
			if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(t.items) {
				next = t.items[i]
			}
		}
		if next == nil {
			return t
		}
		t = next
	}
	return t
}

// label names a place: its key, or its list and number.
func label(path []string) string {
	if len(path) == 0 {
		return "the file"
	}
	last := path[len(path)-1]
	if i, err := strconv.Atoi(last); err == nil && len(path) > 1 {
		return fmt.Sprintf("item %d of %s", i+1, path[len(path)-2])
	}
	return last
}

// shown is a scalar for a message; long ones are cut.
func (t *tree) shown() string {
	if !t.scalar() {
		return t.sort()
	}
	if t.tag != "!!str" {
		return t.text
	}
	if r := []rune(t.text); len(r) > 40 {
		return strconv.Quote(string(r[:40]) + "…")
	}
	return strconv.Quote(t.text)
}

// sort names what t is, in words.
func (t *tree) sort() string {
	switch {
	case t.mapping():
		return "a mapping"
	case t.sequence():
		return "a list"
	case t.tag == "!!null":
		return "null"
	case t.tag == "!!bool":
		return t.text
	case t.tag == "!!int", t.tag == "!!float":
		return "a number"
	default:
		return "text"
	}
}

func typesOf(place map[string]any, e gojsonschema.ResultError) []string {
	switch v := place["type"].(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, fmt.Sprint(x))
		}
		return out
	}
	return []string{fmt.Sprint(e.Details()["expected"])}
}

var typeWords = map[string]string{
	"string": "text", "object": "a mapping", "array": "a list", "integer": "a whole number",
	"number": "a number", "boolean": "true or false", "null": "null",
}

func wanted(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = t
		if w, ok := typeWords[t]; ok {
			words[i] = w
		}
	}
	return strings.Join(words, " or ")
}
