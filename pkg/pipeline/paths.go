package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/session"
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

// sampledDocuments is how many rows of a table doctor reads for its documents, and
// sampledBytes how large one of them may be.
const (
	sampledDocuments = 500
	sampledBytes     = 256 << 10
)

// samplePaths tries the paths of the plan's documents on rows of the source. Nothing is
// kept of them: what the maskers, under the published test key, make of a document is
// thrown away, and their counts are read. It reads nothing where no rule has a path.
func samplePaths(ctx context.Context, conn *pgx.Conn, p *plan.Plan, rules *ruleset.Rules) ([]report.Finding, int, error) {
	var seen documents
	refused := map[string]bool{} // domains: a document that the rules refuse is not read to its end
	read := 0
	for i := range p.Tables {
		t := &p.Tables[i]
		n, err := seen.sample(ctx, conn, t, refused)
		if err != nil {
			return nil, 0, err
		}
		read += n
	}
	var out []report.Finding
	for _, idle := range seen.idle() {
		if refused[idle.domain] {
			continue
		}
		at := pathPosition(rules, idle.domain, idle.path)
		out = append(out, report.Finding{
			Code: "idle-path", Severity: report.Low, Subject: strings.TrimPrefix(idle.domain, "column:"), Count: idle.values, File: at.File, Line: at.Line,
			Message: fmt.Sprintf("the path %s matched nothing in a sample of documents with %d values", idle.path, idle.values),
			Hint:    "see whether it is misspelt; a run tells of all documents, where it is medium",
		})
	}
	return out, read, nil
}

// trial is a masker of one field of a sample.
type trial struct {
	field  int
	domain string
	masker mask.Masker
	args   [][]byte // NULLs: no other column is read
}

// sample masks the documents of some rows and returns how many there were. Lists and rows
// of documents are left to the run, as are files, which are bytes.
func (d *documents) sample(ctx context.Context, conn *pgx.Conn, t *plan.Table, refused map[string]bool) (int, error) {
	var fields []string
	var maskers []trial
	for i := range t.Columns {
		c := &t.Columns[i]
		if t.Skip != "" || c.Context || c.Type.Kind != rowcodec.Base || c.Type.Name == "bytea" {
			continue
		}
		before := len(maskers)
		for a := &c.Decision; a != nil; a = a.Else {
			if a.Spec == nil || len(a.Spec.Paths) == 0 {
				continue
			}
			m, err := mask.New(*a.Spec, &mask.Binder{Key: prf.TestKey(), Detectors: []mask.Detector{detect.NewScanner(detect.Options{})}})
			if err != nil {
				return 0, err
			}
			d.keep(*a.Spec, m)
			maskers = append(maskers, trial{len(fields), a.Spec.Domain, m, make([][]byte, len(a.Args))})
		}
		if len(maskers) > before {
			fields = append(fields, fmt.Sprintf("CASE WHEN pg_catalog.pg_column_size(%s) < %d THEN %[1]s::text END", catalog.Quote(c.Name), sampledBytes))
		}
	}
	if len(fields) == 0 {
		return 0, nil
	}
	query := "SELECT " + strings.Join(fields, ", ") + " FROM ONLY " + t.Name.SQL()
	if pages := t.Bytes / 8192; pages > 256 {
		// some blocks from all over: old documents are not like new ones
		query += fmt.Sprintf(" TABLESAMPLE SYSTEM (%g)", min(100, max(0.001, 4*sampledDocuments/float64(pages))))
	}
	rows, err := conn.Query(ctx, fmt.Sprintf("%s LIMIT %d", query, sampledDocuments), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return 0, session.Fault(report.Source, "sample the documents of "+t.Name.String(), err)
	}
	defer rows.Close()
	read := 0
	var dst []byte
	for rows.Next() {
		values := rows.RawValues()
		for _, value := range values {
			if len(value) > 0 {
				read++
			}
		}
		for _, m := range maskers {
			if len(values[m.field]) == 0 {
				continue
			}
			var err error
			if dst, err = m.masker.Mask(dst[:0], mask.Input{Value: values[m.field], Args: m.args}); err != nil {
				refused[m.domain] = true
			}
		}
	}
	return read, session.Fault(report.Source, "sample the documents of "+t.Name.String(), rows.Err())
}
