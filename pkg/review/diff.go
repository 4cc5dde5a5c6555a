package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// Difference is one thing that is another in the new rules.
type Difference struct {
	Subject string `json:"subject"`
	Effect  string `json:"effect"` // "less", "more" or "other": protection of whom the data is about
	Words   string `json:"words"`
}

// The effects.
const (
	Less  = "less"
	More  = "more"
	Other = "other"
)

// String says the difference in a sentence.
func (d Difference) String() string {
	switch d.Effect {
	case Less:
		return d.Subject + ": LESS protected: " + d.Words
	case More:
		return d.Subject + ": better protected: " + d.Words
	}
	return d.Subject + ": " + d.Words
}

// fate is what becomes of a column's values.
type fate struct {
	rank  int    // 0 as it is, 1 in part, 2 coarser, 3 a stand-in, 4 not there; -1 nobody decided
	words string // "arrives as it is: why"
	scope string // domain or subject of its stand-ins; empty is its own
	rule  string // all of it, to see that something changed at all
}

const undecidedRank = -1

// Diff says what changes for the people in the data. The ledgers are those of the plans
// that both rules make of one catalog; without them the rules alone are compared, and
// what packs and foreign keys decide is not seen. Differences that protect less come first.
func Diff(before, after *ruleset.Rules, ledgers ...report.Ledger) []Difference {
	was, is := fates(before), fates(after)
	if len(ledgers) == 2 {
		was, is = ledgerFates(ledgers[0]), ledgerFates(ledgers[1])
	}
	var out []Difference
	for _, name := range union(was, is) {
		a, b := was[name], is[name]
		if _, ok := was[name]; !ok {
			a = fate{rank: undecidedRank, words: "was not named"}
		}
		if _, ok := is[name]; !ok {
			b = fate{rank: undecidedRank, words: "is not named any more: a pack, a foreign key or nobody decides"}
		}
		if d, ok := compare(name, a, b); ok {
			out = append(out, d)
		}
	}
	out = append(out, general(before, after)...)
	slices.SortStableFunc(out, func(a, b Difference) int { return cmp.Compare(order(a), order(b)) })
	return out
}

func order(d Difference) int { return slices.Index([]string{Less, Other, More}, d.Effect) }

func compare(name string, a, b fate) (Difference, bool) {
	if a.rule == b.rule && a.rank == b.rank && a.words == b.words {
		return Difference{}, false
	}
	d := Difference{Subject: name, Effect: Other}
	switch {
	case a.rank == undecidedRank && b.rank == undecidedRank:
		return Difference{}, false
	case a.rank == undecidedRank:
		d.Words = "is new here: it " + b.words
		if b.rank < 3 {
			d.Effect = Less
		}
		return d, true
	case b.rank == undecidedRank:
		d.Words = "it " + b.words + "; before it " + past(a.words)
		return d, true
	case b.rank < a.rank:
		d.Effect = Less
	case b.rank > a.rank:
		d.Effect = More
	}
	switch {
	case a.words != b.words:
		d.Words = fmt.Sprintf("before, it %s; now it %s", past(a.words), b.words)
	case a.scope != b.scope:
		d.Words = fmt.Sprintf("its stand-ins are shared within %s now, and were within %s: joins over them change", scope(b.scope), scope(a.scope))
	default:
		d.Words = "it " + b.words + ", with other parameters: stand-ins change"
	}
	return d, true
}

func scope(s string) string {
	if s == "" {
		return "the column alone"
	}
	return s
}

// past puts the sentence into the past.
func past(words string) string {
	for _, p := range [][2]string{{"arrives", "arrived"}, {"is ", "was "}, {"are ", "were "}} {
		if rest, ok := strings.CutPrefix(words, p[0]); ok {
			return p[1] + rest
		}
	}
	return words
}

// coarse are the maskers that leave something near to the original.
var coarse = map[string]bool{"bucket": true, "round": true, "noise": true, "date": true, "redact": true, "time_of_day": true}

func masked(masker, how string) (int, string) {
	switch {
	case how == "scan" || how == "scrub":
		return 1, "arrives with what the detectors recognise in it replaced (" + masker + ", " + how + ")"
	case how == "keep":
		return 1, "arrives with the named places replaced and the rest as it is (" + masker + ")"
	case coarse[masker]:
		return 2, "is made coarser or moved (" + masker + ")"
	}
	return 3, "is replaced by a stand-in (" + masker + ")"
}

// fates are what the rules say of columns, by name.
func fates(r *ruleset.Rules) map[string]fate {
	out := map[string]fate{}
	for i := range r.Tables {
		t := &r.Tables[i]
		table := t.Schema + "." + t.Name
		if t.Skip != "" {
			out[table] = fate{rank: 4, words: "is empty in staging: " + t.Skip, rule: "skip"}
		}
		for k := range t.Columns {
			out[table+"."+t.Columns[k].Name] = ofAction(r, &t.Columns[k].Action)
		}
		for _, k := range t.Keep {
			for _, c := range k.Columns {
				out[table+"."+c] = kept(k.Why)
			}
		}
	}
	return out
}

func kept(why string) fate {
	return fate{rank: 0, words: fmt.Sprintf("arrives as it is in production (%q)", why), rule: "keep"}
}

func ofAction(r *ruleset.Rules, a *ruleset.Action) fate {
	f := fate{}
	switch a.Kind {
	case ruleset.KindKeep:
		f = kept(a.Keep.Why)
	case ruleset.KindNull:
		f = fate{rank: 4, words: "is not copied: NULL stands there", rule: "null"}
	case ruleset.KindDomain:
		for i := range r.Domains {
			if r.Domains[i].Name == a.Domain {
				f = ofAction(r, &r.Domains[i].Action)
			}
		}
		f.scope = "the domain " + a.Domain
	case ruleset.KindMask:
		how := ""
		if a.How != nil {
			how = a.How.Mode
		}
		if a.Rest != nil {
			how = a.Rest.Mode
		}
		f.rank, f.words = masked(a.Mask, how)
		f.scope, f.rule = a.Domain, fmt.Sprint(a.Mask, a.Params, len(a.Paths))
		for i := range a.Paths {
			f.rule += " " + a.Paths[i].Path + " " + ofAction(r, &a.Paths[i].Action).rule
		}
		if a.From == "subject" {
			f.scope = "the subject"
		}
	}
	if a.When != "" && a.Else != nil {
		other := ofAction(r, a.Else)
		f.words += fmt.Sprintf(" when %s, and else %s", a.When, other.words)
		f.rank, f.rule = min(f.rank, other.rank), f.rule+a.When+other.rule
	}
	f.rule += f.scope
	return f
}

// ledgerFates are what two plans make of one catalog.
func ledgerFates(l report.Ledger) map[string]fate {
	out := map[string]fate{}
	for _, e := range l {
		f := fate{rule: e.Words()}
		switch e.Decision {
		case "keep":
			f = kept(e.Reason)
		case "null", "skip":
			f.rank, f.words = 4, "is not copied ("+e.Decision+")"
		case "generated":
			f.rank, f.words = 3, "is computed by the target"
		default:
			f.rank, f.words = masked(e.Masker, "")
			f.scope = cmp.Or(e.Subject, e.Domain)
			if e.Risk == report.RiskElevated {
				f.rank = 1
			}
		}
		if e.When != "" {
			f.words += " when " + e.When + ", and else: " + e.Else
			if strings.HasPrefix(e.Else, "keep") {
				f.rank = 0
			}
		}
		out[e.Schema+"."+e.Table+"."+e.Column] = f
	}
	return out
}

// general are the differences that no column has.
func general(before, after *ruleset.Rules) []Difference {
	var out []Difference
	add := func(subject, effect, format string, args ...any) {
		out = append(out, Difference{subject, effect, fmt.Sprintf(format, args...)})
	}
	if before.Undecided != after.Undecided {
		effect := More
		if after.Undecided == "null" {
			effect = Other
		}
		add("undecided columns", effect, "%s, and before %s", after.Undecided, before.Undecided)
	}
	if before.Locale != after.Locale {
		add("locale", Other, "stand-ins are made for %s now, and were for %s", after.Locale, before.Locale)
	}
	if a, b := packs(before), packs(after); a != b {
		add("packs", Other, "%s decide columns that no rule names now, and before %s", orNone(b), orNone(a))
	}
	if a, b := strings.Join(before.Authors, ", "), strings.Join(after.Authors, ", "); a != b {
		add("authors", Other, "%s now, and before %s: who is not named may approve", orNone(b), orNone(a))
	}
	was, is := acceptances(before), acceptances(after)
	for _, name := range union(was, is) {
		switch a, b := was[name], is[name]; {
		case a == "":
			add(name, Less, "the finding is agreed to: %s", b)
		case b == "":
			add(name, More, "the finding is not agreed to any more")
		case a != b:
			add(name, Other, "the agreement to the finding is another: %s", b)
		}
	}
	rowsWas, rowsIs := rows(before), rows(after)
	for _, name := range union(rowsWas, rowsIs) {
		if a, b := rowsWas[name], rowsIs[name]; a != b {
			add(name, Other, "its rows: %s now, and before %s", b, a)
		}
	}
	return out
}

func orNone(s string) string { return cmp.Or(s, "none") }

func packs(r *ruleset.Rules) string {
	var names []string
	for i := range r.Packs {
		names = append(names, r.Packs[i].Name)
	}
	return strings.Join(names, ", ")
}

func acceptances(r *ruleset.Rules) map[string]string {
	out := map[string]string{}
	for _, a := range r.Accept {
		text := fmt.Sprintf("%q", a.Why)
		if a.Pattern != "" {
			text += " for values of one pattern"
		}
		if a.Max > 0 {
			text += fmt.Sprintf(", at most %d", a.Max)
		}
		if !a.Until.IsZero() {
			text += ", until " + a.Until.Format("2006-01-02")
		}
		out[a.Code+" at "+a.Column] = text
	}
	return out
}

// rows are which rows of a table are copied.
func rows(r *ruleset.Rules) map[string]string {
	out := map[string]string{}
	for i := range r.Tables {
		t := &r.Tables[i]
		text := "all"
		switch {
		case t.Skip != "":
			text = "none"
		case t.Where != "":
			text = "where " + t.Where
		case t.Follow != "":
			text = "those of " + t.Follow + " that are copied"
		}
		if t.Subject != "" {
			text += ", about " + t.Subject
		}
		out[t.Schema+"."+t.Name] = text
	}
	return out
}

func union[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
