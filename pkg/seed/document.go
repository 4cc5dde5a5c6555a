package seed

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/mask/document"
)

// jsonGen writes documents: after a JSON Schema when a constraint has one, with the
// places that the rules name when they name some, else settings such as applications have.
type jsonGen struct {
	c      *column
	schema map[string]any
	paths  []string
	masks  []string
}

func (c *column) newJSON() generator {
	g := &jsonGen{c: c, paths: c.n.Paths, masks: c.n.Masks}
	if c.limits.schema != "" {
		if err := json.Unmarshal([]byte(c.limits.schema), &g.schema); err != nil {
			c.t.m.note(c.t, "the JSON Schema of %s does not read as one", c.cat.Name)
		}
	} else if c.n.Schema != "" {
		if why := g.follow(c.n.Schema); why != "" {
			c.t.m.problem = append(c.t.m.problem, fmt.Sprintf("%s.%s: the JSON Schema that the rules name %s", c.t.name, c.cat.Name, why))
		}
	}
	return g
}

// tried is how many documents are held against a JSON Schema before any is written.
const tried = 64

// follow takes a schema that no constraint will check: whether what we make of it
// validates is tried here, and why it does not is the result.
func (g *jsonGen) follow(text string) string {
	compiled, err := document.CompileSchema([]byte(text))
	if err != nil || json.Unmarshal([]byte(text), &g.schema) != nil {
		return "does not read as one"
	}
	d := draw{g.c.hash}
	for range tried {
		doc := fromSchema(g.schema, g.schema, &d, g.c.t.m.vocab, 0)
		if m, ok := doc.(map[string]any); ok && g.c.unique != 0 {
			m["id"] = int64(1)
		}
		b, err := json.Marshal(doc)
		if err != nil || compiled.Check(b) != nil {
			return "asks for more than is understood"
		}
	}
	return ""
}

func (g *jsonGen) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	var doc any
	switch {
	case g.schema != nil:
		doc = fromSchema(g.schema, g.schema, &d, g.c.t.m.vocab, 0)
	case len(g.paths) > 0:
		root := map[string]any{}
		for i, p := range g.paths {
			place(root, p, g.word(g.masks[i], r, &d))
		}
		doc = root
	default:
		v := g.c.t.m.vocab
		doc = map[string]any{
			"theme": []string{"light", "dark", "system"}[d.below(3)], "enabled": d.below(2) == 0, "count": d.below(100),
			"tags": []string{v.list("word")[d.below(listSize)]}, "label": v.list("words")[d.below(listSize)],
		}
	}
	if g.c.unique != 0 {
		if m, ok := doc.(map[string]any); ok {
			m["id"] = r.number(g.c)
		}
	}
	b, err := json.Marshal(doc) // of maps, texts and numbers: it does not fail
	if err != nil {
		b = []byte("{}")
	}
	return append(dst, b...)
}

// word is what a masked place of a document holds.
func (g *jsonGen) word(masker string, r *row, d *draw) string {
	p := r.person()
	switch masker {
	case "email":
		return string(append(p.handle(nil), safeDomains[p.number%3]...))
	case "phone":
		return "+999" + digits(d, "999999999")
	case "first_name":
		return p.first
	case "last_name":
		return p.last
	case "full_name":
		return p.full()
	case "ip":
		return fmt.Sprintf("192.0.2.%d", d.below(256))
	case "url":
		return "https://www.example.com/"
	case "date":
		return g.c.t.m.Until.AddDate(0, 0, -int(d.below(700))).Format(dateForm)
	}
	return g.c.t.m.vocab.list("words")[d.below(listSize)]
}

// place puts a value at a JSONPath of names and [*]; what is no such path is left out.
func place(at map[string]any, path string, value string) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "$"), ".")
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '.' })
	for i, part := range parts {
		name, list := strings.CutSuffix(part, "[*]")
		if name == "" || strings.ContainsAny(name, "[]*?@") {
			return
		}
		last := i == len(parts)-1
		var leaf any = value
		if !last {
			leaf = map[string]any{}
		}
		if list {
			have, _ := at[name].([]any)
			if len(have) == 0 {
				have = []any{leaf}
				at[name] = have
			}
			leaf = have[0]
		} else if have, ok := at[name].(map[string]any); ok {
			leaf = have
		} else {
			at[name] = leaf
		}
		if next, ok := leaf.(map[string]any); ok {
			at = next
		}
	}
}

// fromSchema makes a document that a JSON Schema allows: types, properties, items,
// enumerations, bounds, lengths, patterns, local references and the first of several ways.
func fromSchema(s, root map[string]any, d *draw, v *vocabulary, depth int) any {
	if ref, ok := s["$ref"].(string); ok {
		if depth > 8 {
			return nil
		}
		var at any = root
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			m, _ := at.(map[string]any)
			at = m[part]
		}
		next, _ := at.(map[string]any)
		return fromSchema(next, root, d, v, depth+1)
	}
	if c, ok := s["const"]; ok {
		return c
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[d.below(uint64(len(list)))]
	}
	for _, several := range []string{"oneOf", "anyOf"} {
		if list, ok := s[several].([]any); ok && len(list) > 0 {
			if next, ok := list[0].(map[string]any); ok {
				return fromSchema(merge(s, next), root, d, v, depth+1)
			}
		}
	}
	if list, ok := s["allOf"].([]any); ok {
		for _, one := range list {
			if next, ok := one.(map[string]any); ok {
				s = merge(s, next)
			}
		}
	}
	kind, _ := s["type"].(string)
	if list, ok := s["type"].([]any); ok && len(list) > 0 {
		kind, _ = list[0].(string)
	}
	num := func(key string, otherwise float64) float64 {
		if f, ok := s[key].(float64); ok {
			return f
		}
		return otherwise
	}
	switch kind {
	case "integer":
		lo := max(num("minimum", 0), num("exclusiveMinimum", -1)+1)
		hi := min(num("maximum", lo+100), num("exclusiveMaximum", lo+101)-1)
		step := num("multipleOf", 1)
		n := lo + float64(d.below(uint64(max(1, hi-lo+1))))
		return int64(n/step) * int64(step)
	case "number":
		lo := num("minimum", 0)
		return lo + float64(d.below(uint64(max(1, (num("maximum", lo+100)-lo)*100))))/100
	case "boolean":
		return d.below(2) == 0
	case "null":
		return nil
	case "string":
		return schemaText(s, d, v, int(num("minLength", 0)), int(num("maxLength", 0)))
	case "array":
		items, _ := s["items"].(map[string]any)
		out := []any{}
		for range int(num("minItems", 1)) {
			out = append(out, fromSchema(items, root, d, v, depth+1))
		}
		return out
	}
	out := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		next, _ := properties[name].(map[string]any)
		if slices.Contains(required, any(name)) || depth < 4 && d.below(4) > 0 {
			out[name] = fromSchema(next, root, d, v, depth+1)
		}
	}
	for _, name := range required {
		if n, ok := name.(string); ok && out[n] == nil && properties[n] == nil {
			out[n] = v.list("word")[d.below(listSize)]
		}
	}
	return out
}

// merge lays one schema over another; their properties and demands are joined.
func merge(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	delete(out, "oneOf")
	delete(out, "anyOf")
	delete(out, "allOf")
	for k, v := range b {
		switch have := out[k].(type) {
		case map[string]any:
			if more, ok := v.(map[string]any); ok {
				have = maps.Clone(have)
				maps.Copy(have, more)
				v = have
			}
		case []any:
			if more, ok := v.([]any); ok && k == "required" {
				v = append(slices.Clone(have), more...)
			}
		}
		out[k] = v
	}
	return out
}

func schemaText(s map[string]any, d *draw, v *vocabulary, least, most int) string {
	if p, ok := s["pattern"].(string); ok {
		if re, err := syntax.Parse(p, syntax.Perl); err == nil {
			return string(written(nil, re.Simplify(), false, d.below))
		}
	}
	text := v.list("words")[d.below(listSize)]
	switch s["format"] {
	case "email":
		text = string(appendASCII(nil, text)) + "@example.com"
	case "uri", "url":
		text = "https://www.example.com/" + string(appendASCII(nil, text))
	case "uuid":
		text = string(appendUUID(nil, d.next(), d.next()))
	case "date":
		text = "2026-0" + digits(d, "1") + "-1" + digits(d, "9")
	case "date-time":
		text = "2026-01-1" + digits(d, "9") + "T0" + digits(d, "9") + ":00:00Z"
	case "ipv4":
		text = fmt.Sprintf("192.0.2.%d", d.below(256))
	}
	for len(text) < least {
		text += string(letters36[d.below(36)])
	}
	if most > 0 {
		text = string(short([]byte(text), 0, most))
	}
	return text
}

// xmlGen writes small documents with the elements that the rules name.
type xmlGen struct {
	c    *column
	json jsonGen
}

func (c *column) newXML() generator { return &xmlGen{c: c, json: jsonGen{c: c}} }

// element is a node of a document being made.
type element struct {
	name     string
	text     string
	attrs    []xml.Attr
	children []*element
}

func (g *xmlGen) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	root := &element{}
	for i, path := range g.c.n.Paths {
		root.put(strings.Split(strings.Trim(path, "/"), "/"), g.json.word(g.c.n.Masks[i], r, &d))
	}
	if len(root.children) == 0 {
		v := g.c.t.m.vocab
		root.put([]string{"record", "@id"}, fmt.Sprint(r.i+1))
		root.put([]string{"record", "label"}, v.list("words")[d.below(listSize)])
		root.put([]string{"record", "note"}, v.list("sentence")[d.below(listSize)])
	}
	return append(dst, root.children[0].write(nil)...) // one root: others would be no document
}

// put places a text at a path of element names, the last of which may be an @attribute.
func (e *element) put(path []string, text string) {
	for _, part := range path {
		part = strings.TrimRight(strings.TrimSpace(part), "*[]0123456789")
		if _, local, ok := strings.Cut(part, ":"); ok {
			part = local
		}
		if name, ok := strings.CutPrefix(part, "@"); ok {
			e.attrs = append(e.attrs, xml.Attr{Name: xml.Name{Local: name}, Value: text})
			return
		}
		if part == "" || strings.ContainsAny(part, "()=") {
			continue
		}
		at := slices.IndexFunc(e.children, func(c *element) bool { return c.name == part })
		if at < 0 {
			at = len(e.children)
			e.children = append(e.children, &element{name: part})
		}
		e = e.children[at]
	}
	e.text = text
}

func (e *element) write(b []byte) []byte {
	var out strings.Builder
	out.WriteString("<" + e.name)
	for _, a := range e.attrs {
		out.WriteString(" " + a.Name.Local + `="`)
		_ = xml.EscapeText(&out, []byte(a.Value)) // a strings.Builder never fails
		out.WriteString(`"`)
	}
	out.WriteString(">")
	_ = xml.EscapeText(&out, []byte(e.text))
	b = append(b, out.String()...)
	for _, c := range e.children {
		b = c.write(b)
	}
	return append(append(append(b, "</"...), e.name...), '>')
}
