package inspect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
)

// key is what findings are counted by.
type key struct {
	table    catalog.Name
	column   string
	code     string
	what     string
	accepted int // index of the acceptance, -1 for none
}

// place is a column of a table.
type place struct {
	table  catalog.Name
	column string
}

type tally struct {
	severity report.Severity
	count    int64
	ctids    []string
}

type tallies map[key]*tally

// count adds one hit. A row's place is kept for the first few, the value never.
func (w *worker) count(e *eye, code string, severity report.Severity, what string, hit, ctid []byte) {
	k := key{table: e.table.Name, column: e.column.Name, code: code, what: what, accepted: -1}
	for i := range w.o.Accept {
		a := &w.o.Accept[i]
		if a.Code == code && a.of(e) && (a.Matches == nil || a.Matches(hit)) {
			k.accepted = i
			break
		}
	}
	t := w.tallies[k]
	if t == nil {
		t = &tally{}
		w.tallies[k] = t
	}
	t.severity = max(t.severity, severity)
	t.count++
	if len(t.ctids) < locatorsPerFinding {
		if at := writtenCTID(ctid); !slices.Contains(t.ctids, at) {
			t.ctids = append(t.ctids, at)
		}
	}
}

// of reports whether the acceptance names the column, in its table or in the table's root.
func (a *Acceptance) of(e *eye) bool {
	name := "." + e.column.Name
	return a.Column == e.table.Name.String()+name || e.table.Root != (catalog.Name{}) && a.Column == e.table.Root.String()+name
}

func (a tallies) merge(b tallies) {
	for k, t := range b {
		if have := a[k]; have != nil {
			have.severity = max(have.severity, t.severity)
			have.count += t.count
			have.ctids = append(have.ctids, t.ctids...)
			slices.SortFunc(have.ctids, compareCTID)
			have.ctids = have.ctids[:min(len(have.ctids), locatorsPerFinding)]
		} else {
			a[k] = t
		}
	}
}

func compareCTID(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func (a tallies) findings(o Options, chances map[place]float64) []report.Finding {
	perAcceptance, numbers := map[int]int64{}, map[place]int64{}
	for k, t := range a {
		perAcceptance[k.accepted] += t.count
		if k.code == "survived" && k.what == number {
			numbers[place{k.table, k.column}] += t.count
		}
	}
	var out []report.Finding
	for _, k := range slices.SortedFunc(maps.Keys(a), func(x, y key) int {
		return cmp.Or(strings.Compare(x.table.String(), y.table.String()), strings.Compare(x.column, y.column),
			strings.Compare(x.code, y.code), strings.Compare(x.what, y.what), x.accepted-y.accepted)
	}) {
		t := a[k]
		f := report.Finding{
			Code: k.code, Severity: t.severity, Subject: k.table.String() + "." + k.column,
			Message: message(k), Hint: hint(k), Count: t.count,
		}
		if at := (place{k.table, k.column}); k.code == "survived" && k.what == number {
			judge(&f, numbers[at], chances[at])
		}
		for _, ctid := range t.ctids {
			f.Locators = append(f.Locators, report.Locator{
				Generation: o.Generation, Table: k.table.SQL(), CTID: ctid,
				Query: fmt.Sprintf("SELECT %s FROM %s WHERE ctid = '%s'", catalog.Quote(k.column), k.table.SQL(), ctid),
			})
		}
		if k.accepted >= 0 {
			acc := &o.Accept[k.accepted]
			f.File, f.Line = acc.Report.File, acc.Report.Line
			if acc.Max > 0 && perAcceptance[k.accepted] > acc.Max {
				f.Hint = fmt.Sprintf("the rules accept %d of them, and there are %d", acc.Max, perAcceptance[k.accepted])
			} else {
				accepted := acc.Report
				f.Accepted = &accepted
			}
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(x, y report.Finding) int {
		return cmp.Or(boolInt(x.Accepted != nil)-boolInt(y.Accepted != nil), cmp.Compare(y.Severity, x.Severity))
	})
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func message(k key) string {
	switch k.code {
	case "survived":
		return "an original that was masked elsewhere occurs here"
	case "deliverable":
		return "in a masked column, a value (" + k.what + ") lies outside the ranges that reach nobody"
	case "outward":
		return "a value is the address of an object store or a search service: whoever follows it from staging reaches production's"
	case "placeholder":
		return "a value looks like a placeholder (" + k.what + ")"
	default:
		return "a value looks like personal data (" + k.what + ")"
	}
}

func hint(k key) string {
	switch k.code {
	case "survived":
		return "look at the rows: mask the column or the place in its documents; if it is kept for a reason, accept the finding with it"
	case "deliverable":
		return "a masker let it through or made it: report this"
	case "outward":
		return "mask the column (url), point it at a store of staging's own, or accept the finding with a reason"
	case "placeholder":
		return "correct it at its source, mask the column, or accept the finding with a reason"
	default:
		return "mask the column or the place in its documents, or accept the finding with a reason"
	}
}
