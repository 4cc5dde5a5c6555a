package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// domainKeys refuses a key for a domain that the plan does not draw in: whoever gave it
// would believe that stand-ins had changed.
func (r *refresh) domainKeys(p *plan.Plan) error {
	used := domainsOf(p)
	for _, domain := range r.Key.Domains() {
		if used[domain] != nil {
			continue
		}
		hint := "domains are named in the ledger of `understudy plan`"
		if near := nearestOf(domain, slices.Sorted(maps.Keys(used))); near != "" {
			hint = "did you mean " + near + "?"
		}
		return &report.Fault{Side: report.Usage, Doing: "look for the domains that have a key of their own", Err: fmt.Errorf("no stand-in is drawn in the domain %s", domain), Hint: hint}
	}
	return nil
}

// nearestOf returns the known word that a few letters tell from a name, or "".
func nearestOf(name string, known []string) string {
	best, least := "", max(2, len(name)/4)+1
	for _, k := range known {
		if d := levenshtein.Distance(name, k, nil); d < least {
			best, least = k, d
		}
	}
	return best
}

// keyOf names the run's keys in its record.
func keyOf(o Options) report.Key {
	k := report.Key{ID: o.Key.ID(), Ephemeral: o.Ephemeral}
	for _, domain := range o.Key.Domains() {
		k.Domains = append(k.Domains, report.DomainKey{Domain: domain, ID: o.Key.In(domain).ID()})
	}
	return k
}

// rotated says which domains have stand-ins under another key than in the run before:
// these no longer equal what generations, exports and other stagings hold.
func (r *refresh) rotated(p *plan.Plan) []report.Finding {
	if r.earlier == nil || r.Ephemeral {
		return nil
	}
	was, is := r.earlier.Key, r.run.Key
	all := was.ID != is.ID
	found := []report.Finding{}
	for domain, columns := range domainsOf(p) {
		if was.In(domain) == is.In(domain) {
			all = false
			continue
		}
		names := slices.Sorted(maps.Keys(columns))
		shown := strings.Join(names[:min(len(names), 5)], ", ")
		if len(names) > 5 {
			shown += fmt.Sprintf(" and %d more", len(names)-5)
		}
		found = append(found, report.Finding{
			Code: "rotated", Severity: report.Info, Subject: domain, Count: int64(len(names)),
			Message: fmt.Sprintf("its stand-ins are under key %s, those of run %s under %s: %s", is.In(domain), r.earlier.ID, was.In(domain), shown),
			Hint:    "they no longer equal those in earlier generations, exports and other stagings",
		})
	}
	if all && len(found) > 1 { // another key altogether: one line says it
		return []report.Finding{{
			Code: "rotated", Severity: report.Info, Subject: r.target.Name(), Count: int64(len(found)),
			Message: fmt.Sprintf("all stand-ins are under key %s, those of run %s under %s", is.ID, r.earlier.ID, was.ID),
			Hint:    "none equals those in earlier generations, exports and other stagings",
		}}
	}
	slices.SortFunc(found, func(a, b report.Finding) int { return cmp.Compare(a.Subject, b.Subject) })
	return found
}

// domainsOf returns the domains in which a plan draws stand-ins, with their columns;
// partitions are their root.
func domainsOf(p *plan.Plan) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for i := range p.Tables {
		t := &p.Tables[i]
		table := t.Name
		if t.Root.Name != "" {
			table = t.Root
		}
		for j := range t.Columns {
			if c := &t.Columns[j]; !c.Context {
				for d := &c.Decision; d != nil; d = d.Else {
					drawnIn(out, d.Spec, table.String()+"."+c.Name)
				}
			}
		}
	}
	return out
}

// drawnIn notes the domains of a masker and of its places in documents.
func drawnIn(out map[string]map[string]bool, s *mask.Spec, column string) {
	if s == nil || s.Name == "" || s.Name == mask.NullName {
		return
	}
	domains := []string{s.Domain, s.Subject}
	if named, ok := s.Params["domains"].(map[string]any); ok { // of what is found by scanning
		for _, d := range named {
			if name, ok := d.(string); ok {
				domains = append(domains, name)
			}
		}
	}
	for _, domain := range domains {
		if domain == "" {
			continue
		}
		if out[domain] == nil {
			out[domain] = map[string]bool{}
		}
		out[domain][column] = true
	}
	for i := range s.Paths {
		drawnIn(out, &s.Paths[i].Spec, column)
	}
}
