package ruleset

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// grammar are the keys of an action that belong to the language; what else stands
// beside mask is a parameter of the masker.
var grammar = []string{"mask", "domain", "from", "paths", "rest", "schema", "how", "when", "else"}

// action reads one action; name is the column, domain, kind or path that it is of.
func (b *builder) action(name string, t *tree) Action {
	a := Action{Position: b.position(t)}
	if t.null() {
		a.Kind = KindNull
		return a
	}
	if t.empty() {
		b.problem(a.Position, "write null to have NULL written; or {mask: …}, {domain: …}, {keep: why}", "%s is empty", name)
		return a
	}
	if !t.mapping() {
		b.shape(t, name, "an action")
		return a
	}
	a.When = t.get("when").word()
	switch then, otherwise := t.entry("when"), t.entry("else"); {
	case then != nil && otherwise == nil:
		b.problem(b.position(then.key), "say what happens to the other rows: else: {…}", "%s has a when without an else", name)
	case then == nil && otherwise != nil:
		b.problem(b.position(otherwise.key), "say which rows it is not for: when: \"…\"", "%s has an else without a when", name)
	case otherwise != nil:
		inner := b.action(name, otherwise.value)
		a.Else = &inner
	}
	m := t.get("mask")
	switch {
	case m != nil && m.empty():
		b.problem(b.position(m), "`understudy show maskers` lists them; null has NULL written", "mask is empty")
	case m != nil && m.null():
		a.Kind = KindNull
		b.alone(name, t, "mask", "when", "else")
	case m != nil:
		b.maskAction(name, t, &a)
	case t.get("domain") != nil:
		a.Kind, a.Domain = KindDomain, t.get("domain").word()
		if a.Domain != "" {
			b.uses = append(b.uses, domainUse{b.position(t.get("domain")), a.Domain, ""})
		}
	case t.get("hash") != nil:
		hash := t.get("hash")
		a.Kind, a.Mask = KindMask, "hash"
		a.Params = map[string]any{"of": ColumnRef{Column: hash.get("of").word()}, "with": hash.get("with").word()}
		if as := hash.get("as").word(); as != "" {
			a.Params["as"] = as
		}
	case t.get("compute") != nil:
		a.Kind, a.Compute = KindCompute, t.get("compute").word()
	case t.get("keep") != nil:
		a.Kind = KindKeep
		a.Keep = b.keep(t, "keep")
	case t.entry("null") != nil:
		a.Kind, a.Why = KindNull, t.get("null").word()
	default:
		b.shape(t, name, "mask, domain, keep or null")
	}
	return a
}

// alone reports every key of t that is not in the list.
func (b *builder) alone(name string, t *tree, keys ...string) {
	for _, e := range t.entries {
		if !slices.Contains(keys, e.key.text) {
			b.problem(b.position(e.key), "null alone is enough", "%s is null, so %s does nothing", name, e.key.text)
		}
	}
}

// maskAction reads a masker with its parameters, and what documents and texts need besides.
func (b *builder) maskAction(name string, t *tree, a *Action) {
	a.Kind, a.Mask, a.Domain, a.From = KindMask, t.get("mask").word(), t.get("domain").word(), t.get("from").word()
	if a.Domain != "" {
		b.uses = append(b.uses, domainUse{a.Position, a.Domain, a.Mask})
	}
	if from := t.entry("from"); from != nil {
		switch {
		case a.Domain != "":
			b.problem(b.position(from.key), "choose one: joins and logins by value, what describes a person by subject",
				"%s is by value (domain) and by subject (from) at once", name)
		case !b.subject && !b.inPack:
			b.problem(b.position(from.key), "say whom a row is about: subject: id", "%s is drawn from the subject, but its table names none", name)
		}
	}
	if both := t.entry("null"); both != nil {
		b.problem(b.position(both.key), "choose one", "%s is masked and null at once", name)
	}
	b.document(name, t, a)
	for _, e := range t.entries {
		key := e.key.text
		if slices.Contains(grammar, key) || key == "null" {
			continue
		}
		if e.value.empty() {
			b.problem(b.position(e.value), "", "%s of %s is empty", key, name)
			continue
		}
		if meant, ok := misspelt(key, e.value); ok {
			b.problem(b.position(e.key), "did you mean "+quoted(meant)+"?", "unknown key %s in %s", quoted(key), name)
			continue
		}
		if a.Params == nil {
			a.Params = map[string]any{}
		}
		a.Params[key] = b.param(key, e.value)
	}
}

// documents are the maskers that look into a value.
var documents = []string{"json", "xml", "hstore", "html"}

// document reads paths, rest, schema and how. A document has no default for what no path names.
func (b *builder) document(name string, t *tree, a *Action) {
	isDocument := slices.Contains(documents, a.Mask)
	if paths := t.entry("paths"); paths != nil {
		if !isDocument {
			b.problem(b.position(paths.key), "json, xml, hstore and html have paths", "%s has no paths", a.Mask)
		} else if paths.value.mapping() {
			for _, e := range paths.value.entries {
				a.Paths = append(a.Paths, Path{Position: b.position(e.key), Path: e.key.text, Action: b.action(e.key.text, e.value)})
			}
		}
	}
	switch rest := t.entry("rest"); {
	case rest == nil && isDocument:
		b.problem(a.Position, "say what happens to the places that no path names: rest: {scan: why}, {keep: why}, null or refuse",
			"%s has no rest", name)
	case rest != nil && !isDocument:
		b.problem(b.position(rest.key), "json, xml, hstore and html have a rest", "%s has no rest", a.Mask)
	case rest != nil && rest.value.empty():
		b.problem(b.position(rest.value), "write {scan: why}, {keep: why}, null or refuse", "rest is empty")
	case rest != nil:
		a.Rest = b.rest(rest.value)
	}
	if schema := t.entry("schema"); schema != nil {
		if a.Mask != "json" {
			b.problem(b.position(schema.key), "json has a schema", "%s has no schema", a.Mask)
		}
		a.Schema = &SchemaFile{Position: b.position(schema.value), Name: schema.value.word()}
		b.rules.Schemas = append(b.rules.Schemas, a.Schema)
	}
	if how := t.entry("how"); how != nil {
		if a.Mask != "text" {
			b.problem(b.position(how.key), "text has a how", "%s has no how", a.Mask)
		}
		a.How = b.rest(how.value)
	}
}

// rest reads a word, null, or a word with its reason.
func (b *builder) rest(t *tree) *Rest {
	r := &Rest{Position: b.position(t)}
	switch {
	case t.null():
		r.Mode = "null"
	case t.mapping():
		for _, e := range t.entries {
			r.Mode, r.Why = e.key.text, e.value.word()
		}
	default:
		r.Mode = t.word()
	}
	return r
}

// misspelt says which key of the language was meant by what would else be a
// parameter: one letter off or two exchanged, and with a value that fits the key.
func misspelt(key string, value *tree) (string, bool) {
	if value.scalar() && value.text != "subject" || value.sequence() || value.mapping() && value.get("column") != nil {
		return "", false
	}
	for _, g := range grammar {
		fits := value.mapping() && g != "from" && g != "when" && g != "mask" && g != "domain" || value.scalar() && g == "from"
		if fits && (sortedLetters(key) == sortedLetters(g) || levenshtein.Distance(key, g, nil) == 1) {
			return g, true
		}
	}
	return "", false
}

func sortedLetters(s string) string {
	letters := strings.Split(s, "")
	slices.Sort(letters)
	return strings.Join(letters, "")
}

// param converts a parameter's value. {column: name} takes it from the row.
func (b *builder) param(key string, t *tree) any {
	if t.mapping() && len(t.entries) == 1 && t.entries[0].key.text == "column" {
		if name := t.entries[0].value.word(); name != "" {
			return ColumnRef{Column: name}
		}
		b.problem(b.position(t), "write {column: name}", "%s names no column", key)
		return nil
	}
	return b.plain(key, t)
}

func (b *builder) plain(key string, t *tree) any {
	switch {
	case t.mapping():
		m := make(map[string]any, len(t.entries))
		for _, e := range t.entries {
			m[e.key.text] = b.plain(key, e.value)
		}
		return m
	case t.sequence():
		s := make([]any, len(t.items))
		for i, item := range t.items {
			s[i] = b.plain(key, item)
		}
		return s
	}
	switch t.tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(t.text, "true")
	case "!!int", "!!float":
		f, ok := t.number()
		if !ok {
			b.problem(b.position(t), "quote it if it is a text", "%s cannot be %s", key, t.shown())
		}
		return f
	}
	return t.text
}
