package ruleset

import "go.yaml.in/yaml/v3"

// later lists the keys of the language that this release knows and does not
// support. They are refused by name: a key that is ignored is a promise broken.
// The places are "" for the file, "table" and "action".
var later = []struct{ place, key, what string }{
	{"", "states", "asking for rare situations in made-up data"},
}

// refuseLater notes the keys of later releases in t and takes them out, so that
// the schema does not call them unknown as well.
func (p *parser) refuseLater(place string, t *tree) {
	for _, l := range later {
		if e := t.entry(l.key); l.place == place && e != nil {
			p.problem(p.at(e.key.line, e.key.column), "remove it; it will be for "+l.what, "%s is not supported yet", l.key)
			if t.drop(l.key); place == "action" && len(t.entries) == 0 {
				*t = tree{line: t.line, column: t.column, kind: yaml.ScalarNode, tag: "!!null", text: "null"}
			}
		}
	}
}
