package ruleset

import (
	"slices"
	"strings"
)

// sentences are the keys whose value is prose or an expression: the places where an
// unquoted comma inside braces does its harm.
var sentences = []string{
	"keep", "skip", "null", "why", "scan", "scrub", "where", "when", "purpose", "owner", "matches", "not_contains", "pattern",
}

// partners may follow a sentence in braces. Left empty they are a key without a
// value, not the rest of a sentence.
var partners = []string{"owner", "until", "when", "else", "columns", "code", "column", "why", "max"}

// explain notes the mistakes that YAML makes of well-meant rules, and repairs t so
// that they are reported once and in words:
//
//   - {keep: fine, not personal} is a reason that YAML split at its comma: what
//     follows is a key without a value.
//   - {region: false} is Norway after a tool of YAML 1.1 rewrote NO.
func (p *parser) explain(t *tree) {
	if t == nil {
		return
	}
	if t.flow && t.mapping() {
		p.joinSplit(t)
	}
	for i := range t.entries {
		e := &t.entries[i]
		p.country(e)
		p.explain(e.value)
	}
	for _, item := range t.items {
		p.explain(item)
	}
}

func (p *parser) joinSplit(t *tree) {
	var kept []entry
	for i := 0; i < len(t.entries); i++ {
		e := t.entries[i]
		kept = append(kept, e)
		if !e.value.scalar() || e.value.empty() || !slices.Contains(sentences, e.key.text) {
			continue
		}
		whole, end := e.value.text, i+1
		for ; end < len(t.entries); end++ {
			next := t.entries[end]
			if !next.value.empty() || slices.Contains(partners, next.key.text) {
				break
			}
			whole += ", " + next.key.text
		}
		if end > i+1 {
			p.problem(p.at(e.value.line, e.value.column), "quote the reason: "+e.key.text+": "+quoted(whole),
				"YAML split the text of %s at its comma", e.key.text)
			e.value.text, e.value.tag = whole, "!!str"
			i = end - 1
		}
	}
	t.entries = kept
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// country reads a two-letter country as text whatever YAML makes of it: NO is
// Norway. A false that is written out as such is refused, since nobody knows
// whether it was Norway once.
func (p *parser) country(e *entry) {
	if e.key.text != "country" && e.key.text != "region" || !e.value.scalar() {
		return
	}
	if e.value.tag == "!!bool" {
		p.problem(p.at(e.value.line, e.value.column), "Norway is NO, Japan is JP; a tool may have rewritten it: quote it",
			"%s is %s, which is no country", e.key.text, e.value.text)
		e.value.tag, e.value.text = "!!str", "NO"
		return
	}
	if len(e.value.text) == 2 && e.value.tag == "!!str" {
		e.value.text = strings.ToUpper(e.value.text)
	}
}
