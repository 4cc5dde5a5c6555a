package ruleset

import (
	"fmt"
	"time"
)

// Position is a place in a rules file. Line and Column are 1-based.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String returns "file:line:column".
func (p Position) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Rules is a rules file, version 1. Tables, domains and columns keep the order of the file.
type Rules struct {
	File      string
	Digest    string // hex SHA-256 of the file's bytes and of the packs it names
	Version   int
	Purpose   string
	Authors   []string // principals whose signatures approve nothing
	Locale    string   // default "en_US"
	Packs     []Pack   // in the order of the file
	Undecided string   // "refuse" (default) or "null"
	Domains   []Domain // by value
	Tables    []Table
	Accept    []Acceptance
	Tests     []Test
	Subset    *Subset           // nil when the rules have none
	Virtual   []VirtualKey      // in the order of the file
	Large     *Keep             // large_objects: {keep: why} or nil: refuse when there are any; Skip is {skip: why}
	Roles     map[string]string // roles: role of the source's policies and grants → role of the target
	Hooks     []Hook            // in the order in which they run; read by Load
	Schemas   []*SchemaFile     // those that the actions name; read by Load
}

// Domain is a named scope of equality with its masker.
type Domain struct {
	Position
	Name   string
	Action Action // Kind is Mask
}

// Table is the rules of one table.
type Table struct {
	Position
	Schema, Name string
	Skip         string // reason; the table is there, its rows are not copied
	Preserve     bool   // preserve: its rows are those of the old staging, and Skip says why; the source need not have it
	Where        string // condition
	Follow       string // "schema.table" of the parent whose copied rows decide, without quotes
	Subject      string // column
	Quasi        []Quasi
	Columns      []Column
	Keep         []Keep
	States       []State
}

// State is a situation that made-up rows of the table have to contain; a copy of real
// rows has no use for it.
type State struct {
	Position
	Each    string            // a column: one row for each value that it may have
	Set     map[string]string // values of columns; "null" is NULL
	Without string            // "schema.table", without quotes: no row there refers to these
	Rows    int64             // how many; 1 by default
}

// Quasi is one column of a table's quasi-identifiers: what together can single a person out.
type Quasi struct {
	Position
	Column string
}

// Hook is a file of SQL that runs in the incoming database before it is inspected.
type Hook struct {
	Position
	Name string // as the rules write it: a path from the rules' folder
	SQL  string
}

// Column is the rule of one column.
type Column struct {
	Position
	Name   string
	Action Action
}

// Kind is what an action does.
type Kind string

// The kinds of action.
const (
	KindMask   Kind = "mask"
	KindDomain Kind = "domain"
	KindKeep   Kind = "keep"
	KindNull   Kind = "null"

	KindCompute Kind = "compute" // by the target
)

// Action is what a rule does to a value. Which fields are set depends on Kind.
type Action struct {
	Position
	Kind    Kind
	Mask    string         // KindMask: the masker's registry name
	Domain  string         // KindDomain: the domain; or KindMask with a domain named beside the masker
	From    string         // "subject" or empty
	Params  map[string]any // string, bool, float64, []any, map[string]any; a {column: name} value is a ColumnRef
	Paths   []Path         // of documents
	Rest    *Rest          // of documents
	Schema  *SchemaFile    // json: what is written has to validate against it; nil is anything
	How     *Rest          // text: replace, scan, scrub
	Keep    *Keep          // KindKeep
	Why     string         // KindNull: the reason; empty when the rule gives none
	Compute string         // KindCompute: an SQL expression
	When    string         // CEL; empty is always
	Else    *Action        // set when When is
}

// SchemaFile is a JSON Schema that a rule names.
type SchemaFile struct {
	Position
	Name string // its path from the rules' folder
	Text string // read by Load
}

// ColumnRef is a parameter whose value is a column of the row.
type ColumnRef struct{ Column string }

// Path is the rule of one place in a document.
type Path struct {
	Position
	Path   string
	Action Action
}

// Rest says what happens to the places that no path names, and why.
type Rest struct {
	Position
	Mode string // scan, keep, null, refuse; for How: replace, scan, scrub
	Why  string
}

// Keep is one reason to keep columns.
type Keep struct {
	Position
	Why     string
	Columns []string // empty on a single column's {keep: why}
	Owner   string
	Until   time.Time // zero is forever; past is a finding of check and a refusal of copy
	Skip    bool      // large_objects only
}

// Acceptance is a finding that a person has agreed to.
type Acceptance struct {
	Position
	Code    string
	Column  string // schema.table.column, without quotes
	Pattern string // regular expression over the value; empty accepts any value of the column
	Max     int64  // accepts at most this many; 0 is any number
	Why     string
	Owner   string
	Until   time.Time
}

// Test is a test that the rules carry, run under the published test key.
type Test struct {
	Position
	Table  string         // schema.table, without quotes
	Row    map[string]any // nil, string, bool, float64, []any, map[string]any; a number that float64 would change is its text
	Expect map[string]Expect
}

// Expect is what a test wants of one column.
type Expect struct {
	Position
	Matches     string
	NotContains string
	Differs     *bool
	Equals      *string
	Null        *bool
}

// Pack is a shipped set of decisions by kind of column.
type Pack struct {
	Position
	Name    string
	Version int
	Kinds   []PackKind
}

// PackKind is what a pack does with columns that classification calls Kind.
type PackKind struct {
	Position
	Kind   string
	Action Action
}

// Problem is one thing that is wrong with a rules file.
type Problem struct {
	Position
	Message string
	Hint    string
}

// Problems is every problem found, in the order of the file. It is an error.
type Problems []Problem

// Error lists one problem a line as "file:line:column: message (hint)".
func (p Problems) Error() string {
	s := ""
	for i, q := range p {
		if i > 0 {
			s += "\n"
		}
		s += q.Position.String() + ": " + q.Message
		if q.Hint != "" {
			s += " (" + q.Hint + ")"
		}
	}
	return s
}
