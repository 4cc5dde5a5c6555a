package plan

import (
	"cmp"
	"slices"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// Kind is what happens to one column.
type Kind string

// The decisions.
const (
	Keep      Kind = "keep"
	Mask      Kind = "mask"
	Null      Kind = "null"
	Skip      Kind = "skip"      // its table's rows are not copied
	Generated Kind = "generated" // the target computes it
)

// Plan is what a run will do. It is plain data: two plans of equal rules and
// catalogs are equal.
type Plan struct {
	Tables    []Table          `json:"tables"` // largest first; every table that holds rows itself
	Chunks    []Chunk          `json:"chunks"` // largest first
	Sequences []Sequence       `json:"sequences"`
	Views     []catalog.Name   `json:"views"` // materialised views to refresh, in dependency order
	Ledger    report.Ledger    `json:"ledger"`
	Findings  []report.Finding `json:"findings"`
	Quasi     []Quasi          `json:"quasi"`
	Subset    *Subset          `json:"subset,omitempty"` // how its rows are found; the chunks come with [Plan.Choose]
}

// Quasi names the columns of a table that together can single a person out.
type Quasi struct {
	Table   catalog.Name `json:"table"`
	Columns []string     `json:"columns"`
}

// Table is one table that holds rows, with the columns of its COPY.
type Table struct {
	OID      uint32       `json:"oid"`
	Name     catalog.Name `json:"name"`
	Root     catalog.Name `json:"root"`               // the partitioned table whose rules it takes, else Name
	Skip     string       `json:"skip,omitempty"`     // why its rows are not copied
	Filter   string       `json:"filter,omitempty"`   // where or follow, as the rules say it
	Left     string       `json:"left,omitempty"`     // SQL, over the row r: what holds of the rows that Filter leaves out
	Columns  []Column     `json:"columns"`            // fields of the stream; context columns come last
	Format   string       `json:"format"`             // binary or text
	Why      string       `json:"why,omitempty"`      // why text, why through the root
	Into     catalog.Name `json:"into"`               // where rows go in: itself, or its root
	Freeze   bool         `json:"freeze"`             // one stream, one transaction: TRUNCATE and COPY … FREEZE
	Computes []Computed   `json:"computes,omitempty"` // columns that the target computes while rows go in
	Raw      bool         `json:"raw"`                // nothing to rewrite: bytes pass as they come
	Rows     int64        `json:"rows"`               // estimate
	Bytes    int64        `json:"bytes"`              // size on the source
	Select   string       `json:"select,omitempty"`   // in a subset: the rows at the addresses in $1
}

// Computed is a column that is in no stream: the target computes it of the row.
type Computed struct {
	Name string `json:"name"`
	Expr string `json:"expr"` // SQL, over the row's columns
}

// Column is one field of a table's COPY stream.
type Column struct {
	Name     string         `json:"name"`
	Type     *rowcodec.Type `json:"type"`
	Context  bool           `json:"context,omitempty"` // read for other columns and not written
	Decision Decision       `json:"decision"`
}

// Decision says what happens to the values of one column.
type Decision struct {
	Kind    Kind        `json:"kind"`
	Spec    *mask.Spec  `json:"spec,omitempty"`   // Mask
	Traits  mask.Traits `json:"traits,omitzero"`  // Mask
	Subject int         `json:"subject"`          // field that holds the subject's key; -1 is by value
	Args    []int       `json:"args,omitempty"`   // fields that Spec's arguments name, in Input.Args' order
	When    *Condition  `json:"when,omitempty"`   //
	Else    *Decision   `json:"else,omitempty"`   // set when When is
	Reason  string      `json:"reason,omitempty"` //
	By      string      `json:"by,omitempty"`     // rule, keep list, foreign key, pack, undecided, table, preserve, catalog
	Owner   string      `json:"owner,omitempty"`
	Until   string      `json:"until,omitempty"`
	File    string      `json:"file,omitempty"`
	Line    int         `json:"line,omitempty"`
	compute string      // SQL of a Generated decision that the rules made
	Special bool        `json:"special,omitempty"`
	refs    []ref       // columns that Args will point to, in Input.Args' order
	persona bool        // it, or a place in its documents, draws from the subject
}

// Condition is a "when:" with the fields that it reads.
type Condition struct {
	Expr    string            `json:"expr"`
	Classes map[string]string `json:"classes"` // of every column it may use
	Fields  []int             `json:"fields"`  // in the order of the compiled condition's Columns
}

// Rewrites reports whether the column's bytes may change on the way.
func (d Decision) Rewrites() bool { return d.Kind == Mask || d.Kind == Null }

// Sequence is a sequence to be set. Column names a masked integer key whose
// largest written value the sequence must not meet.
type Sequence struct {
	Name   catalog.Name `json:"name"`
	Last   int64        `json:"last"`
	Called bool         `json:"called"`
	Table  catalog.Name `json:"table,omitzero"`
	Column string       `json:"column,omitempty"`
}

// Input is what a plan is made of.
type Input struct {
	Rules         *ruleset.Rules
	Catalog       *catalog.Catalog
	SnapshotTime  string // timestamptz literal in ISO form: now() in conditions
	TargetVersion int    // server_version_num; 0 is the source's
	Jobs          int    // workers; 1 or less makes no chunks
	ChunkBytes    int64  // tables above it are cut into chunks of about this size; 0 is DefaultChunkBytes, and cuts only where workers gain from it
	Subset        bool   // only the rows that the rules' subset says
}

// DefaultChunkBytes is the size of a chunk. A table that is cut gives up FREEZE for
// several streams: what FREEZE saves is a constant share, what a second stream saves
// grows with the table, and a failed chunk costs no more than this to repeat.
const DefaultChunkBytes = 512 << 20

// Make returns the plan, or a Misfit that lists everything that does not fit.
func Make(in Input) (*Plan, error) {
	p := newPlanner(in)
	p.matchRules()
	p.matchVirtual()
	p.decideAll()
	p.checkKeys()
	p.checkUnique()
	p.checkFilters()
	p.checkLargeObjects()
	plan := p.assemble()
	if in.Subset {
		plan.Subset = p.subset()
	}
	if p.misfit() {
		return nil, p.problems()
	}
	return plan, nil
}

// logical is a table as the rules see it: a partitioned root with its leaves
// folded in, or a table by itself.
type logical struct {
	table   *catalog.Table
	rule    *ruleset.Table // nil when no rule names it
	leaves  []*catalog.Table
	columns map[string]*resolved
	rows    int64
	parent  *logical // of plain inheritance, the first one
}

// resolved is a column's decision while the plan is being made.
type resolved struct {
	owner     *logical
	column    *catalog.Column
	decision  Decision
	state     int // 0 untouched, 1 in work, 2 done
	kind      string
	because   string
	personal  bool
	suspected bool   // it may be, or says little
	awaits    string // the column that its foreign key points to, which is undecided as well
}

type planner struct {
	Input
	asked    bool // for a size of chunks
	tables   []*logical
	byOID    map[uint32]*logical // leaves map to their root's
	byName   map[catalog.Name]*logical
	keysOf   map[uint32][]catalog.ForeignKey // by referencing table (root)
	keysTo   map[uint32][]catalog.ForeignKey // by referenced table (root)
	virtual  []virtualKey
	trouble  []Problem
	open     []Undecided
	findings []report.Finding
}

func newPlanner(in Input) *planner {
	asked := in.ChunkBytes > 0
	if !asked {
		in.ChunkBytes = DefaultChunkBytes
	}
	if in.TargetVersion == 0 {
		in.TargetVersion = in.Catalog.Database.Version
	}
	p := &planner{
		Input:  in,
		asked:  asked,
		byOID:  map[uint32]*logical{},
		byName: map[catalog.Name]*logical{},
		keysOf: map[uint32][]catalog.ForeignKey{},
		keysTo: map[uint32][]catalog.ForeignKey{},
	}
	c := in.Catalog
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Extension != "" || t.Kind == 'f' || t.Partition != nil {
			continue
		}
		l := &logical{table: t, columns: map[string]*resolved{}}
		for k := range t.Columns {
			l.columns[t.Columns[k].Name] = &resolved{owner: l, column: &t.Columns[k]}
		}
		p.tables = append(p.tables, l)
		p.byOID[t.OID] = l
		p.byName[t.Name] = l
		if t.Leaf() {
			l.leaves = append(l.leaves, t)
		}
	}
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Partition == nil || t.Extension != "" {
			continue
		}
		if l := p.byOID[t.Partition.Root]; l != nil {
			p.byOID[t.OID] = l
			if t.Leaf() {
				l.leaves = append(l.leaves, t)
			}
		}
	}
	for _, l := range p.tables {
		for _, leaf := range l.leaves {
			l.rows += estimateRows(leaf)
		}
		for _, oid := range l.table.Inherits {
			if l.parent = p.byOID[oid]; l.parent != nil {
				break
			}
		}
	}
	for _, fk := range c.ForeignKeys {
		from, to := p.byOID[fk.Table], p.byOID[fk.RefTable]
		if from == nil || to == nil {
			continue
		}
		p.keysOf[from.table.OID] = append(p.keysOf[from.table.OID], fk)
		p.keysTo[to.table.OID] = append(p.keysTo[to.table.OID], fk)
	}
	return p
}

// estimateRows is reltuples, or a guess from the size where the table was never
// analysed: 60 bytes a row, the narrowest that real tables are.
func estimateRows(t *catalog.Table) int64 {
	if t.Rows >= 0 && !(t.Rows == 0 && t.Pages > 0) {
		return t.Rows
	}
	return t.Pages * 8192 / 60
}

func (p *planner) assemble() *Plan {
	plan := &Plan{}
	p.judgeOutward()
	p.findings = append(p.findings, SchemaTexts(p.Catalog)...)
	for _, l := range p.tables {
		p.judgeKept(l)
		p.judgeAnchors(l)
		plan.Ledger = append(plan.Ledger, p.ledgerOf(l)...)
		for _, leaf := range l.leaves {
			plan.Tables = append(plan.Tables, p.tableOf(l, leaf))
		}
	}
	slices.SortStableFunc(plan.Tables, func(a, b Table) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name.String(), b.Name.String()))
	})
	for i := range plan.Tables {
		plan.Chunks = append(plan.Chunks, p.chunksOf(i, &plan.Tables[i])...)
	}
	slices.SortStableFunc(plan.Chunks, func(a, b Chunk) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for _, s := range p.Catalog.Sequences {
		if s.Extension == "" {
			plan.Sequences = append(plan.Sequences, p.sequenceOf(s))
		}
	}
	for _, v := range p.Catalog.Views {
		if v.Materialised && v.Populated && !v.Foreign && v.Extension == "" {
			plan.Views = append(plan.Views, v.Name)
		}
	}
	plan.Findings, plan.Quasi = p.findings, p.quasis()
	return plan
}

func (p *planner) sequenceOf(s catalog.Sequence) Sequence {
	out := Sequence{Name: s.Name, Last: s.Last, Called: s.Called}
	if l := p.byOID[s.OwnerTab]; l != nil {
		if r := l.columns[s.OwnerCol]; r != nil && r.decision.Kind == Mask {
			out.Table, out.Column = l.table.Name, s.OwnerCol
		}
	}
	if !s.Readable {
		p.problem(Problem{
			Table:   s.Name.String(),
			Message: "the sequence cannot be read",
			Hint:    "GRANT SELECT ON SEQUENCE " + s.Name.SQL() + " TO the role that copies",
		})
	}
	return out
}
