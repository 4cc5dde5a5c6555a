package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// documents are the maskers of documents that were made, and what their paths found.
type documents struct {
	mu   sync.Mutex
	made []madeMasker
}

type madeMasker struct {
	spec   mask.Spec
	masker mask.PathCounter
}

// keep remembers a masker of documents. Its counts are read when its worker has ended.
func (d *documents) keep(s mask.Spec, m mask.Masker) {
	if counter, ok := m.(mask.PathCounter); ok && len(s.Paths) > 0 {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.made = append(d.made, madeMasker{s, counter})
	}
}

// idlePath is a path that found no value in documents that have some.
type idlePath struct {
	domain, path string
	values       int64 // that the documents have
}

// idle returns the paths that found nothing. Columns of one domain share its paths: one of
// them that has the place is enough. Maskers of documents in documents are not seen.
func (d *documents) idle() []idlePath {
	type place struct{ domain, path string }
	found, values := map[place]int64{}, map[string]int64{}
	for _, m := range d.made {
		all, by := m.masker.PathCounts()
		values[m.spec.Domain] += all
		for i, p := range m.spec.Paths {
			found[place{m.spec.Domain, p.Path}] += by[i]
		}
	}
	var out []idlePath
	for at, n := range found {
		if n == 0 && values[at.domain] > 0 {
			out = append(out, idlePath{at.domain, at.path, values[at.domain]})
		}
	}
	slices.SortFunc(out, func(a, b idlePath) int { return cmp.Or(cmp.Compare(a.domain, b.domain), cmp.Compare(a.path, b.path)) })
	return out
}

// pathPosition is where the rules name a path of a domain, or of a column without one.
func pathPosition(rules *ruleset.Rules, domain, path string) ruleset.Position {
	var at ruleset.Position
	look := func(a *ruleset.Action, own string) {
		for ; a != nil; a = a.Else {
			if name := cmp.Or(a.Domain, own); name != domain {
				continue
			}
			for i := range a.Paths {
				if a.Paths[i].Path == path {
					at = a.Paths[i].Position
				}
			}
		}
	}
	for i := range rules.Domains {
		look(&rules.Domains[i].Action, rules.Domains[i].Name)
	}
	for i := range rules.Tables {
		t := &rules.Tables[i]
		for j := range t.Columns {
			look(&t.Columns[j].Action, "column:"+catalog.Name{Schema: t.Schema, Name: t.Name}.String()+"."+t.Columns[j].Name)
		}
	}
	return at
}

const idleHint = "correct the path or take it out: what stands at another place is decided by rest"

// tellIdlePaths reports paths that matched nothing in all documents that were masked: most
// often a misspelt one, whose values were left to rest.
func (r *refresh) tellIdlePaths() {
	if r.resumed != nil {
		return // the run before masked a part of the documents, and its counts are gone
	}
	for _, p := range r.documents.idle() {
		at := pathPosition(r.rules, p.domain, p.path)
		r.findings = append(r.findings, report.Finding{
			Code: "idle-path", Severity: report.Medium, Subject: strings.TrimPrefix(p.domain, "column:"), Count: p.values, File: at.File, Line: at.Line,
			Message: fmt.Sprintf("the path %s matched nothing in documents with %d values", p.path, p.values), Hint: idleHint,
		})
	}
}
