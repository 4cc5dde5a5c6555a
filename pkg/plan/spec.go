package plan

import (
	"maps"
	"slices"

	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/condition"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// mask makes the Spec of a mask or domain action and fills in d.
func (p *planner) mask(r *resolved, a *ruleset.Action, d *Decision) {
	d.Kind = Mask
	spec, ok := p.spec(r, a, r.owner.table.Name.String()+"."+r.column.Name, p.columnShape(r), d)
	if d.Spec = &spec; !ok {
		return
	}
	if a.From == "subject" {
		spec.Subject = p.subjectOf(r.owner).domain
	}
	d.persona = d.persona || usesSubject(a)
	if why := p.unordered(r.column.Type); why != "" {
		p.blame(r, a.Position, why, "make it null, or keep it with a reason")
	}
	p.traits(r, d, a.Position)
}

// hash makes the Spec of a hash of another column: it knows that column's value and masker.
func (p *planner) hash(r *resolved, a *ruleset.Action, d *Decision) {
	spec := mask.Spec{Name: "hash", Domain: "column:" + r.owner.table.Name.String() + "." + r.column.Name, Locale: p.Rules.Locale, Column: p.columnShape(r), Params: maps.Clone(a.Params)}
	delete(spec.Params, "of")
	d.Kind, d.Spec = Mask, &spec
	of, _ := a.Params["of"].(ruleset.ColumnRef)
	other := r.owner.columns[of.Column]
	bad := func(message, hint string) { p.blame(r, a.Position, message, hint) }
	if other == nil || other == r {
		bad("it is a hash of "+of.Column+", which is no other column of the table", "{hash: {of: column, with: sha256}}")
		return
	}
	p.decide(other)
	o := &other.decision
	if t, _ := p.base(other.column.Type, -1); t == nil || t.Kind != 'b' {
		bad("it is a hash of "+of.Column+", whose type is "+other.column.TypeName, "a hash is made of a single value; make it null")
		return
	}
	inner := mask.PathSpec{Path: ownValue}
	switch {
	case other.state != 2:
		bad("it is a hash of "+of.Column+", which is decided by this column", "")
		return
	case o.When != nil:
		bad("it is a hash of "+of.Column+", over which a condition decides", "give both columns one decision for all rows, or make the hash null")
		return
	case o.Kind == Mask:
		inner.Spec, d.persona = *o.Spec, o.persona
	case o.Kind == Keep:
	default:
		bad("it is a hash of "+of.Column+", which is "+string(o.Kind), "make the hash null as well")
		return
	}
	spec.Paths = []mask.PathSpec{inner}
	d.refs = append([]ref{{column: of.Column}}, o.refs...)
	p.traits(r, d, a.Position)
}

// spec resolves an action's masker, parameters, domain and inner places. place names
// the column or the place in its documents, for the domain of an action without one. d
// gets the columns that the arguments name: the masker's own first and then those of its
// inner places, in the order of Input.Args.
func (p *planner) spec(r *resolved, a *ruleset.Action, place string, shape mask.Column, d *Decision) (mask.Spec, bool) {
	effective := *a
	spec := mask.Spec{Name: a.Mask, Domain: "column:" + place, Locale: p.Rules.Locale, Column: shape}
	params := maps.Clone(a.Params)
	if a.Kind == ruleset.KindDomain || a.Domain != "" {
		spec.Domain = a.Domain
	}
	if a.Kind == ruleset.KindDomain {
		domain := p.domain(a.Domain)
		if domain == nil {
			p.blame(r, a.Position, "there is no domain "+a.Domain, "")
			return spec, false
		}
		effective = domain.Action
		spec.Name = effective.Mask
		params = maps.Clone(effective.Params)
		if params == nil {
			params = map[string]any{}
		}
		maps.Copy(params, a.Params) // a column may say what the domain cannot know, its region for one
	}
	if locale, ok := params["locale"].(string); ok && !hasParam(spec.Name, "locale") {
		spec.Locale = locale // every masker of words has it, without declaring it
		delete(params, "locale")
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		of, ok := params[name].(ruleset.ColumnRef)
		if !ok {
			continue
		}
		delete(params, name)
		if r.owner.columns[of.Column] == nil {
			p.blame(r, a.Position, "its parameter "+name+" names the column "+of.Column+", which the table does not have", "give "+name+" a value here")
			continue
		}
		spec.Args = append(spec.Args, name)
		d.refs = append(d.refs, ref{column: of.Column})
	}
	spec.Params = params
	if len(params) == 0 {
		spec.Params = nil
	}
	if effective.Rest != nil {
		spec.Rest = effective.Rest.Mode
	}
	if effective.How != nil {
		spec.How = effective.How.Mode
	}
	if file := effective.Schema; file != nil {
		if spec.Schema = file.Text; spec.Schema == "" {
			p.blame(r, file.Position, "its JSON Schema "+file.Name+" is empty or was not read", "name a file by its path from the folder of the rules")
			return spec, false
		}
	}
	if spec.Name == "hash" {
		p.blame(r, a.Position, "a hash is of another column of the row", "decide the column itself with {hash: {of: column, with: sha256}}")
		return spec, false
	}
	for i := range effective.Paths {
		path := &effective.Paths[i]
		inner := mask.PathSpec{Path: path.Path}
		switch path.Action.Kind {
		case ruleset.KindMask, ruleset.KindDomain:
			s, ok := p.spec(r, &path.Action, place+" "+path.Path, mask.Column{Class: mask.ClassText, TypeName: "text"}, d)
			if !ok {
				return spec, false
			}
			if path.Action.From == "subject" {
				s.Subject = p.subjectOf(r.owner).domain
			}
			inner.Spec = s
		case ruleset.KindNull:
			inner.Spec = mask.Spec{Name: mask.NullName}
		case ruleset.KindKeep:
		default:
			p.blame(r, path.Position, path.Path+" cannot be computed: it is a place in a document", "mask it, keep it with a reason, or make it null")
			return spec, false
		}
		spec.Paths = append(spec.Paths, inner)
	}
	if spec.How == "scrub" {
		p.ownValues(r, &spec, d)
	}
	return spec, true
}

// ownValue is the Path by which a text's masker knows a value of its own row, or of its subject's.
const ownValue = "$arg"

// subjectFields is how many columns of other rows a table is read with for its texts: a
// query has 1,664 at most, and a text is searched for every value.
const subjectFields = 48

// ownValues gives a text that is scrubbed the masked values of its row and of the rows on
// the way to its subject, the subject's own first, with their maskers: the note that
// mentions somebody then mentions the same stand-in.
func (p *planner) ownValues(r *resolved, spec *mask.Spec, d *Decision) {
	p.valuesOf(r, r.owner, 0, spec, d)
	path := p.subjectOf(r.owner).path
	for i := len(path); i > 0; i-- {
		p.valuesOf(r, p.byOID[path[i-1].table.OID], i, spec, d)
	}
}

// valuesOf adds the values of one row: of the text's own where step is 0.
func (p *planner) valuesOf(r *resolved, l *logical, step int, spec *mask.Spec, d *Decision) {
	of := func(f ref) ref {
		if step > 0 {
			f.table, f.step = l.table, step
		}
		return f
	}
	for i := range l.table.Columns {
		other := l.columns[l.table.Columns[i].Name]
		if other == r {
			continue
		}
		p.decide(other)
		o := &other.decision
		if other.state != 2 || o.Kind != Mask || o.Spec == nil || o.When != nil || o.Spec.How != "" || o.Spec.Rest != "" || len(o.Spec.Paths) > 0 {
			continue
		}
		if t, _ := p.base(other.column.Type, -1); o.Spec.Column.Class != mask.ClassText || t == nil || t.Kind != 'b' {
			continue
		}
		refs := []ref{of(ref{column: other.column.Name})}
		for _, f := range o.refs {
			refs = append(refs, of(f))
		}
		if step > 0 && foreign(d.refs)+len(refs) > subjectFields {
			return
		}
		spec.Paths = append(spec.Paths, mask.PathSpec{Path: ownValue, Spec: *o.Spec})
		d.refs = append(d.refs, refs...)
		d.persona = d.persona || o.persona
	}
}

// foreign counts the columns of other rows.
func foreign(refs []ref) (n int) {
	for _, f := range refs {
		if f.step > 0 {
			n++
		}
	}
	return n
}

func hasParam(masker, param string) bool {
	info, _ := mask.Lookup(masker)
	return slices.ContainsFunc(info.Params, func(p mask.Param) bool { return p.Name == param })
}

func (p *planner) domain(name string) *ruleset.Domain {
	for i := range p.Rules.Domains {
		if p.Rules.Domains[i].Name == name {
			return &p.Rules.Domains[i]
		}
	}
	return nil
}

// columnShape is the shape with what the table says of the column.
func (p *planner) columnShape(r *resolved) mask.Column {
	c := p.shape(r.column.Type, r.column.TypMod)
	c.TypeName = r.column.TypeName
	c.NotNull = r.column.NotNull
	c.Folded = c.Folded || r.column.FoldedCase
	c.Rows = r.owner.rows
	c.Unique = p.uniqueAlone(r)
	if !c.Unique && p.uniqueSpelling(r) {
		c.Unique, c.Folded = true, true
	}
	return c
}

// uniqueAlone reports whether a unique index covers the column and no other, on the
// table or, for a foreign key column, on the column it references.
func (p *planner) uniqueAlone(r *resolved) bool {
	for _, t := range append(r.owner.leaves, r.owner.table) {
		for _, ix := range t.Indexes {
			if ix.Unique && len(ix.Columns) == 1 && ix.Columns[0] != 0 && attName(t, ix.Columns[0]) == r.column.Name {
				return true
			}
		}
	}
	for _, fk := range p.keysTo[r.owner.table.OID] {
		if len(fk.RefColumns) == 1 && fk.RefColumns[0] == r.column.Name {
			return true
		}
	}
	for _, fk := range p.keysOf[r.owner.table.OID] {
		// both sides of a key must mask alike, so they must agree on what is unique
		if len(fk.Columns) == 1 && fk.Columns[0] == r.column.Name {
			return true
		}
	}
	return false
}

// uniqueSpelling reports whether a unique index is on lower(column) or the like: one that
// tells its values apart but for their spelling.
func (p *planner) uniqueSpelling(r *resolved) bool {
	for _, t := range append(r.owner.leaves, r.owner.table) {
		for _, ix := range t.Indexes {
			if all := indexExpressions(t, ix); ix.Unique && len(ix.Columns) == 1 && len(all) == 1 && unclearCall(all[0]) == "" && ruledUse(t, ix, r.column.Name) {
				return true
			}
		}
	}
	return false
}

// traits asks the masker what its stand-ins are like, and reports why it cannot be.
func (p *planner) traits(r *resolved, d *Decision, at ruleset.Position) {
	t, err := mask.Check(*d.Spec)
	if err != nil {
		p.blame(r, at, err.Error(), p.maskerHint(d.Spec))
		return
	}
	d.Traits = t
}

func (p *planner) maskerHint(s *mask.Spec) string {
	if _, ok := mask.Lookup(s.Name); ok {
		return "`understudy show maskers " + s.Name + "` says what it takes"
	}
	var names []string
	for _, info := range mask.All() {
		names = append(names, info.Name)
	}
	if hint := nearest(s.Name, names); hint != "" {
		return hint
	}
	return "`understudy show maskers` lists them"
}

// when adds the condition and the other decision.
func (p *planner) when(r *resolved, a *ruleset.Action, d *Decision, by string) {
	classes := map[string]string{}
	for name, c := range r.owner.columns {
		classes[name] = string(p.shape(c.column.Type, c.column.TypMod).Class)
	}
	if _, err := condition.Compile(a.When, classes); err != nil {
		p.blame(r, a.Position, "when: "+err.Error(), "")
		return
	}
	d.When = &Condition{Expr: a.When, Classes: classes}
	other := p.act(r, a.Else, by)
	if d.Else = &other; other.Kind == Generated {
		p.blame(r, a.Position, "a condition decides over a column that is computed", "compute it for all rows")
	}
}
