package catalog

import (
	"strings"

	"github.com/understudy-db/understudy/pkg/session"
)

// Name is a schema-qualified name as the catalog stores it, unquoted.
type Name struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
}

// String returns schema.name, unquoted, as rules, logs and findings write it.
func (n Name) String() string { return n.Schema + "." + n.Name }

// SQL returns the name quoted for a statement.
func (n Name) SQL() string { return Quote(n.Schema) + "." + Quote(n.Name) }

// Quote returns an identifier in double quotes, always: no list of reserved words can be out of date.
func Quote(ident string) string { return `"` + strings.ReplaceAll(ident, `"`, `""`) + `"` }

// Literal returns a string quoted for a statement. It is for words of the rules, never for data.
func Literal(s string) string { return session.Literal(s) }

// Catalog is one database at one snapshot. Slices are sorted by name (columns by
// number), so that equal databases give equal catalogs.
type Catalog struct {
	Database    Database         `json:"database"`
	Schemas     []Schema         `json:"schemas"`
	Tables      []Table          `json:"tables"`
	Types       map[uint32]*Type `json:"types"` // by OID: all that columns use, and what those are made of
	ForeignKeys []ForeignKey     `json:"foreign_keys"`
	Sequences   []Sequence       `json:"sequences"`
	Views       []View           `json:"views"`
	Extensions  []Extension      `json:"extensions"`
	Outward     []Outward        `json:"outward"`  // objects that reach out of the database
	Volatile    []string         `json:"volatile"` // names of volatile functions, sorted: a condition may not call one
	LargeObjs   int64            `json:"large_objects"`
	Texts       []Text           `json:"-"` // what people wrote into the schema; it may hold secrets, so it is never printed

	index *index // of Tables; nil in a catalog that was put together by hand
}

// Database is the database itself.
type Database struct {
	Name       string `json:"name"`
	Version    int    `json:"version"` // server_version_num
	Encoding   string `json:"encoding"`
	Collate    string `json:"collate"`
	CType      string `json:"ctype"`
	Provider   string `json:"provider"` // c, i or b; empty before 15
	Locale     string `json:"locale"`   // ICU or builtin locale, where there is one
	Owner      string `json:"owner"`
	Bytes      int64  `json:"bytes"`
	InRecovery bool   `json:"in_recovery"`
	Superuser  bool   `json:"superuser"`                   // our role is one
	LCMonetary string `json:"lc_monetary"`                 //
	Compressed string `json:"toast_compression,omitempty"` // how large values are by default; empty before 14
}

// Schema is one namespace that is the user's.
type Schema struct {
	Name      string `json:"name"`
	Owner     string `json:"owner"`
	Extension string `json:"extension,omitempty"`
}

// Table is an ordinary or partitioned table, or a foreign one. Rows are copied
// from leaves and ordinary tables only.
type Table struct {
	OID          uint32     `json:"oid"`
	Name         Name       `json:"name"`
	Kind         byte       `json:"kind"`        // pg_class.relkind: r, p or f
	Persistence  byte       `json:"persistence"` // p or u; temporary tables are not read
	AccessMethod string     `json:"access_method"`
	Owner        string     `json:"owner"`
	Columns      []Column   `json:"columns"`
	Indexes      []Index    `json:"indexes"`
	Checks       []Check    `json:"checks"`
	Partition    *Partition `json:"partition,omitempty"` // set on a leaf or an inner node
	PartitionBy  *Strategy  `json:"partition_by,omitempty"`
	Inherits     []uint32   `json:"inherits,omitempty"` // plain inheritance: parents' OIDs
	Children     bool       `json:"children,omitempty"` // plain inheritance: others inherit from it
	Rows         int64      `json:"rows"`               // reltuples; -1 is never analysed
	Pages        int64      `json:"pages"`              // the main fork's real size in blocks
	Bytes        int64      `json:"bytes"`              // heap and TOAST
	Filenode     uint32     `json:"filenode"`           // pg_relation_filenode: a rewrite changes it
	RowSecurity  bool       `json:"row_security"`
	Readable     bool       `json:"readable"`             // has_table_privilege SELECT on every column
	Extension    string     `json:"extension,omitempty"`  // owned by it
	ExtConfig    bool       `json:"ext_config,omitempty"` // a configuration table of it (pg_extension.extconfig)
	Comment      string     `json:"comment,omitempty"`
}

// Column is one live column; dropped ones are not read.
type Column struct {
	Num        int16  `json:"num"`
	Name       string `json:"name"`
	Type       uint32 `json:"type"`      // key of Catalog.Types
	TypMod     int32  `json:"typmod"`    // -1 is none
	TypeName   string `json:"type_name"` // format_type
	NotNull    bool   `json:"not_null"`
	Default    string `json:"default,omitempty"`   // expression
	Generated  bool   `json:"generated,omitempty"` // stored or virtual: never copied
	Identity   byte   `json:"identity,omitempty"`  // a or d; 0 is none
	FoldedCase bool   `json:"folded,omitempty"`    // nondeterministic collation
	Collation  string `json:"collation,omitempty"`
	Comment    string `json:"comment,omitempty"`
}

// Type is a type that columns use, or a part of one.
type Type struct {
	OID      uint32      `json:"oid"`
	Schema   string      `json:"schema"`
	Name     string      `json:"name"`                // typname
	Kind     byte        `json:"kind"`                // b base, c composite, d domain, e enum, r range, m multirange, p pseudo; arrays are 'a'
	Elem     uint32      `json:"elem,omitempty"`      // of an array, a range (subtype), a multirange (its range), or a domain (base type)
	TypMod   int32       `json:"typmod"`              // of a domain over its base; -1 is none
	Fields   []TypeField `json:"fields,omitempty"`    // of a composite
	Labels   []string    `json:"labels,omitempty"`    // of an enum, in order
	Binary   bool        `json:"binary"`              // has typsend and typreceive
	Delim    byte        `json:"delim"`               // typdelim, ',' nearly always
	Category byte        `json:"category"`            // typcategory
	Ext      string      `json:"extension,omitempty"` // extension that owns it
	Checks   []string    `json:"checks,omitempty"`    // a domain's constraints
	Default  string      `json:"default,omitempty"`
}

// TypeField is one attribute of a composite type.
type TypeField struct {
	Name   string `json:"name"`
	Type   uint32 `json:"type"`
	TypMod int32  `json:"typmod"`
}

// Index is an index of a table. Columns holds attribute numbers, 0 for an expression.
type Index struct {
	Name      string   `json:"name"`
	Unique    bool     `json:"unique"`
	Primary   bool     `json:"primary"`
	Exclusion bool     `json:"exclusion"`           // also a key WITHOUT OVERLAPS
	Columns   []int16  `json:"columns"`             // key columns only, without INCLUDE
	Operators []string `json:"operators,omitempty"` // of an exclusion constraint, or a key WITHOUT OVERLAPS: that of each column
	Partial   bool     `json:"partial"`
	Def       string   `json:"def"` // pg_get_indexdef
	Bytes     int64    `json:"bytes"`
}

// Check is a CHECK constraint.
type Check struct {
	Name string `json:"name"`
	Def  string `json:"def"`
}

// Partition says where a partition hangs.
type Partition struct {
	Parent  uint32 `json:"parent"` // OID
	Root    uint32 `json:"root"`   // OID of the topmost table
	Bound   string `json:"bound"`
	Default bool   `json:"default"`
}

// Strategy is a partitioned table's key.
type Strategy struct {
	Strategy byte     `json:"strategy"`          // l list, r range, h hash
	Columns  []int16  `json:"columns"`           // 0 for an expression
	Uses     []string `json:"uses,omitempty"`    // columns that the expressions use
	Collates []string `json:"collate,omitempty"` // collations of text keys
}

// ForeignKey is one constraint; the copies that partitions inherit are left out.
type ForeignKey struct {
	Name       string   `json:"name"`
	Table      uint32   `json:"table"`
	Columns    []string `json:"columns"`
	RefTable   uint32   `json:"ref_table"`
	RefColumns []string `json:"ref_columns"`
	MatchFull  bool     `json:"match_full"`
	Period     bool     `json:"period,omitempty"` // PERIOD: the last column lies within those of the referenced rows, and need not be equal
	Validated  bool     `json:"validated"`
	Virtual    bool     `json:"virtual,omitempty"` // declared by the rules; the catalog has none
}

// Sequence is a sequence with its state at the snapshot's reading.
type Sequence struct {
	Name      Name   `json:"name"`
	Last      int64  `json:"last"`
	Called    bool   `json:"called"` // is_called
	Increment int64  `json:"increment"`
	Max       int64  `json:"max"`
	Min       int64  `json:"min"`
	OwnerTab  uint32 `json:"owner_table,omitempty"` // OID of the table whose column owns or uses it
	OwnerCol  string `json:"owner_column,omitempty"`
	Readable  bool   `json:"readable"`
	Extension string `json:"extension,omitempty"`
}

// View is a view or materialised view; plain ones come first, materialised ones in the order of their dependencies.
type View struct {
	Name         Name   `json:"name"`
	Materialised bool   `json:"materialised"`
	Populated    bool   `json:"populated"`
	Foreign      bool   `json:"foreign"` // reaches a foreign table, through whatever depth
	Def          string `json:"def"`
	Extension    string `json:"extension,omitempty"`
}

// Extension is an installed extension.
type Extension struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Schema  string `json:"schema"`
}

// Text is a text of the schema beside those of tables, columns, types and views.
type Text struct {
	Kind string // function, comment, policy, trigger or rule
	Name string // of what it belongs to
	Text string
}

// Outward is an object of the schema that reaches out of the database. Nothing of its options is kept: they may hold passwords.
type Outward struct {
	// Kind is "subscription", "publication", "foreign server", "user mapping", "foreign table", "event trigger",
	// "cron job", "dblink function", "http function", "program function" (COPY … PROGRAM) or "untrusted function".
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// Column returns the column with this name, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Leaf reports whether rows lie in this very table (r), not in its partitions.
func (t *Table) Leaf() bool { return t.Kind == 'r' }
