package plan

import (
	"fmt"
	"slices"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// subject says where a table's rows find the person they are about: the column at the
// end of a chain of foreign keys, and the joins that lead there.
type subject struct {
	domain string // of the personas: the same for every table that ends at the same column
	column string // of the table itself when joins is empty, else of the last join
	typ    uint32 // type of the column
	joins  []join
	path   []join // to every row on the way to the person's own, which is the last; none where a row is the person's own
}

// join is one LEFT JOIN: on what the row before it has, to a parent's key. The key is
// unique, so no row is read twice.
type join struct {
	table *catalog.Table
	from  string // column of the table before
	key   string // column of this one
}

// subjectOf follows the table's subject column through foreign keys to the column that
// names the person. A table whose parent has a subject of its own goes on from there.
func (p *planner) subjectOf(l *logical) subject {
	if l.parent != nil && (l.rule == nil || l.rule.Subject == "") {
		return p.subjectOf(l.parent) // which has no key that is its own, and whose columns are all there
	}
	if l.rule == nil || l.rule.Subject == "" || l.columns[l.rule.Subject] == nil {
		return subject{}
	}
	at, column := l, l.rule.Subject
	var joins, path []join
	ends := false // the path came back to a table, where it would only go in circles
	pending := "" // column of the last joined table from which a further join would start
	for range 16 {
		fk, ok := p.keyFrom(at, column)
		if !ok {
			break
		}
		to := p.byOID[fk.RefTable]
		next := fk.RefColumns[0]
		if to == at && next == column {
			break
		}
		if ends = ends || to == l || slices.ContainsFunc(path, func(j join) bool { return j.table == to.table }); !ends {
			path = append(path, join{table: to.table, from: column, key: next})
		}
		if to.rule != nil && to.rule.Subject != "" && to.rule.Subject != next {
			// the person is not the row that the key names: it has to be read
			from := column
			if pending != "" {
				from = pending
			}
			joins = append(joins, join{table: to.table, from: from, key: next})
			at, column, pending = to, to.rule.Subject, ""
			continue
		}
		// the key's value names the person already: no join, only the domain moves on
		if pending == "" {
			pending = column
		}
		at, column = to, next
	}
	s := subject{domain: fmt.Sprintf("subject:%s.%s", at.table.Name, column), joins: joins, path: path}
	s.column = column
	if pending != "" {
		s.column = pending
	}
	owner := l
	if len(joins) > 0 {
		owner = p.byOID[joins[len(joins)-1].table.OID]
	}
	if r := owner.columns[s.column]; r != nil {
		s.typ = r.column.Type
	}
	return s
}

// keyFrom returns the foreign key that consists of the column alone.
func (p *planner) keyFrom(l *logical, column string) (catalog.ForeignKey, bool) {
	for _, fk := range p.keysOf[l.table.OID] {
		if len(fk.Columns) == 1 && fk.Columns[0] == column {
			if to := p.byOID[fk.RefTable]; to != nil && !(to == l && fk.RefColumns[0] == column) {
				if to == l {
					continue // referred_by → id: another person of the same table
				}
				return fk, true
			}
		}
	}
	return catalog.ForeignKey{}, false
}

// ref is a column that a decision reads: of the row itself, or of one on the way to its subject.
type ref struct {
	column string
	table  *catalog.Table // of the other row; nil is the row itself
	step   int            // place of the other row's join in the subject's path, from 1
}

// usesSubject reports whether an action, or a place in its documents, draws from the subject.
func usesSubject(a *ruleset.Action) bool {
	if a == nil {
		return false
	}
	if a.From == "subject" || usesSubject(a.Else) {
		return true
	}
	for i := range a.Paths {
		if usesSubject(&a.Paths[i].Action) {
			return true
		}
	}
	return false
}
