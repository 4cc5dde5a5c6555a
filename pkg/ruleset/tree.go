package ruleset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The limits of a file. Aliases let a small file stand for a huge tree; the rules of a
// database of half a million columns, as init proposes them, stay below.
const (
	maxNodes = 1 << 21
	maxDepth = 64
)

// tree is a YAML document with aliases and merge keys resolved. Unlike a decoded
// value it knows where everything stands and how it was written.
type tree struct {
	line, column int
	kind         yaml.Kind // MappingNode, SequenceNode or ScalarNode
	tag          string    // a scalar's short tag: "!!str"
	text         string    // a scalar as it is written, without quotes
	plain        bool      // a scalar without quotes
	flow         bool      // {a: b} or [a, b]
	entries      []entry
	items        []*tree
}

type entry struct{ key, value *tree }

// get returns the value of a key, or nil.
func (t *tree) get(key string) *tree {
	if e := t.entry(key); e != nil {
		return e.value
	}
	return nil
}

func (t *tree) entry(key string) *entry {
	if t == nil {
		return nil
	}
	for i := range t.entries {
		if t.entries[i].key.text == key {
			return &t.entries[i]
		}
	}
	return nil
}

func (t *tree) drop(key string) {
	t.entries = slices.DeleteFunc(t.entries, func(e entry) bool { return e.key.text == key })
}

func (t *tree) mapping() bool  { return t != nil && t.kind == yaml.MappingNode }
func (t *tree) sequence() bool { return t != nil && t.kind == yaml.SequenceNode }
func (t *tree) scalar() bool   { return t != nil && t.kind == yaml.ScalarNode }

// null says that null is written out; empty says that nothing is.
func (t *tree) null() bool  { return t.scalar() && t.tag == "!!null" && t.text != "" }
func (t *tree) empty() bool { return t.scalar() && t.tag == "!!null" && t.text == "" }

// word returns the text of a scalar that is no null, else "".
func (t *tree) word() string {
	if !t.scalar() || t.tag == "!!null" {
		return ""
	}
	return t.text
}

// value returns t as encoding/json would decode it, for the schema. Numbers are
// json.Number; a date is text.
func (t *tree) value() any {
	switch t.kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(t.entries))
		for _, e := range t.entries {
			m[e.key.text] = e.value.value()
		}
		return m
	case yaml.SequenceNode:
		s := make([]any, len(t.items))
		for i, item := range t.items {
			s[i] = item.value()
		}
		return s
	}
	switch t.tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(t.text, "true")
	case "!!int", "!!float":
		if f, ok := t.number(); ok {
			return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
		}
	}
	return t.text
}

// number reads a number; false for infinities and for what is none.
func (t *tree) number() (float64, bool) {
	var f float64
	n := yaml.Node{Kind: yaml.ScalarNode, Tag: t.tag, Value: t.text}
	if err := n.Decode(&f); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false
	}
	return f, true
}

// parser turns YAML into a tree and collects problems on the way.
type parser struct {
	file     string
	problems Problems
	nodes    int
	open     map[*yaml.Node]bool // collections that are being walked: an alias to one of them is a cycle
}

func (p *parser) at(line, column int) Position {
	return Position{File: p.file, Line: max(line, 1), Column: max(column, 1)}
}

func (p *parser) problem(at Position, hint, format string, args ...any) {
	p.problems = append(p.problems, Problem{Position: at, Message: fmt.Sprintf(format, args...), Hint: hint})
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// offByOne are the complaints of the YAML parser proper, whose lines count from
// zero; those of its scanner count from one.
var offByOne = regexp.MustCompile(`^did not find expected (<|node content|key|'-' indicator|',' or)`)

// parse reads the one document of data; nil when there is none, with the problem noted.
func (p *parser) parse(data []byte) *tree {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && (len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" && doc.Content[0].Value == "") {
		p.problem(p.at(1, 1), "a rules file begins with version: 1", "the file is empty")
		return nil
	}
	if err != nil {
		p.syntax(err)
		return nil
	}
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		p.syntax(err)
		return nil
	default:
		p.problem(p.at(second.Line, second.Column), "put each set of rules into a file of its own", "a second YAML document begins here")
		return nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		p.problem(p.at(root.Line, root.Column), "a rules file begins with version: 1", "the file is no mapping of keys to values")
		return nil
	}
	p.open = map[*yaml.Node]bool{}
	t := p.walk(root, 0)
	if p.nodes > maxNodes {
		return nil
	}
	return t
}

// syntax notes what the YAML parser stumbled over. Its text names the line.
func (p *parser) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := yamlLine.FindStringSubmatchIndex(text); m != nil {
		line, _ = strconv.Atoi(text[m[2]:m[3]])
		text = text[:m[0]] + text[m[1]:]
		if offByOne.MatchString(text) {
			line++
		}
	}
	p.problem(p.at(line, 1), "a text with a colon, a # or a quote in it is written in quotes", "this is not YAML: %s", text)
}

// walk copies n with aliases resolved. It returns nil after a problem that makes
// the rest of the branch meaningless.
func (p *parser) walk(n *yaml.Node, depth int) *tree {
	p.nodes++
	switch at := p.at(n.Line, n.Column); {
	case p.nodes == maxNodes+1:
		p.problem(at, "aliases multiply what they stand for", "the file holds more than %d values", maxNodes)
		return nil
	case p.nodes > maxNodes:
		return nil
	case depth > maxDepth:
		p.problem(at, "", "nested more than %d levels deep", maxDepth)
		return nil
	case p.open[n]:
		p.problem(at, "", "an alias stands inside what it names")
		return nil
	}
	t := &tree{line: n.Line, column: n.Column, kind: n.Kind, flow: n.Style&yaml.FlowStyle != 0}
	switch n.Kind {
	case yaml.AliasNode:
		return p.walk(n.Alias, depth)
	case yaml.ScalarNode:
		t.tag, t.text, t.plain = n.ShortTag(), n.Value, n.Style == 0
		if !slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp"}, t.tag) {
			p.problem(p.at(n.Line, n.Column), "leave the tag away", "a rules file has no tag %s", t.tag)
			return nil
		}
		return t
	case yaml.SequenceNode:
		p.open[n] = true
		defer delete(p.open, n)
		for _, c := range n.Content {
			if item := p.walk(c, depth+1); item != nil {
				t.items = append(t.items, item)
			}
		}
		return t
	case yaml.MappingNode:
		p.open[n] = true
		defer delete(p.open, n)
		p.walkMapping(t, n, depth)
		return t
	}
	p.problem(p.at(n.Line, n.Column), "", "this is no value")
	return nil
}

func (p *parser) walkMapping(t *tree, n *yaml.Node, depth int) {
	var merged []*tree
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.ShortTag() == "!!merge" {
			merged = append(merged, p.mergeSources(n.Content[i+1], depth)...)
			continue
		}
		key := p.walk(k, depth+1)
		if key == nil {
			continue
		}
		if !key.scalar() {
			p.problem(p.at(k.Line, k.Column), "a text with braces or brackets is written in quotes", "a key is a text")
			continue
		}
		if first, twice := seen[key.text]; twice {
			p.problem(p.at(k.Line, k.Column), "", "%q is here twice; the first is in line %d", key.text, first)
			continue
		}
		seen[key.text] = k.Line
		if value := p.walk(n.Content[i+1], depth+1); value != nil {
			t.entries = append(t.entries, entry{key, value})
		}
	}
	// A key that is written out wins over a merged one, and of the merged the first.
	for _, m := range merged {
		for _, e := range m.entries {
			if _, ok := seen[e.key.text]; !ok {
				seen[e.key.text] = e.key.line
				t.entries = append(t.entries, e)
			}
		}
	}
}

// mergeSources returns what << stands for: a mapping or a list of mappings.
func (p *parser) mergeSources(n *yaml.Node, depth int) []*tree {
	t := p.walk(n, depth+1)
	sources := []*tree{t}
	if t.sequence() {
		sources = t.items
	}
	for _, s := range sources {
		if s != nil && !s.mapping() {
			p.problem(p.at(n.Line, n.Column), "", "<< merges a mapping or a list of mappings")
			return nil
		}
	}
	return slices.DeleteFunc(sources, func(s *tree) bool { return s == nil })
}
