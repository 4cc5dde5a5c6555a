package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/attest"
	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// soon is how long before its end a keep is spoken of.
const soon = 30 * 24 * time.Hour

// identifying are the kinds that name or reach a person by themselves.
var identifying = map[string]bool{
	detect.FirstName: true, detect.LastName: true, detect.FullName: true, detect.Username: true, detect.Street: true, detect.Email: true, detect.Phone: true,
	detect.NationalID: true, detect.TaxID: true, detect.IBAN: true, detect.BankAccount: true, detect.Card: true, detect.PushToken: true, detect.Token: true, detect.IP: true,
}

// reaching are the kinds whose stand-ins must not be somebody's.
var reaching = map[string]bool{detect.Email: true, detect.Phone: true, detect.PushToken: true, detect.IBAN: true, detect.Card: true}

// column is one column of the plan with what the ledger says of it.
type column struct {
	report.Entry
	decision plan.Decision
}

func (c *column) subject() string { return c.Schema + "." + c.Table + "." + c.Column }

// finding begins one about the column.
func (c *column) finding(code string, severity report.Severity, message, hint string) report.Finding {
	return report.Finding{Code: code, Severity: severity, Subject: c.subject(), Message: message, Hint: hint, File: c.File, Line: c.Line, Count: 1}
}

// columns joins the ledger with the plan's decisions, by table.
func columns(p *plan.Plan) (names []string, byTable map[string][]*column) {
	decisions := map[string]plan.Decision{}
	for i := range p.Tables {
		t := &p.Tables[i]
		for k := range t.Columns {
			if !t.Columns[k].Context {
				decisions[t.Root.String()+"."+t.Columns[k].Name] = t.Columns[k].Decision
			}
		}
	}
	byTable = map[string][]*column{}
	for _, e := range p.Ledger {
		table := e.Schema + "." + e.Table
		if byTable[table] == nil {
			names = append(names, table)
		}
		byTable[table] = append(byTable[table], &column{e, decisions[table+"."+e.Column]})
	}
	return names, byTable
}

// Judge returns what of the plan a reviewer should think about. today is the day by which
// dates are judged.
func Judge(p *plan.Plan, c *catalog.Catalog, today time.Time) []report.Finding {
	var out []report.Finding
	names, byTable := columns(p)
	shared := map[string][]*column{}
	for _, name := range names {
		for _, col := range byTable[name] {
			out = append(out, reasons(col, today)...)
			out = append(out, weakness(col)...)
			if col.Decision == "mask" && col.Subject == "" && deterministic(col.decision) {
				shared[col.Domain] = append(shared[col.Domain], col)
			}
		}
		out = append(out, unconfirmed(name, byTable[name])...)
		out = append(out, together(name, byTable[name])...)
		out = append(out, links(name, byTable[name], c)...)
	}
	for _, domain := range slices.Sorted(maps.Keys(shared)) {
		if f, ok := equality(domain, shared[domain]); ok {
			out = append(out, f)
		}
	}
	return out
}

// fillers are reasons that give none.
var fillers = map[string]bool{
	"say why": true, "todo": true, "tbd": true, "fixme": true, "because": true, "ok": true, "fine": true, "yes": true, "n/a": true, "na": true, "none": true,
	"no reason": true, "reason": true, "why": true, "test": true, "x": true, "keep": true, "needed": true, "required": true, "needed in staging": true, "not needed": true, "?": true,
}

// reasons judges why a column is kept, and how long.
func reasons(c *column, today time.Time) []report.Finding {
	if c.Decision != "keep" || c.By == "foreign key" || c.By == "inheritance" {
		return nil
	}
	var out []report.Finding
	reason := strings.ToLower(strings.Trim(c.Reason, " .!-\t"))
	switch {
	case proposedOnly(c): // said once for the table
	case fillers[reason] || len([]rune(reason)) < 3:
		out = append(out, c.finding("keep-without-reason", report.Medium, fmt.Sprintf("it is kept, and %q is no reason", c.Reason), "write the reason that you would give to somebody whose data it is"))
	}
	if until, err := time.Parse(time.DateOnly, c.Until); err == nil && !until.Before(today) && until.Sub(today) <= soon {
		out = append(out, c.finding("keep-expiring", report.Low, "it is kept until "+c.Until+", and refused from the day after", "decide again before: mask it, or give the keep a new date"))
	}
	return out
}

// proposedOnly reports whether a keep has the reason that init gave it.
func proposedOnly(c *column) bool {
	return c.Decision == "keep" && c.By != "foreign key" && c.By != "inheritance" && strings.HasPrefix(strings.ToLower(c.Reason), "proposed:")
}

// unconfirmed reports the keeps of a table that init proposed and nobody has confirmed.
func unconfirmed(table string, columns []*column) []report.Finding {
	n := 0
	var first *column
	for _, c := range columns {
		if proposedOnly(c) {
			if n++; first == nil {
				first = c
			}
		}
	}
	if n == 0 {
		return nil
	}
	f := first.finding("keep-without-reason", report.Low, "columns are kept as init proposed it, and nobody has confirmed the reasons", "write the reason that you would give to somebody whose data it is")
	f.Subject, f.Count = table, int64(n)
	return []report.Finding{f}
}

// weakness judges the stand-ins of one column by what it holds.
func weakness(c *column) []report.Finding {
	d := c.decision
	if c.Decision != "mask" || d.Spec == nil {
		return nil
	}
	switch {
	case reaching[c.Kind] && (d.Traits.Safety == mask.Valid || d.Traits.Safety == mask.NotContact):
		return []report.Finding{c.finding("weak-mask", report.Medium,
			fmt.Sprintf("it holds %s, and a stand-in of %s may be somebody's", words(c.Kind), d.Spec.Name), "use the masker of the kind, whose stand-ins nobody has: `understudy show maskers`")}
	case identifying[c.Kind] && d.Traits.Technique != "pseudonymization" && d.Traits.Technique != "suppression" && d.Spec.Name != "text":
		return []report.Finding{c.finding("weak-mask", report.Medium,
			fmt.Sprintf("it holds %s, and %s leaves what is near to the original", words(c.Kind), d.Spec.Name), "use a masker that replaces it whole")}
	case d.Spec.Name == "redact" && identifying[c.Kind] && len(d.Traits.Keeps) > 0 && partly(d.Spec.Params):
		return []report.Finding{c.finding("weak-mask", report.Medium, "a part of each original is shown", "leave first and last away, or use the masker of the kind")}
	case d.Spec.How == "scan" || d.Spec.How == "scrub" || d.Spec.Rest == "scan":
		return []report.Finding{c.finding("best-effort", report.Low,
			"what the detectors recognise in it is replaced, and what they do not recognise arrives", "name the paths that hold somebody, or replace the whole (how: replace, rest: null)")}
	case d.Spec.Rest == "keep":
		return []report.Finding{c.finding("best-effort", report.Medium, "what no path names arrives as it is", "rest: null or refuse leaves nothing to chance")}
	}
	return nil
}

// partly reports whether redact leaves something in sight.
func partly(params map[string]any) bool {
	for _, name := range []string{"first", "last"} {
		if n, ok := params[name].(float64); ok && n > 0 {
			return true
		}
	}
	return false
}

func words(kind string) string { return strings.ReplaceAll(kind, "_", " ") }

// quasi are the kinds that single somebody out together: when born, where living, which gender.
var quasi = []struct {
	what  string
	kinds []string
}{
	{"birth date or age", []string{detect.BirthDate, detect.Age}},
	{"place", []string{detect.Postcode, detect.City, detect.Geo}},
	{"gender", []string{detect.Gender}},
}

// together reports quasi-identifiers that a table keeps side by side. Three of them single
// out most people of a country; two are worth a thought.
func together(table string, columns []*column) []report.Finding {
	var names, what []string
	var first *column
	for _, q := range quasi {
		for _, c := range columns {
			if c.Decision == "keep" && slices.Contains(q.kinds, c.Kind) {
				names, what = append(names, c.Column), append(what, q.what)
				if first == nil {
					first = c
				}
				break
			}
		}
	}
	if len(names) < 2 {
		return nil
	}
	severity := report.Low
	if len(names) == len(quasi) {
		severity = report.Medium
	}
	f := first.finding("quasi-identifiers", severity, fmt.Sprintf("%s are kept together (%s): they may single a person out without a name", strings.Join(names, ", "), strings.Join(what, ", ")),
		"make one of them coarser (date: to year, postcode: null), or declare them (quasi:) and read the report's count of small cells")
	f.Subject, f.Count = table, int64(len(names))
	return []report.Finding{f}
}

// links reports what tells which row of production a row of staging is: kept keys and
// times beside masked people.
func links(table string, columns []*column, c *catalog.Catalog) []report.Finding {
	var keys, times []string
	people := 0
	for _, col := range columns {
		if col.Decision == "mask" && identifying[col.Kind] {
			people++
		}
	}
	if people == 0 {
		return nil
	}
	var first *column
	for _, col := range columns {
		if col.Decision != "keep" {
			continue
		}
		t, live := find(c, col)
		if live == nil {
			continue
		}
		switch {
		case unique(t, live):
			keys = append(keys, col.Column)
		case plan.ClassOf(c, live.Type) == mask.ClassTimestamp && col.Kind != detect.BirthDate:
			times = append(times, col.Column)
		default:
			continue
		}
		if first == nil {
			first = col
		}
	}
	if len(keys)+len(times) == 0 {
		return nil
	}
	var said []string
	if len(keys) > 0 {
		said = append(said, "the kept key "+strings.Join(keys, ", "))
	}
	if len(times) > 0 {
		said = append(said, "the kept time "+strings.Join(times, ", "))
	}
	f := first.finding("links-to-production", report.Info, strings.Join(said, " and ")+": whoever has both databases knows whose stand-in a row is",
		"that is what pseudonymised means; where staging's readers must not be able to, mask the key (key, uuid) and shift the times")
	f.Subject, f.Count = table, int64(len(keys)+len(times))
	return []report.Finding{f}
}

func find(c *catalog.Catalog, col *column) (*catalog.Table, *catalog.Column) {
	t := c.Lookup(catalog.Name{Schema: col.Schema, Name: col.Table})
	if t == nil {
		return nil, nil
	}
	return t, t.Column(col.Column)
}

// unique reports whether the column alone names a row.
func unique(t *catalog.Table, col *catalog.Column) bool {
	return slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool {
		return ix.Unique && !ix.Partial && slices.Equal(ix.Columns, []int16{col.Num})
	})
}

// deterministic reports whether equal values get equal stand-ins.
func deterministic(d plan.Decision) bool {
	return d.Spec != nil && d.Spec.Name != "constant" && d.Traits.Technique == "pseudonymization"
}

// frequent are the kinds of few different values, whose counts give them away.
var frequent = map[string]bool{detect.City: true, detect.Company: true, detect.JobTitle: true, detect.Region: true, detect.Postcode: true, detect.FirstName: true, detect.LastName: true, detect.Nationality: true}

// equality reports a domain whose stand-ins keep which rows are equal, and how often a
// value occurs, where that tells something.
func equality(domain string, columns []*column) (report.Finding, bool) {
	telling := slices.IndexFunc(columns, func(c *column) bool { return frequent[c.Kind] })
	if telling < 0 {
		return report.Finding{}, false
	}
	f := columns[telling].finding("keeps-frequency", report.Info, "equal values stay equal, and the most frequent stand-in is that of the most frequent value",
		"a value that is known to be the most frequent is recognised; draw it from the subject, or make it null, where that matters")
	if len(columns) > 1 {
		f.Subject = "domain " + domain
	}
	f.Count = int64(len(columns))
	return f, true
}

// Drift returns what has changed since the approval, with what the plan makes of it. p is
// nil when there is no plan because something does not fit; m is what does not.
func Drift(approved *attest.Signed, now attest.Structure, p *plan.Plan, m *plan.Misfit) []report.Finding {
	var out []report.Finding
	for _, c := range approved.Structure.Changes(now) {
		f := report.Finding{Code: "drift", Severity: report.Medium, Subject: c.Table, Message: c.String() + " since the approval of " + approved.Signed.Format(time.DateOnly), Count: 1}
		if c.Column != "" {
			f.Subject += "." + c.Column
		}
		switch c.What {
		case "new":
			f.Hint = proposed(c, p, m)
		case "gone":
			f.Hint = "take it out of the rules, and approve again"
		default:
			f.Hint = "see whether its decision still fits, and approve again"
		}
		out = append(out, f)
	}
	return out
}

// proposed says what becomes of a new column or table.
func proposed(c attest.Change, p *plan.Plan, m *plan.Misfit) string {
	var said []string
	if m != nil {
		for _, u := range m.Undecided {
			if u.Table.String() == c.Table && (c.Column == "" || u.Column == c.Column) {
				said = append(said, fmt.Sprintf("%s: %s", u.Column, u.Proposal))
			}
		}
	}
	if p != nil {
		for _, e := range p.Ledger {
			if e.Schema+"."+e.Table == c.Table && (c.Column == "" || e.Column == c.Column) {
				said = append(said, e.Column+": "+e.Words())
			}
		}
	}
	if len(said) == 0 {
		return "approve again"
	}
	if len(said) > 8 {
		said = append(said[:8], fmt.Sprintf("and %d more", len(said)-8))
	}
	if m != nil {
		return "proposed: " + strings.Join(said, "; ")
	}
	return "the rules decide: " + strings.Join(said, "; ") + "; approve again"
}

// Misfit turns what does not fit into findings.
func Misfit(m *plan.Misfit, file string) []report.Finding {
	var out []report.Finding
	for _, q := range m.Problems {
		f := report.Finding{Code: "misfit", Severity: report.High, Subject: q.Table, Message: q.Message, Hint: q.Hint, File: q.File, Line: q.Line, Count: 1}
		if q.Column != "" {
			f.Subject += "." + q.Column
		}
		out = append(out, f)
	}
	for _, u := range m.Undecided {
		f := report.Finding{
			Code: "undecided", Severity: report.High, Subject: u.Table.String() + "." + u.Column, Message: "nobody has decided over it (" + u.Type + "): " + u.Because,
			Hint: "proposed: " + u.Proposal, File: file, Count: 1,
		}
		if u.Awaits != "" {
			f.Message, f.Hint = "nobody has decided over what it references, "+u.Awaits, "decide over "+u.Awaits+": it takes that over"
		}
		out = append(out, f)
	}
	return out
}
