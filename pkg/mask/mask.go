package mask

// A Masker appends the stand-in for in to dst and returns the extended slice. It
// is used by one goroutine at a time and keeps nothing of in. An error means that
// no stand-in could be made; it never holds the value, and the row is not written.
type Masker interface {
	Mask(dst []byte, in Input) ([]byte, error)
}

// Input is what a masker sees of one row.
type Input struct {
	Value   []byte   // canonical text; never NULL and never empty: the caller keeps those as they are
	Subject []byte   // canonical text of the subject's key; nil when the rule is by value or the subject is NULL
	Args    [][]byte // values of the columns that Spec.Args names, in that order; nil is NULL
}

// Class is the family of a column's type, as far as maskers care.
type Class string

// The classes. A domain has the class of its base type; an array's, range's or
// composite's rule applies to its elements and is checked against theirs.
const (
	ClassText      Class = "text"    // text, varchar, char, citext, name
	ClassInteger   Class = "integer" // int2, int4, int8
	ClassNumeric   Class = "numeric"
	ClassFloat     Class = "float"
	ClassBool      Class = "bool"
	ClassUUID      Class = "uuid"
	ClassDate      Class = "date"
	ClassTimestamp Class = "timestamp" // with and without time zone
	ClassTime      Class = "time"
	ClassInet      Class = "inet" // inet and cidr
	ClassMAC       Class = "macaddr"
	ClassJSON      Class = "json" // json and jsonb
	ClassXML       Class = "xml"
	ClassHstore    Class = "hstore"
	ClassBytes     Class = "bytea" // canonical text is the bytes themselves
	ClassEnum      Class = "enum"
	ClassOther     Class = "other" // only null, constant and keep fit
)

// Column is the shape that a stand-in must fit.
type Column struct {
	Class    Class    `json:"class"`
	TypeName string   `json:"type"`                // as format_type prints it: "character varying(20)"
	MaxChars int      `json:"max_chars,omitempty"` // varchar(n) and char(n); 0 is unlimited
	Bits     int      `json:"bits,omitempty"`      // 16, 32 or 64 for integers
	Digits   int      `json:"digits,omitempty"`    // numeric(p,s): p; 0 is unlimited
	Scale    int      `json:"scale,omitempty"`     // numeric(p,s): s
	Folded   bool     `json:"folded,omitempty"`    // citext or a case-insensitive collation: equality ignores case
	Unique   bool     `json:"unique,omitempty"`    // a unique index covers it, alone
	NotNull  bool     `json:"not_null,omitempty"`  //
	Rows     int64    `json:"rows,omitempty"`      // estimate
	Labels   []string `json:"labels,omitempty"`    // an enum's labels
}

// Spec says which stand-ins a column gets. It is plain data: a plan holds it and
// a worker binds it with [New].
type Spec struct {
	Name    string         `json:"mask"`              // registry name
	Params  map[string]any `json:"params,omitempty"`  // string, bool, float64, []any or map[string]any
	Args    []string       `json:"args,omitempty"`    // parameters whose value is a column of the row, in the order of Input.Args
	Domain  string         `json:"domain"`            // scope in which the same value has the same stand-in
	Subject string         `json:"subject,omitempty"` // the subject's domain when the rule says "from: subject"
	Locale  string         `json:"locale,omitempty"`  // "en_GB"
	Column  Column         `json:"column"`
	Paths   []PathSpec     `json:"paths,omitempty"`  // of documents
	Rest    string         `json:"rest,omitempty"`   // of documents: scan, keep, null or refuse
	How     string         `json:"how,omitempty"`    // text: replace, scan or scrub
	Schema  string         `json:"schema,omitempty"` // json: the text of the JSON Schema that what is written has to validate against
}

// PathSpec is the masker of one place in a document. An empty Spec.Name keeps, with a reason in the rules.
type PathSpec struct {
	Path string `json:"path"`
	Spec Spec   `json:"spec"`
}

// Safety says how certain it is that a stand-in reaches nobody.
type Safety string

// The safeties, from the surest to the least. NotContact is for what cannot reach anybody (a name, a date).
const (
	Reserved    Safety = "reserved"     // set aside by a published source
	Unassigned  Safety = "unassigned"   // no number plan or register uses it, by a dated source
	NeverIssued Safety = "never-issued" // a part or the check digit is impossible
	Valid       Safety = "valid"        // checksum right, may be real
	NotContact  Safety = "not-contact"
)

// Traits is what a Spec's stand-ins are like; known before any key or row.
type Traits struct {
	Safety    Safety   `json:"safety"`
	Injective bool     `json:"injective"`          // two different inputs never share a stand-in
	Capacity  float64  `json:"capacity,omitempty"` // how many different stand-ins there are; 0 with Injective false is 1
	Keeps     []string `json:"keeps,omitempty"`    // features of the original that survive: "length", "case", "country"
	Technique string   `json:"technique"`          // ISO/IEC 20889 class: "pseudonymization", "suppression", "generalization", "randomization"
	ClassA    bool     `json:"class_a"`            // an identifier whose stand-ins cannot be issued values
}

// Collision returns the probability, at most 1, that any two of n different
// values share a stand-in: 0 when injective, else the birthday bound n²/2C.
func (t Traits) Collision(n int64) float64 {
	if t.Injective || n < 2 {
		return 0
	}
	if t.Capacity < 1 {
		return 1
	}
	return min(1, float64(n)*float64(n-1)/2/t.Capacity)
}

// Type is the type of a parameter.
type Type string

// The parameter types.
const (
	String   Type = "string"
	Int      Type = "int"
	Number   Type = "number"
	Bool     Type = "bool"
	Duration Type = "duration" // "30d", "12h"
	List     Type = "list"
	Map      Type = "map"
	Scalar   Type = "scalar" // a string, a number, true or false
)

// Param documents one parameter of a masker.
type Param struct {
	Name    string   `json:"name"`
	Type    Type     `json:"type"`
	Default string   `json:"default,omitempty"`
	Allowed []string `json:"allowed,omitempty"` // the closed set of values, when there is one
	Column  bool     `json:"column,omitempty"`  // may be {column: name}: taken from the row
	Summary string   `json:"summary"`
}

// Info documents a masker: `understudy show maskers` prints it.
type Info struct {
	Name    string  `json:"name"`
	Summary string  `json:"summary"`
	Classes []Class `json:"classes"` // of the columns it takes
	Params  []Param `json:"params,omitempty"`
	Subject bool    `json:"subject"` // takes "from: subject"
	Example string  `json:"example"` // one line of rules
}

// NullName is the name of a PathSpec's Spec that makes the place null.
const NullName = "null"
