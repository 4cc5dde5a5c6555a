package rowcodec

// Format is the form of a COPY stream.
type Format uint8

// The formats.
const (
	Binary Format = iota
	Text
)

// String returns the word that COPY uses.
func (f Format) String() string {
	if f == Text {
		return "text"
	}
	return "binary"
}

// Kind is how a type is built.
type Kind byte

// The kinds of type.
const (
	Base       Kind = 'b'
	Array      Kind = 'a'
	Composite  Kind = 'c'
	Enum       Kind = 'e'
	Range      Kind = 'r'
	Multirange Kind = 'm'
)

// Type is a column's type as the wire sees it. Domains are resolved to their base
// by the caller.
type Type struct {
	Name   string  // pg_type.typname of a base type: "int4", "timestamptz"; extension types by name: "citext", "hstore"
	OID    uint32  // of the type itself
	Kind   Kind    //
	Elem   *Type   // of an array, range or multirange
	Fields []*Type // of a composite
	Delim  byte    // of an array's element type in text form; 0 is ','
}

// Verdict is what a Rewriter wants done with a value.
type Verdict uint8

// The verdicts. The zero value is none of them: forgetting one is an error.
const (
	Replace Verdict = iota + 1 // write what was appended
	Null                       // write NULL
	Keep                       // write the original's bytes: only for a decision of the plan
)

// Rewriter decides one field. value is canonical text, never NULL; an array's
// Rewriter is called once for each element that is not NULL. It appends to dst and
// keeps neither slice. An error ends the stream.
type Rewriter interface {
	Rewrite(dst, value []byte, row *Row) ([]byte, Verdict, error)
}

// Field is one column of the COPY stream, in order.
type Field struct {
	Type    *Type
	Rewrite Rewriter // nil copies the field as it is
	Skip    bool     // read for others (Row.Text) and not written
}

// Sink takes full blocks and gives empty ones. A Decoder starts with Next(nil).
type Sink interface {
	Next(full []byte) (empty []byte, err error)
}
