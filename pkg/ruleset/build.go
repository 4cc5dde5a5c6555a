package ruleset

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// builder turns a tree that the schema has seen into typed rules. What has the wrong
// shape was reported by the schema, and is passed over here.
type builder struct {
	*parser
	rules       *Rules
	inPack      bool                // the document is a pack: its subjects are the tables' that use it
	structureOK bool                // the schema had nothing to say
	subject     bool                // the table at hand names one
	tables      map[string]Position // by "schema.table"
	uses        []domainUse
}

// domainUse is a place that names a domain; mask is empty where it only refers to it.
type domainUse struct {
	Position
	domain, mask string
}

func (b *builder) position(t *tree) Position { return b.at(t.line, t.column) }

// shape reports a wrong shape that the schema let through, so that nothing is passed over in silence.
func (b *builder) shape(t *tree, what, want string) {
	if b.structureOK {
		b.problem(b.position(t), "", "%s takes %s, not %s", what, want, t.sort())
	}
}

func (b *builder) integer(t *tree) int64 {
	if !t.scalar() {
		return 0
	}
	f, ok := t.number()
	if !ok || f != float64(int64(f)) {
		return 0
	}
	return int64(f)
}

// build fills the rules from the document's root; domains and packs are there already.
func (b *builder) build(root *tree) {
	r := b.rules
	r.Version = int(b.integer(root.get("version")))
	r.Purpose = root.get("purpose").word()
	if authors := root.get("authors"); authors.sequence() {
		for _, item := range authors.items {
			r.Authors = append(r.Authors, item.word())
		}
	}
	if l := root.get("locale").word(); l != "" {
		r.Locale = l
	}
	if u := root.get("undecided"); u.null() || u.word() == "null" {
		r.Undecided = "null"
	}
	if large := root.get("large_objects"); large.mapping() {
		for _, e := range large.entries {
			r.Large = &Keep{Position: b.position(e.key), Why: e.value.word(), Skip: e.key.text == "skip"}
		}
	}
	if roles := root.get("roles"); roles.mapping() {
		for _, e := range roles.entries {
			r.Roles[e.key.text] = e.value.word()
		}
	}
	if tables := root.get("tables"); tables.mapping() {
		for _, e := range tables.entries {
			b.table(e)
		}
	}
	if preserve := root.get("preserve"); preserve.mapping() {
		for _, e := range preserve.entries {
			t := b.named(e)
			t.Preserve, t.Skip = true, e.value.word()
			r.Tables = append(r.Tables, t)
		}
	}
	if hooks := root.get("hooks"); hooks.sequence() {
		for _, item := range hooks.items {
			if item.word() != "" {
				b.rules.Hooks = append(b.rules.Hooks, Hook{Position: b.position(item), Name: item.text})
			}
		}
	}
	b.subset(root.get("subset"))
	if keys := root.get("virtual_keys"); keys.sequence() {
		for _, item := range keys.items {
			b.virtualKey(item)
		}
	}
	if accept := root.get("accept"); accept.sequence() {
		for _, item := range accept.items {
			b.acceptance(item)
		}
	}
	if tests := root.get("tests"); tests.sequence() {
		for _, item := range tests.items {
			b.test(item)
		}
	}
}

func (b *builder) domainList(t *tree, into *[]Domain) {
	if !t.mapping() {
		return
	}
	for _, e := range t.entries {
		if !e.value.mapping() {
			continue
		}
		for _, k := range []string{"from", "when", "else", "domain", "keep", "null"} {
			if bad := e.value.entry(k); bad != nil {
				hint := "say it at the columns"
				if k == "from" {
					hint = "a domain is by value; at a column, say {mask: …, from: subject}"
				}
				b.problem(b.position(bad.key), hint, "a domain takes no %s", k)
				e.value.drop(k)
			}
		}
		if e.value.get("mask") == nil {
			continue
		}
		a := b.action(e.key.text, e.value)
		if a.Kind == KindMask {
			b.uses = append(b.uses, domainUse{a.Position, e.key.text, a.Mask})
		}
		*into = append(*into, Domain{Position: b.position(e.key), Name: e.key.text, Action: a})
	}
}

// resolveUses checks that every domain that is referred to is defined, and that no
// two places give one domain different maskers.
func (b *builder) resolveUses() {
	masks := map[string]domainUse{}
	var names []string
	for _, d := range b.rules.Domains {
		names = append(names, d.Name)
		masks[d.Name] = domainUse{d.Action.Position, d.Name, d.Action.Mask}
	}
	for _, u := range b.uses {
		if u.mask == "" {
			if !slices.Contains(names, u.domain) {
				hint := "define it: domains: {" + u.domain + ": {mask: …}}"
				if k, ok := nearest(u.domain, names); ok {
					hint = "did you mean " + strconv.Quote(k) + "?"
				}
				b.problem(u.Position, hint, "there is no domain %q", u.domain)
			}
			continue
		}
		first, ok := masks[u.domain]
		if !ok {
			masks[u.domain] = u
			continue
		}
		// A domain of the rules replaces the one of a pack, whatever its masker.
		if first.mask != u.mask && u.File == b.file {
			b.problem(u.Position, "one domain has one masker, or the same value would have two stand-ins",
				"domain %s has the masker %s here and %s in %s", u.domain, u.mask, first.mask, first.Position)
		}
	}
}

// named reads a table's name, and sees that it is there once.
func (b *builder) named(e entry) Table {
	t := Table{Position: b.position(e.key)}
	parts, err := splitName(e.key.text, 2)
	if err != nil {
		hint := "write schema.table; a part with a dot in it stands in double quotes inside single ones: '\"my schema\".\"we.ird\"'"
		if parts, err := splitName(e.key.text, 1); err == nil && e.key.text == parts[0] {
			hint = "write it with its schema: public." + e.key.text
		}
		b.problem(t.Position, hint, "%q is no table name: %s", e.key.text, err)
		parts = []string{"", e.key.text}
	}
	t.Schema, t.Name = parts[0], parts[1]
	full := t.Schema + "." + t.Name
	if first, twice := b.tables[full]; twice {
		b.problem(t.Position, "", "table %s is here twice; the first is in line %d", full, first.Line)
	}
	b.tables[full] = t.Position
	return t
}

// table adds one table.
func (b *builder) table(e entry) {
	t := b.named(e)
	full := t.Schema + "." + t.Name
	if !e.value.mapping() {
		return
	}
	body := e.value
	t.Skip, t.Where, t.Subject = body.get("skip").word(), body.get("where").word(), body.get("subject").word()
	if f := body.get("follow"); f.word() != "" {
		if parts, err := splitName(f.text, 2); err != nil {
			b.problem(b.position(f), "write the parent as schema.table", "%q is no table name: %s", f.text, err)
		} else {
			t.Follow = strings.Join(parts, ".")
		}
	}
	if t.Skip != "" {
		for _, k := range []string{"where", "follow", "subject", "quasi", "columns", "keep"} {
			if other := body.entry(k); other != nil {
				b.problem(b.position(other.key), "remove one of them", "%s is skipped, so %s does nothing", full, k)
			}
		}
	}
	if quasi := body.get("quasi"); quasi.sequence() {
		for _, c := range quasi.items {
			t.Quasi = append(t.Quasi, Quasi{Position: b.position(c), Column: c.word()})
		}
	}
	b.subject = t.Subject != ""
	named := map[string]Position{}
	if columns := body.get("columns"); columns.mapping() {
		for _, c := range columns.entries {
			named[c.key.text] = b.position(c.key)
			t.Columns = append(t.Columns, Column{Position: b.position(c.key), Name: c.key.text, Action: b.action(c.key.text, c.value)})
		}
	}
	if keeps := body.get("keep"); keeps.sequence() {
		for _, item := range keeps.items {
			if !item.mapping() {
				continue
			}
			k := b.keep(item, "why")
			k.Position = b.position(item)
			if columns := item.get("columns"); columns.sequence() {
				for _, c := range columns.items {
					if first, twice := named[c.word()]; twice {
						b.problem(b.position(c), "a column has one decision", "column %s is decided twice; the first is in line %d", c.text, first.Line)
						continue
					}
					named[c.word()] = b.position(c)
					k.Columns = append(k.Columns, c.word())
				}
			}
			t.Keep = append(t.Keep, *k)
		}
	}
	b.subject = false
	if states := body.get("states"); states.sequence() {
		for _, item := range states.items {
			t.States = append(t.States, b.state(item))
		}
	}
	b.rules.Tables = append(b.rules.Tables, t)
}

// state reads one situation that made-up rows have to contain.
func (b *builder) state(t *tree) State {
	s := State{Position: b.position(t), Each: t.get("each").word(), Set: map[string]string{}, Rows: b.integer(t.get("rows"))}
	if w := t.get("without"); w.word() != "" {
		if parts, err := splitName(w.text, 2); err != nil {
			b.problem(b.position(w), "write it as schema.table", "%q is no table name: %s", w.text, err)
		} else {
			s.Without = strings.Join(parts, ".")
		}
	}
	if set := t.get("set"); set.mapping() {
		for _, e := range set.entries {
			s.Set[e.key.text] = e.value.text
			if e.value.null() {
				s.Set[e.key.text] = "null"
			}
		}
	}
	return s
}

// keep reads a reason and who answers for it; the reason stands under why or keep.
func (b *builder) keep(t *tree, reason string) *Keep {
	return &Keep{
		Position: b.position(t), Why: t.get(reason).word(), Owner: t.get("owner").word(), Until: b.until(t),
	}
}

func (b *builder) until(t *tree) time.Time {
	u := t.get("until")
	if u.word() == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, u.text)
	if err != nil && datePattern.MatchString(u.text) {
		b.problem(b.position(u), "", "there is no day %s", u.text)
	}
	return day
}

// datePattern is the schema's; what does not match it has been reported.
var datePattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// pattern reports a regular expression that does not compile.
func (b *builder) pattern(t *tree) string {
	if t.word() == "" {
		return ""
	}
	if _, err := regexp.Compile(t.text); err != nil {
		b.problem(b.position(t), "the syntax is RE2's, as in Go", "this is no regular expression: %s",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return t.text
}

func (b *builder) acceptance(t *tree) {
	if !t.mapping() {
		return
	}
	a := Acceptance{
		Position: b.position(t), Code: t.get("code").word(), Pattern: b.pattern(t.get("pattern")),
		Max: b.integer(t.get("max")), Why: t.get("why").word(), Owner: t.get("owner").word(), Until: b.until(t),
	}
	if c := t.get("column"); c.word() != "" {
		parts, err := splitName(c.text, 3)
		if err != nil {
			b.problem(b.position(c), "write it as schema.table.column", "%q is no column: %s", c.text, err)
		}
		a.Column = strings.Join(parts, ".")
	}
	b.rules.Accept = append(b.rules.Accept, a)
}

func (b *builder) test(t *tree) {
	if !t.mapping() {
		return
	}
	test := Test{Position: b.position(t), Row: map[string]any{}, Expect: map[string]Expect{}}
	if name := t.get("table"); name.word() != "" {
		parts, err := splitName(name.text, 2)
		test.Table = strings.Join(parts, ".")
		if err != nil {
			b.problem(b.position(name), "write schema.table", "%q is no table name: %s", name.text, err)
		} else if _, ok := b.tables[test.Table]; !ok {
			var known []string
			for _, have := range b.rules.Tables {
				known = append(known, have.Schema+"."+have.Name)
			}
			b.problem(b.position(name), suggest(test.Table, known), "there are no rules for table %s to be tested", test.Table)
		}
	}
	var columns []string
	if row := t.get("row"); row.mapping() {
		for _, e := range row.entries {
			columns = append(columns, e.key.text)
			test.Row[e.key.text] = exact(e.value)
		}
	}
	if expect := t.get("expect"); expect.mapping() {
		for _, e := range expect.entries {
			if !slices.Contains(columns, e.key.text) && len(columns) > 0 {
				b.problem(b.position(e.key), suggest(e.key.text, columns), "the row has no column %s to expect something of", e.key.text)
			}
			if e.value.mapping() {
				test.Expect[e.key.text] = b.expect(e)
			}
		}
	}
	b.rules.Tests = append(b.rules.Tests, test)
}

func (b *builder) expect(e entry) Expect {
	t := e.value
	x := Expect{Position: b.position(e.key), Matches: b.pattern(t.get("matches")), NotContains: t.get("not_contains").word()}
	truth := func(key string) *bool {
		v := t.get(key)
		if !v.scalar() || v.tag != "!!bool" {
			return nil
		}
		yes := strings.EqualFold(v.text, "true")
		return &yes
	}
	x.Differs, x.Null = truth("differs"), truth("null")
	if v := t.get("equals"); v.scalar() && v.tag == "!!str" {
		x.Equals = &v.text
	}
	return x
}

// exact converts a row's value; a number whose text a float64 would not give back stays text.
func exact(t *tree) any {
	switch {
	case t.mapping():
		m := make(map[string]any, len(t.entries))
		for _, e := range t.entries {
			m[e.key.text] = exact(e.value)
		}
		return m
	case t.sequence():
		s := make([]any, len(t.items))
		for i, item := range t.items {
			s[i] = exact(item)
		}
		return s
	}
	switch t.tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(t.text, "true")
	case "!!int", "!!float":
		if f, ok := t.number(); ok && strconv.FormatFloat(f, 'f', -1, 64) == t.text {
			return f
		}
	}
	return t.text
}
