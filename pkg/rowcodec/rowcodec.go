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
	Kind   Kind    // 0 is Base
	Elem   *Type   // of an array or range its element, of a multirange its range
	Fields []*Type // of a composite
	Delim  byte    // of an array's element type in text form; 0 is ','
}

// Verdict is what a Rewriter wants done with a value.
type Verdict uint8

// The verdicts. The zero value is none of them: forgetting one is an error.
const (
	Replace Verdict = iota + 1 // write what was appended
	Null                       // write NULL; a range's bound becomes infinite
	Keep                       // write the original's bytes: only for a decision of the plan
)

// Rewriter decides one field. value is canonical text, never NULL but perhaps empty;
// an array's Rewriter is called once for each element that is not NULL, a composite's
// for each field, a range's for each finite bound. dst is empty: the Rewriter appends
// to it and keeps neither slice. An error ends the stream.
//
// The bounds of a range are put in order again when a Rewriter has exchanged them, if
// the element is a number, a date or a timestamp; other ranges are the Rewriter's to keep in order.
type Rewriter interface {
	Rewrite(dst, value []byte, row *Row) ([]byte, Verdict, error)
}

// Field is one column of the COPY stream, in order.
type Field struct {
	Type    *Type
	Rewrite Rewriter // nil copies the field as it is
	Skip    bool     // read for others (Row.Text) and not written; Rewrite is not asked
	Null    bool     // written as NULL, whatever the type; Rewrite is not asked
}

// Sink takes full blocks and gives empty ones. A Decoder starts with Next(nil), at
// its first row, and appends to what it gets: the length should be 0, the capacity
// is the size at which a block counts as full. A value that is rewritten and larger than
// a block makes that block grow; what is copied as it is goes on in the next one, in
// binary form in the middle of a row as well. [Decoder.Close] hands the last block over unless it is
// empty, and drops what Next answers then. An error ends the stream.
type Sink interface {
	Next(full []byte) (empty []byte, err error)
}
