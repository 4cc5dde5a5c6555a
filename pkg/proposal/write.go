package proposal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// text is the rules file with what is proposed now.
func (p *proposer) text() ([]byte, error) {
	a := ruleset.Addition{}
	for _, d := range p.domainsUsed() {
		a.Domains = append(a.Domains, d+": {mask: "+domainMasker(d)+"}")
	}
	for _, k := range p.keys {
		a.Keys = append(a.Keys, virtualKey(k))
	}
	all := p.sorted()
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].table == all[from].table {
			to++
		}
		a.Tables = append(a.Tables, p.table(all[from:to]))
		from = to
	}
	if p.Rules == nil {
		a.Tables = p.withSilent(a.Tables)
		return ruleset.Extend(p.head(), a)
	}
	return ruleset.Extend(p.Rules, a)
}

// withSilent adds the tables whose every column takes over what it references, so that
// nobody looks for them.
func (p *proposer) withSilent(said []ruleset.TableAddition) []ruleset.TableAddition {
	named := map[catalog.Name]ruleset.TableAddition{}
	for _, t := range said {
		named[catalog.Name{Schema: t.Schema, Name: t.Name}] = t
	}
	var all []ruleset.TableAddition
	for i := range p.Catalog.Tables {
		t := &p.Catalog.Tables[i]
		if t.Partition != nil || t.Extension != "" || t.Kind == 'f' || len(t.Columns) == 0 {
			continue
		}
		have, ok := named[t.Name]
		if !ok {
			have = ruleset.TableAddition{Schema: t.Name.Schema, Name: t.Name.Name, Whole: []string{"columns: {}  # each takes over what it references or inherits"}}
		}
		all = append(all, have)
	}
	return all
}

// head is the beginning of a new file.
func (p *proposer) head() []byte {
	var b strings.Builder
	b.WriteString("# yaml-language-server: $schema=https://raw.githubusercontent.com/understudy-db/understudy/main/rules/schema/v1.json\n")
	from := "names, types and a sample of values"
	if p.Survey == nil {
		from = "names and types alone: no value was read"
	}
	fmt.Fprintf(&b, "# Proposed by understudy init on %s from %s. Nobody has reviewed it yet.\n", p.Today, from)
	b.WriteString("# What is said behind each column is how sure the proposal is, and why. Lines that say `undecided` need\n" +
		"# somebody who knows: replace them by a decision. Columns that reference another take over what that one gets.\n")
	b.WriteString("version: 1\n")
	if p.Purpose != "" {
		fmt.Fprintf(&b, "purpose: %s\n", quote(p.Purpose))
	}
	fmt.Fprintf(&b, "locale: %s\nundecided: refuse\n\n", p.Locale)
	return []byte(b.String())
}

// domainsUsed are the proposed domains that the file does not have yet.
func (p *proposer) domainsUsed() []string {
	var out []string
	for _, c := range p.columns {
		if c.undecided() || c.keep != "" {
			continue
		}
		if name, ok := strings.CutPrefix(c.action(), "{domain: "); ok {
			name = strings.TrimSuffix(name, "}")
			if !slices.Contains(out, name) && !p.hasDomain(name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

func domainMasker(name string) string {
	for _, d := range domains {
		if d.name == name {
			return d.masker
		}
	}
	return ""
}

// table is what is said about one table's undecided columns.
func (p *proposer) table(columns []*column) ruleset.TableAddition {
	t := columns[0].table
	out := ruleset.TableAddition{Schema: t.Name.Schema, Name: t.Name.Name}
	for _, c := range columns {
		switch {
		case c.undecided():
			out.Columns = append(out.Columns, ruleset.Line{Key: ruleset.Key(c.name), Comment: p.doubt(c)})
		case c.keep != "":
			out.Columns = append(out.Columns, ruleset.Line{Key: ruleset.Key(c.name), Value: "{keep: " + quote(c.keep) + "}", Comment: why(c)})
		default:
			out.Columns = append(out.Columns, ruleset.Line{Key: ruleset.Key(c.name), Value: c.action(), Comment: why(c)})
		}
	}
	out.Whole = p.whole(t, columns)
	return out
}

// whole are the rules of a table that had none: the masked columns, the doubts, and the
// kept ones in groups of one reason.
func (p *proposer) whole(t *catalog.Table, columns []*column) []string {
	var masked, doubts []string
	kept := map[string][]*column{}
	fromSubject := false
	for _, c := range columns {
		switch {
		case c.undecided():
			doubts = append(doubts, "  # "+ruleset.Key(c.name)+": "+p.doubt(c))
		case c.keep != "":
			kept[c.keep] = append(kept[c.keep], c)
		default:
			fromSubject = fromSubject || strings.Contains(c.action(), "from: subject")
			masked = append(masked, "  "+ruleset.Key(c.name)+": "+c.action()+"  # "+why(c))
		}
	}
	var out []string
	if p.Survey != nil {
		if because, ok := p.Survey.Unread[t.Name]; ok {
			out = append(out, "# its values were not sampled: "+because)
		}
	}
	if fromSubject {
		out = append(out, "subject: "+ruleset.Key(p.subject[t.Name]))
	}
	switch {
	case len(masked) > 0:
		out = append(append(append(out, "columns:"), masked...), doubts...)
	case len(kept) == 0:
		out = append(append(out, "columns: {}"), doubts...)
	default:
		out = append(out, doubts...)
	}
	if len(kept) > 0 {
		out = append(out, "keep:")
		for _, reason := range sortedReasons(kept) {
			out = append(out, "  - why: "+quote(reason), "    columns:")
			for _, c := range kept[reason] {
				out = append(out, "      - "+ruleset.Key(c.name)+"  # "+why(c))
			}
		}
	}
	return out
}

func sortedReasons(kept map[string][]*column) []string {
	out := make([]string, 0, len(kept))
	for reason := range kept {
		out = append(out, reason)
	}
	slices.Sort(out)
	return out
}

// why says what the column is taken for, how surely, and for which reason. It holds no value.
func why(c *column) string {
	s := fmt.Sprintf("%s; %s, %.0f %%: %s", c.typ, c.kind, 100*c.confidence, c.because)
	if detect.Special(c.kind) {
		s += "; SPECIAL CATEGORY (Art. 9/10 GDPR)"
	}
	if c.sampled > 0 {
		s += fmt.Sprintf("; %d values", c.sampled)
	}
	return report.Clean(s)
}

// doubt says why a column is left undecided, and what it may be.
func (p *proposer) doubt(c *column) string {
	s := "undecided  # " + c.typ + "; "
	switch {
	case c.kind != "" && c.confidence >= sure && len(c.options) > 0:
		s += fmt.Sprintf("%s, and no masker fits its type and its indexes", c.kind)
	case c.kind != "":
		s += fmt.Sprintf("perhaps %s, %.0f %%: %s", c.kind, 100*c.confidence, c.because)
	default:
		s += c.because
	}
	if c.sampled > 0 {
		s += fmt.Sprintf("; nothing was recognised in %d values", c.sampled)
		if len(hits(p, c)) > 0 {
			s = strings.Replace(s, "nothing was recognised in", strings.Join(hits(p, c), " and ")+" seen among", 1)
		}
	}
	return report.Clean(s)
}

// hits are the kinds that the detectors saw in the column.
func hits(p *proposer, c *column) []string {
	if p.Survey == nil {
		return nil
	}
	var out []string
	for kind, n := range p.Survey.Samples[c.table.Name][c.name].Hits {
		if n > 0 {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}

// quote writes a text as YAML reads it back, in one line.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(report.Clean(s)) + `"`
}

// flowList writes texts as the items of a flow list.
func flowList(items []string) string {
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = fmt.Sprintf("%q", s) // Go's escapes are YAML's as well
	}
	return strings.Join(out, ", ")
}
