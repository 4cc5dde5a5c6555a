package pipeline

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/evidence"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// Names, companies, places and birth dates are shared by many, so no one can say of a
// value in staging whose it was. They are looked for in what is written of their own row,
// while it passes, and judged by whether they are there more often than other rows' are.

// sharedKinds are values that others share.
var sharedKinds = []string{
	detect.FirstName, detect.LastName, detect.FullName, detect.Company, detect.Street, "address", detect.City, detect.BirthPlace, detect.BirthDate, detect.Username,
	detect.NationalID, detect.TaxID, "passport", "driving_licence", "middle_name", "social_handle",
}

// ownKinds are columns of which everybody knows that they hold what others mask: to keep
// one is a decision that "kept-personal" points at, and a town lies in its own region.
var ownKinds = []string{
	detect.FirstName, detect.LastName, detect.FullName, detect.Company, detect.Email, detect.Phone, detect.Username, detect.Street, detect.City, detect.Region,
	detect.Postcode, detect.Country, detect.BirthPlace, detect.Nationality, detect.Gender, detect.Title,
}

// mostPlaces bounds the memory of a table's counts.
const mostPlaces = 100

// watched is what is looked for in one table's rows, and where.
type watched struct {
	copier.SameRow
	names []string // of the originals
}

// sameRows decides for each table of the plan; nil where nothing is to be looked for.
func sameRows(p *plan.Plan) map[uint32]*watched {
	kinds := map[[3]string]string{}
	for _, e := range p.Ledger {
		kinds[[3]string{e.Schema, e.Table, e.Column}] = e.Kind
	}
	out := map[uint32]*watched{}
	for i := range p.Tables {
		t := &p.Tables[i]
		if w := sameRowOf(t, func(column string) string { return kinds[[3]string{t.Root.Schema, t.Root.Name, column}] }); w != nil {
			out[t.OID] = w
		}
	}
	return out
}

func sameRowOf(t *plan.Table, kind func(column string) string) *watched {
	if t.Raw || t.Skip != "" {
		return nil
	}
	w := &watched{}
	fields := map[string]int{} // of each original
	kindOf := map[string]string{}
	add := func(field int, name, kind string) {
		if _, there := fields[name]; !there && readable(t, field) {
			fields[name], kindOf[name] = field, kind
		}
	}
	for k := range t.Columns {
		c := &t.Columns[k]
		if c.Context {
			continue
		}
		d := &c.Decision
		if what := sharedKind(d, kind(c.Name)); what != "" {
			add(k, c.Name, what)
		}
		for ; d != nil; d = d.Else {
			ownValues(t, d, add)
		}
	}
	first, last := "", ""
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names) // partitions have their columns in orders of their own
	for _, name := range names {
		switch {
		case first == "" && kindOf[name] == detect.FirstName:
			first = name
		case last == "" && kindOf[name] == detect.LastName:
			last = name
		}
	}
	if first != "" && last != "" {
		w.names = append(w.names, first+" and "+last)
		w.Originals = append(w.Originals, copier.Original{Fields: []int{fields[first], fields[last]}})
	}
	for _, name := range names {
		if len(w.Originals) < evidence.MostOriginals {
			w.names = append(w.names, name)
			w.Originals = append(w.Originals, copier.Original{Fields: []int{fields[name]}, Date: kindOf[name] == detect.BirthDate})
		}
	}
	for i, name := range w.names { // "\npath 1.first_name" is of another row
		if _, column, of := strings.Cut(name, "."); of && strings.HasPrefix(name, "\n") {
			w.names[i] = column + " of its subject"
		}
	}
	for k := range t.Columns {
		if len(w.Places) < mostPlaces && placeOf(t, k, kind(t.Columns[k].Name)) {
			w.Places = append(w.Places, k)
		}
	}
	if len(w.Originals) == 0 || len(w.Places) == 0 {
		return nil
	}
	return w
}

// sharedKind says what kind of shared values a column's originals are, or "".
func sharedKind(d *plan.Decision, kind string) string {
	shared := func(kind string) string {
		if slices.Contains(sharedKinds, kind) {
			return kind
		}
		return ""
	}
	switch d.Kind {
	case plan.Null:
		return shared(kind)
	case plan.Mask:
		switch {
		case document(d.Spec), recordedAs(d, kind).form != 0:
			return ""
		case kind == detect.BirthDate || d.Spec.Name == "date":
			return shared(kind) // other dates repeat each other in a row
		case shared(d.Spec.Name) != "":
			return d.Spec.Name
		}
		return shared(kind)
	}
	return ""
}

// ownValues adds the values of the subject's other rows with which a text is scrubbed.
func ownValues(t *plan.Table, d *plan.Decision, add func(field int, name, kind string)) {
	if d.Kind != plan.Mask || d.Spec.How != "scrub" {
		return
	}
	at := len(d.Spec.Args)
	for _, p := range d.Spec.Paths {
		const own = "$arg"
		if p.Path == own && at < len(d.Args) {
			if f := d.Args[at]; t.Columns[f].Context && slices.Contains(sharedKinds, p.Spec.Name) {
				add(f, t.Columns[f].Name, p.Spec.Name)
			}
			at++
		}
		at += argsIn(&p.Spec)
	}
}

func argsIn(s *mask.Spec) int {
	n := len(s.Args)
	for i := range s.Paths {
		n += argsIn(&s.Paths[i].Spec)
	}
	return n
}

func readable(t *plan.Table, field int) bool {
	typ := t.Columns[field].Type
	if typ == nil || typ.Kind != 0 && typ.Kind != rowcodec.Base {
		return false
	}
	ok, _ := rowcodec.Supported(typ, formatOf(t))
	return ok
}

func formatOf(t *plan.Table) rowcodec.Format {
	if t.Format == rowcodec.Text.String() {
		return rowcodec.Text
	}
	return rowcodec.Binary
}

// placeOf reports whether a field's written values are looked through: texts and documents
// that are kept, or of which a masker leaves parts as they were.
func placeOf(t *plan.Table, field int, kind string) bool {
	c := &t.Columns[field]
	if c.Context || slices.Contains(ownKinds, kind) || !leaves(&c.Decision) || c.Type == nil {
		return false
	}
	typ := c.Type
	if typ.Kind == rowcodec.Array {
		typ = typ.Elem
	}
	if typ == nil {
		return false
	}
	switch typ.Name {
	case "text", "varchar", "bpchar", "json", "jsonb", "xml", "citext", "hstore":
		ok, _ := rowcodec.Supported(c.Type, formatOf(t))
		return ok
	default:
		return false
	}
}

// leaves reports whether a decision may leave something of a value as it was.
func leaves(d *plan.Decision) bool {
	for ; d != nil; d = d.Else {
		if d.Kind == plan.Keep || d.Kind == plan.Mask && document(d.Spec) {
			return true
		}
	}
	return false
}

// sameRowOf is what the copier asks for each table.
func (r *refresh) sameRowOf(t *plan.Table) *copier.SameRow {
	if w := r.sameRows[t.OID]; w != nil {
		return &w.SameRow
	}
	return nil
}

// A row may be nearer to its own originals than to others' without telling them: language,
// country and gender go together, more so where stand-ins are made for them.
const (
	nearKept    = 4
	nearStandIn = 20
)

// The probability of a false alarm: in a whole run, and of one that asks a person to look.
const (
	falseAlarm = 1e-6
	falseHint  = 1e-2
)

// repeated is what was counted in one place.
type repeated struct {
	subject string
	d       *plan.Decision
	names   []string
	meter   copier.ColumnMeter
}

// judgeSameRows says where originals occur in their own rows.
func (r *refresh) judgeSameRows() {
	var places []*repeated
	at := map[string]*repeated{}
	for i := range r.plan.Tables {
		t := &r.plan.Tables[i]
		w := r.sameRows[t.OID]
		if w == nil {
			continue
		}
		for _, field := range w.Places {
			subject := t.Root.String() + "." + t.Columns[field].Name
			p := at[subject]
			if p == nil {
				p = &repeated{subject: subject, d: &t.Columns[field].Decision, names: w.names}
				at[subject], places = p, append(places, p)
			}
			if slices.Equal(p.names, w.names) {
				p.meter.Merge(r.copier.Meter().Table(i).Column(field))
			}
		}
	}
	pairs := 0.0
	for _, p := range places {
		p.meter.SameRow(func(_ int, n evidence.RowCount, _ float64) {
			if n.Rows > 0 {
				pairs++
			}
		})
	}
	for _, p := range places {
		if f, ok := p.judge(falseAlarm / pairs); ok {
			r.findings = append(r.findings, f)
		}
	}
}

func (p *repeated) judge(alarm float64) (report.Finding, bool) {
	near := float64(nearKept)
	if p.d.Kind == plan.Mask {
		near = nearStandIn
	}
	f := report.Finding{Code: "survived", Subject: p.subject, File: p.d.File, Line: p.d.Line}
	var sure, maybe []string
	var sureRows, maybeRows, chance float64
	p.meter.SameRow(func(i int, n evidence.RowCount, different float64) {
		switch {
		case n.Exceeds(different, near, alarm):
			sure, sureRows = append(sure, p.names[i]), max(sureRows, float64(n.Met))
			if n.Compared > 0 {
				chance = max(chance, float64(n.Beside)*float64(n.Rows)/float64(n.Compared))
			}
		case n.Long > 0 && n.Beside == 0 && n.Exceeds(different, 1, falseHint):
			maybe, maybeRows = append(maybe, p.names[i]), max(maybeRows, float64(n.Long))
		}
	})
	switch {
	case len(sure) > 0:
		f.Severity, f.Count = report.High, int64(sureRows)
		f.Message = fmt.Sprintf("originals of %s occur here in their own rows, where chance would give about %.0f", strings.Join(sure, ", "), math.Ceil(chance))
		f.Hint = "mask the column, or its texts with how: {scrub: …}; if it is kept for a reason, accept the finding with it"
	case len(maybe) > 0:
		f.Severity, f.Count = report.Medium, int64(maybeRows)
		f.Message = fmt.Sprintf("originals of %s occur here in their own rows, too few to rule out chance", strings.Join(maybe, ", "))
		f.Hint = "look at the rows: mask the column, or accept the finding with a reason"
	default:
		return f, false
	}
	return f, true
}
