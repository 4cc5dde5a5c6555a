package rowcodec

import "bytes"

// maxDepth bounds how deep types nest; PostgreSQL itself has no type that contains itself.
const maxDepth = 32

// firstUserOID is where OIDs of types that do not ship with the server start.
const firstUserOID = 16384

// codec turns a base type's binary form into canonical text and back. Both functions
// append to dst.
type codec struct {
	text  func(dst, wire []byte) ([]byte, error)
	wire  func(dst, text []byte) ([]byte, error)
	plain bool                    // the binary form is the canonical text
	order func(a, b []byte) int   // of two wire forms; nil where a range is not put in order
	check func(text []byte) error // plain only: is this text of the type
	blank bool                    // blanks at the end are padding and mean nothing
	hex   bool                    // bytea: the text form is hex of the canonical bytes
}

// node is a type bound for one column, with its scratch space. Every column has its
// own, because a Rewriter may ask for another column's text in the middle of one.
type node struct {
	typ    *Type
	format Format
	kind   Kind
	codec  *codec // of a leaf; nil when its canonical text is not known here
	delim  byte
	elems  []*node
	reason string // why it cannot be rewritten, and in binary form not read either; empty when it can

	out  []byte // what the Rewriter appended
	wire []byte // to check a stand-in that is written as text
	lit  []byte // an element without its quotes
	sub  []byte // an element's text before it is quoted
	ends [2]end // a range's bounds
}

// end is one bound of a range while it is being rewritten.
type end struct {
	orig, out, wire []byte
	has             bool
}

// Supported reports whether a field of type t can be rewritten in format f, and if
// not, why. In text form every base type can be; in binary form those with a codec
// here, and arrays, composites, ranges and multiranges of them.
func Supported(t *Type, f Format) (ok bool, reason string) {
	n := compile(t, f, 0)
	return n.reason == "", n.reason
}

func compile(t *Type, f Format, depth int) *node {
	n := &node{typ: t, format: f, kind: Base, delim: ','}
	if t == nil {
		n.reason = "its type is not known"
		return n
	}
	if depth > maxDepth {
		n.reason = "its type nests too deep"
		return n
	}
	if t.Kind != 0 {
		n.kind = t.Kind
	}
	if t.Delim != 0 {
		n.delim = t.Delim
	}
	switch n.kind {
	case Base:
		n.codec = lookup(t)
		if n.codec == nil && f == Binary {
			n.reason = "the binary form of " + n.name() + " is not known"
		}
	case Enum:
		n.codec = &textCodec
	case Array, Range:
		n.add(t.Elem, depth)
	case Multirange:
		elem := t.Elem
		if elem != nil && elem.Kind != Range {
			elem = &Type{Name: "range of " + elem.Name, Kind: Range, Elem: elem}
		}
		n.add(elem, depth)
	case Composite:
		for _, field := range t.Fields {
			n.add(field, depth)
		}
	default:
		n.reason = "its kind of type is not known"
	}
	return n
}

func (n *node) add(t *Type, depth int) {
	child := compile(t, n.format, depth+1)
	if n.reason == "" {
		n.reason = child.reason
	}
	n.elems = append(n.elems, child)
}

// lookup returns the codec of a base type. A type that somebody made and called like a
// built-in one is not taken for it.
func lookup(t *Type) *codec {
	if c, ok := builtin[t.Name]; ok && t.OID < firstUserOID {
		return c
	}
	if c, ok := contributed[t.Name]; ok && (t.OID == 0 || t.OID >= firstUserOID) {
		return c
	}
	return nil
}

func (n *node) name() string {
	if n.typ == nil {
		return "unknown type"
	}
	return n.typ.Name
}

func (n *node) leaf() bool { return n.kind == Base || n.kind == Enum }

// plain reports whether the binary form is the canonical text.
func (n *node) plain() bool { return n.leaf() && n.codec != nil && n.codec.plain }

func (n *node) isBytea() bool { return n.codec != nil && n.codec.hex }

// trimmed is the canonical text of a value: char(5) sends "ab   ", and the same value is
// "ab" in the text column that it is joined with.
func (n *node) trimmed(value []byte) []byte {
	if n.codec != nil && n.codec.blank {
		return bytes.TrimRight(value, " ")
	}
	return value
}

// ask gives value to the Rewriter. What it appended is in n.out until the next call.
func (n *node) ask(value []byte, rw Rewriter, row *Row) (Verdict, error) {
	value = n.trimmed(value)
	out, verdict, err := rw.Rewrite(n.out[:0], value, row)
	if err != nil {
		return 0, err
	}
	if verdict < Replace || verdict > Keep {
		return 0, errVerdict
	}
	if out != nil || verdict == Replace {
		n.out = out
	}
	return verdict, nil
}

// appendWire appends the wire form of canonical text.
func (n *node) appendWire(dst, text []byte) ([]byte, error) {
	if n.codec.plain {
		if n.codec.check != nil {
			if err := n.codec.check(text); err != nil {
				return nil, err
			}
		}
		return append(dst, text...), nil
	}
	return n.codec.wire(dst, text)
}

// leafBinary asks for the stand-in of value and appends its wire form.
func (n *node) leafBinary(dst, value []byte, rw Rewriter, row *Row) ([]byte, Verdict, error) {
	verdict, err := n.ask(value, rw, row)
	if err != nil || verdict != Replace {
		return dst, verdict, err
	}
	dst, err = n.appendWire(dst, n.out)
	return dst, verdict, err
}

// leafText is leafBinary for the text form. What has a codec is checked by it, so that
// an invalid stand-in is named here and not by the server, whose message would hold it.
func (n *node) leafText(dst, text []byte, rw Rewriter, row *Row) ([]byte, Verdict, error) {
	value := text
	var err error
	if n.isBytea() {
		n.lit, err = unhexBytea(n.lit[:0], text)
		value = n.lit
	}
	if err != nil {
		return nil, 0, err
	}
	verdict, err := n.ask(value, rw, row)
	if err != nil || verdict != Replace {
		return dst, verdict, err
	}
	switch {
	case n.isBytea():
		return appendHexBytea(dst, n.out), verdict, nil
	case n.codec == nil:
		err = checkText(n.out)
	case n.codec.plain:
		if n.codec.check != nil {
			err = n.codec.check(n.out)
		}
	default:
		var wire []byte
		if wire, err = n.codec.wire(n.wire[:0], n.out); err == nil {
			n.wire = wire
		}
	}
	return append(dst, n.out...), verdict, err
}
