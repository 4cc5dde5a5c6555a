package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask/condition"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// Chunk is a part of a table that one worker copies in one transaction. It is plain
// JSON: another process could copy it.
type Chunk struct {
	Table int    `json:"table"` // index into Plan.Tables
	Part  int    `json:"part"`  // from 0
	Parts int    `json:"parts"`
	Out   string `json:"out"`             // COPY … TO STDOUT, on the source; empty when it is some of the rows that a subset chose
	First int64  `json:"first,omitempty"` // of a subset: the place of its first row among those of the table that were chosen
	Rows  int64  `json:"rows,omitempty"`  // of a subset: how many
	In    string `json:"in"`              // COPY … FROM STDIN, on the target
	Clear string `json:"clear"`           // what must run before In in its transaction; "" is nothing
	After string `json:"after,omitempty"` // what must run after In in its transaction
	Bytes int64  `json:"bytes"`           // estimate
}

// tableOf plans one table that holds rows.
func (p *planner) tableOf(l *logical, leaf *catalog.Table) Table {
	t := Table{OID: leaf.OID, Name: leaf.Name, Root: l.table.Name, Into: leaf.Name, Rows: estimateRows(leaf), Bytes: leaf.Bytes, Format: rowcodec.Binary.String(), Raw: true}
	if l.rule != nil {
		t.Skip = l.rule.Skip
		switch {
		case l.rule.Where != "":
			t.Filter = "where " + l.rule.Where
		case l.rule.Follow != "":
			t.Filter = "follow " + l.rule.Follow
		}
	}
	if t.Skip != "" {
		if t.Why = "skipped: " + t.Skip; l.rule.Preserve {
			t.Why = "rows of the old staging: " + t.Skip
		}
		return t
	}
	if !leaf.Readable {
		p.problem(Problem{Table: leaf.Name.String(), Message: "its rows may not be read", Hint: "GRANT SELECT ON " + leaf.Name.SQL() + " TO the role that copies"})
	}
	for i := range leaf.Columns {
		c := &leaf.Columns[i]
		r := l.columns[c.Name]
		if r == nil || c.Generated {
			continue
		}
		if r.decision.Kind == Generated {
			t.Computes = append(t.Computes, Computed{Name: c.Name, Expr: r.decision.compute})
			continue
		}
		if why := p.textOnly(c.Type); why != "" && t.Format == rowcodec.Binary.String() {
			t.Format, t.Why = rowcodec.Text.String(), "text: "+why
		}
		t.Columns = append(t.Columns, Column{Name: c.Name, Type: p.wireType(c.Type), Decision: r.decision})
		t.Raw = t.Raw && !r.decision.Rewrites() && r.decision.When == nil
	}
	p.context(l, leaf, &t)
	p.chooseFormat(&t)
	if why := p.throughRoot(l, leaf); why != "" {
		t.Into = l.table.Name
		t.Why = strings.TrimPrefix(t.Why+"; "+why, "; ")
	}
	return t
}

// context adds the fields that decisions read and nobody writes, and tells the decisions where they are.
func (p *planner) context(l *logical, leaf *catalog.Table, t *Table) {
	field := func(name string, typ uint32) int {
		if i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name }); i >= 0 {
			return i
		}
		t.Columns = append(t.Columns, Column{Name: name, Type: p.wireType(typ), Context: true, Decision: Decision{Kind: Keep, Subject: -1}})
		return len(t.Columns) - 1
	}
	own := func(name string) int { return field(name, leaf.Column(name).Type) }
	written := len(t.Columns)
	for i := range written {
		decision := t.Columns[i].Decision // a copy: a new field may move the slice
		for d := &decision; d != nil; d = d.Else {
			if d.Else != nil {
				other := *d.Else // the branches are shared with the other leaves of the table
				d.Else = &other
			}
			if d.When != nil {
				when := *d.When
				when.Fields = nil
				if c, err := condition.Compile(when.Expr, when.Classes); err == nil {
					for _, name := range c.Columns() {
						when.Fields = append(when.Fields, own(name))
					}
				}
				d.When = &when
			}
			if d.Spec == nil {
				continue
			}
			d.Args = nil
			s := p.subjectOf(l)
			for _, f := range d.refs {
				switch {
				case f.table == nil && leaf.Column(f.column) != nil:
					d.Args = append(d.Args, own(f.column))
				case f.table != nil && f.step <= len(s.path) && s.path[f.step-1].table == f.table:
					d.Args = append(d.Args, field(pathName(f.step, f.column), f.table.Column(f.column).Type))
				default:
					p.problem(Problem{
						Table: t.Root.String(), Column: t.Columns[i].Name, Message: "its decision reads the column " + f.column + ", which this table and its subject do not have",
						Hint: "name the column in the rules", File: d.File, Line: d.Line,
					})
				}
			}
			if d.persona && s.domain != "" {
				if len(s.joins) == 0 {
					d.Subject = own(s.column)
				} else {
					d.Subject = field(joinedName(s), s.typ)
				}
			}
		}
		t.Columns[i].Decision = decision
	}
}

// joinedName names the context field that a subject's joins bring. No column can have
// it: a name ends at 63 bytes, and this one has a line break.
func joinedName(s subject) string {
	return fmt.Sprintf("\nsubject %d.%s", len(s.joins), s.column)
}

// pathName names the context field of a row on the way to the subject's own.
func pathName(step int, column string) string { return fmt.Sprintf("\npath %d.%s", step, column) }

// chooseFormat falls back to text when a field that is rewritten or read cannot be in binary.
func (p *planner) chooseFormat(t *Table) {
	read := map[int]bool{}
	for i := range t.Columns {
		for d := &t.Columns[i].Decision; d != nil; d = d.Else {
			read[i] = read[i] || d.Kind == Mask || d.When != nil // NULL is written without reading
			for _, f := range d.Args {
				read[f] = true
			}
			if d.When != nil {
				for _, f := range d.When.Fields {
					read[f] = true
				}
			}
			if d.Subject >= 0 {
				read[d.Subject] = true
			}
		}
	}
	for i := range t.Columns {
		if !read[i] || t.Columns[i].Type == nil {
			continue
		}
		if ok, why := rowcodec.Supported(t.Columns[i].Type, rowcodec.Binary); !ok && t.Format == rowcodec.Binary.String() {
			t.Format, t.Why = rowcodec.Text.String(), "text: "+why
		}
	}
	for i := range t.Columns {
		if !read[i] || t.Format != rowcodec.Text.String() || t.Columns[i].Type == nil {
			continue
		}
		if ok, why := rowcodec.Supported(t.Columns[i].Type, rowcodec.Text); !ok {
			p.problem(Problem{Table: t.Name.String(), Column: t.Columns[i].Name, Message: "it cannot be rewritten: " + why, Hint: "keep it with a reason, or leave its table out"})
		}
	}
}

// throughRoot says why a partition's rows must find their partition anew, or "".
func (p *planner) throughRoot(l *logical, leaf *catalog.Table) string {
	if leaf.Partition == nil {
		return ""
	}
	why := ""
	for at := leaf; at.Partition != nil; {
		parent := p.Catalog.Table(at.Partition.Parent)
		if parent == nil || parent.PartitionBy == nil {
			break
		}
		by := parent.PartitionBy
		names := slices.Clone(by.Uses)
		for _, n := range by.Columns {
			if n != 0 {
				names = append(names, attName(parent, n))
			}
		}
		for _, name := range names {
			r := l.columns[name]
			if r == nil {
				continue
			}
			if r.decision.Rewrites() || r.decision.When != nil {
				why = "through the root: its partition key " + name + " is masked"
				if by.Strategy != 'h' && !p.hasDefault(parent) && (r.decision.By != "undecided" || r.decision.Reason != "") {
					p.blame(r, ruleset.Position{File: r.decision.File, Line: r.decision.Line},
						"it is the partition key, and its stand-ins may leave every partition of "+parent.Name.String(),
						"add a DEFAULT partition, or keep it with a reason")
				}
			}
			if t, _ := p.base(r.column.Type, -1); by.Strategy == 'h' && why == "" && !stableHash(t) {
				why = "through the root: hash partitions of " + r.column.TypeName + " depend on the server"
			}
		}
		at = parent
	}
	return why
}

// stableHash reports whether a type hashes alike on every server: integers and uuid do,
// text depends on collation and enums on their OIDs.
func stableHash(t *catalog.Type) bool {
	return t != nil && slices.Contains([]string{"int2", "int4", "int8", "uuid"}, t.Name)
}

func (p *planner) hasDefault(parent *catalog.Table) bool {
	for i := range p.Catalog.Tables {
		if part := p.Catalog.Tables[i].Partition; part != nil && part.Parent == parent.OID && part.Default {
			return true
		}
	}
	return false
}

// pageBytes is PostgreSQL's block size.
const pageBytes = 8192

// A table up to mostBytesPlain is not truncated for FREEZE. TRUNCATE makes new files for the table, its
// TOAST and their indexes and searches the whole buffer pool for the pages of the old ones: of a thousand
// tables of 200 rows it was half of what the target did. Reading a megabyte a first time without FREEZE costs less, and
// up to wal_skip_threshold (2 MB) no log is saved either.
const mostBytesPlain = 1 << 20

// chunksOf cuts a table. A chunk's block range is contiguous with its neighbours'; the
// first begins at block 0 and the last is open: no block falls between them.
func (p *planner) chunksOf(index int, t *Table) []Chunk {
	if t.Skip != "" {
		return nil
	}
	leaf := p.Catalog.Table(t.OID)
	if leaf.AccessMethod != "" && leaf.AccessMethod != "heap" {
		p.problem(Problem{Table: t.Name.String(), Message: "its access method is " + leaf.AccessMethod + ", which is not supported", Hint: "skip it with a reason"})
		return nil
	}
	if p.Subset {
		t.Select = p.query(t, "ONLY "+t.Name.SQL()) + " WHERE r.ctid = ANY ($1)"
		return nil
	}
	t.Left = p.left(t)
	parts := 1
	// before 14 a ctid range reads the whole table each time
	if p.Jobs > 1 && p.Catalog.Database.Version >= 140000 && leaf.Pages*pageBytes > p.whole() {
		parts = int((leaf.Pages*pageBytes + p.ChunkBytes - 1) / p.ChunkBytes)
	}
	if len(t.Computes) > 0 {
		parts = 1 // the trigger that computes locks other writers out
	}
	direct := t.Into == t.Name
	t.Freeze = parts == 1 && direct && t.Bytes > mostBytesPlain
	chunks := make([]Chunk, parts)
	for i := range chunks {
		from, to := leaf.Pages*int64(i)/int64(parts), leaf.Pages*int64(i+1)/int64(parts)
		if i == parts-1 {
			to = -1
		}
		c := Chunk{Table: index, Part: i, Parts: parts, Bytes: t.Bytes / int64(parts)}
		c.Out = "COPY " + p.selection(t, from, to) + " TO STDOUT (FORMAT " + t.Format + ")"
		c.into(t)
		chunks[i] = c
	}
	return chunks
}

// unitMost is how large a table may be that is copied whole, in chunks' sizes: a failure
// repeats all of it.
const unitMost = 8

// whole is the size up to which a table is copied whole, in one transaction with FREEZE.
// Where nobody said a size, it is a worker's fair share of the database: one that is larger
// would keep a worker busy when all others have nothing left, and cutting one that is
// smaller gains nothing and loses what FREEZE saves.
func (p *planner) whole() int64 {
	if p.asked {
		return p.ChunkBytes
	}
	var all int64
	for i := range p.Catalog.Tables {
		if t := &p.Catalog.Tables[i]; t.Leaf() {
			all += t.Pages * pageBytes
		}
	}
	return min(max(all/int64(max(p.Jobs, 1)), p.ChunkBytes), unitMost*p.ChunkBytes)
}

// computing returns what makes, and what takes away again, the trigger that computes
// columns of a table while its rows go in: one pass, and no second version of any row.
// Its function lies in the session's temporary schema and is gone with the transaction.
func computing(t *Table) (before, after string) {
	var exprs, names []string
	for _, c := range t.Computes {
		exprs = append(exprs, "("+c.Expr+")")
		names = append(names, "NEW."+catalog.Quote(c.Name))
	}
	before = "CREATE FUNCTION pg_temp.understudy_compute() RETURNS trigger LANGUAGE plpgsql AS " + computeTag +
		" BEGIN SELECT " + strings.Join(exprs, ", ") + " INTO " + strings.Join(names, ", ") + " FROM (SELECT NEW.*) AS r; RETURN NEW; END " + computeTag +
		"; CREATE TRIGGER understudy_compute BEFORE INSERT ON " + t.Into.SQL() + " FOR EACH ROW EXECUTE FUNCTION pg_temp.understudy_compute()"
	return before, "DROP TRIGGER understudy_compute ON " + t.Into.SQL() + "; DROP FUNCTION pg_temp.understudy_compute()"
}

const computeTag = "$understudy_compute$"

// into fills in the statements that take the chunk's rows.
func (c *Chunk) into(t *Table) {
	c.In = "COPY " + t.Into.SQL() + written(t) + " FROM STDIN (FORMAT " + t.Format
	if t.Freeze {
		// FREEZE is only for a table that this very transaction emptied
		c.Clear = "TRUNCATE ONLY " + t.Name.SQL()
		c.In += ", FREEZE"
	}
	c.In += ")"
	if len(t.Computes) > 0 {
		var before string
		before, c.After = computing(t)
		c.Clear = strings.TrimPrefix(c.Clear+"; "+before, "; ")
	}
}

// written is the column list of COPY FROM; a table without columns has none.
func written(t *Table) string {
	var names []string
	for _, c := range t.Columns {
		if !c.Context {
			names = append(names, catalog.Quote(c.Name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// selection is what is copied out: the table's own columns, or a query where rows are
// chosen, cut or joined. It is ONLY the table's own rows in either form.
func (p *planner) selection(t *Table, from, to int64) string {
	l := p.byOID[t.OID]
	context := slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Context })
	if from == 0 && to < 0 && t.Filter == "" && !context && len(t.Columns) > 0 {
		return t.Name.SQL() + written(t)
	}
	q := "(" + p.query(t, p.rows("ONLY "+t.Name.SQL(), l, from, to))
	if exists := p.exists(l, "r", 1); exists != "" {
		q += " WHERE " + exists
	}
	return q + ")"
}

// query reads the table's fields, with those that joins bring, from rows under the alias r.
func (p *planner) query(t *Table, rows string) string {
	s := p.subjectOf(p.byOID[t.OID])
	type link struct {
		join
		left string
	}
	var fields []string
	var links []link
	for _, c := range t.Columns {
		name, joined := strings.CutPrefix(c.Name, "\n")
		if !joined {
			fields = append(fields, "r."+catalog.Quote(c.Name))
			continue
		}
		chain, name, _ := strings.Cut(name, " ")
		step, column, _ := strings.Cut(name, ".")
		n, _ := strconv.Atoi(step)
		all := s.joins
		if chain == "path" {
			all = s.path
		}
		left := "r"
		for _, j := range all[:n] {
			i := slices.Index(links, link{j, left}) // two chains share what they begin with
			if i < 0 {
				i, links = len(links), append(links, link{j, left})
			}
			left = fmt.Sprintf("s%d", i+1)
		}
		fields = append(fields, left+"."+catalog.Quote(column))
	}
	q := "SELECT " + strings.Join(fields, ", ") + " FROM " + rows + " AS r"
	for i, j := range links {
		alias := fmt.Sprintf("s%d", i+1)
		q += " LEFT JOIN " + only(j.table) + " AS " + alias + " ON " + p.equal(j.table.Column(j.key), alias, j.left+"."+catalog.Quote(j.from))
	}
	return q
}

func only(t *catalog.Table) string {
	if t.Kind == 'p' {
		return t.Name.SQL()
	}
	return "ONLY " + t.Name.SQL()
}

// rows is a table with its where and its range of blocks, as something that stands in
// FROM. The conditions stand inside, where no join can make a column ambiguous.
func (p *planner) rows(from string, l *logical, lo, hi int64) string {
	var conditions []string
	if lo > 0 {
		conditions = append(conditions, fmt.Sprintf("ctid >= '(%d,0)'::tid", lo))
	}
	if hi >= 0 {
		conditions = append(conditions, fmt.Sprintf("ctid < '(%d,0)'::tid", hi))
	}
	if l.rule != nil && l.rule.Where != "" {
		if c, err := p.condition(l.rule); err == nil {
			conditions = append(conditions, "("+c+")")
		}
	}
	if len(conditions) == 0 {
		return from
	}
	return "(SELECT * FROM " + from + " WHERE " + strings.Join(conditions, " AND ") + ")"
}

// left is the condition of the rows that are not copied, or "".
func (p *planner) left(t *Table) string {
	l := p.byOID[t.OID]
	var conditions []string
	if l.rule != nil && l.rule.Where != "" {
		if c, err := p.condition(l.rule); err == nil {
			conditions = append(conditions, "("+c+")")
		}
	}
	if exists := p.exists(l, "r", 1); exists != "" {
		conditions = append(conditions, "("+exists+")")
	}
	if len(conditions) == 0 {
		return ""
	}
	return "(" + strings.Join(conditions, " AND ") + ") IS NOT TRUE"
}

// exists is the condition that the followed table's row is copied, and so on upwards.
// A row whose key is NULL belongs to no copied row and is left out.
func (p *planner) exists(l *logical, alias string, depth int) string {
	parent := p.followed(l)
	if parent == nil {
		return ""
	}
	fk, up := p.followKey(l), fmt.Sprintf("f%d", depth)
	var conditions []string
	for i := range fk.Columns {
		conditions = append(conditions, p.equal(parent.columns[fk.RefColumns[i]].column, up, alias+"."+catalog.Quote(fk.Columns[i])))
	}
	if further := p.exists(parent, up, depth+1); further != "" {
		conditions = append(conditions, further)
	}
	return "EXISTS (SELECT 1 FROM " + p.rows(only(parent.table), parent, 0, -1) + " AS " + up + " WHERE " + strings.Join(conditions, " AND ") + ")"
}

// ledgerOf is the table's part of the ledger.
func (p *planner) ledgerOf(l *logical) report.Ledger {
	var ledger report.Ledger
	for i := range l.table.Columns {
		r := l.columns[l.table.Columns[i].Name]
		d := r.decision
		e := report.Entry{
			Schema: l.table.Name.Schema, Table: l.table.Name.Name, Column: r.column.Name, Type: r.column.TypeName,
			Decision: string(d.Kind), Reason: reasonOf(d), By: d.By, Owner: d.Owner, Until: d.Until, File: d.File, Line: d.Line,
			Kind: r.kind, Special: d.Special, Risk: p.risk(r),
		}
		if d.Spec != nil {
			e.Masker, e.Domain, e.Subject, e.Safety = d.Spec.Name, d.Spec.Domain, d.Spec.Subject, string(d.Traits.Safety)
			e.Technique, e.Drawn = d.Traits.Technique, d.Drawn()
			if e.Unique = "injective"; !d.Traits.Injective {
				e.Unique = "collision " + probability(d.Traits.Collision(l.rows))
			}
		}
		if d.When != nil {
			e.When, e.Else = d.When.Expr, string(d.Else.Kind)
			for other := d.Else; other.Else != nil; other = other.Else {
				e.Else += ", else " + string(other.Else.Kind)
			}
		}
		ledger = append(ledger, e)
	}
	return ledger
}
