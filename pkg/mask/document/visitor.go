package document

import "errors"

// ErrMalformed is a document that cannot be walked to its end: not well-formed, or
// with a part that is not read, such as a DTD's own declarations.
var ErrMalformed = errors.New("document is not well-formed")

// Kind is what a leaf is.
type Kind uint8

// The kinds of leaf.
const (
	String      Kind = iota // JSON, hstore
	Number                  // JSON
	Bool                    // JSON
	Key                     // JSON: the name of a member; hstore: of a pair; HTML: a name that may be data
	Text                    // XML and HTML: characters between tags, also CDATA and scripts
	Attribute               // XML and HTML: an attribute's value
	Comment                 // XML and HTML
	Instruction             // XML: what follows the target's name; HTML: an odd document type
)

// Leaf is one value of a document.
type Leaf struct {
	Path int    // index of the path that names it, or that names what it lies in; -1 for none
	Kind Kind   //
	Text []byte // decoded: without quotes, escapes, entities and the white space around XML text; never empty
}

// Verdict is what is to be done with a leaf.
type Verdict uint8

// The verdicts. The zero value is none of them: forgetting one is an error.
const (
	Replace Verdict = iota + 1 // write what was appended
	Keep                       // leave the bytes as they are
	Null                       // JSON null, hstore's NULL, or nothing in XML and HTML; a key of JSON and hstore stays
)

// Visitor decides one leaf after the other, in the order of the document. It
// appends to dst and keeps neither dst nor leaf.Text. An error ends the walk and
// comes back from Rewrite as it is. Null and what is empty are not shown.
type Visitor interface {
	Visit(dst []byte, leaf Leaf) ([]byte, Verdict, error)
}

var errNoVerdict = errors.New("document: the visitor gave no verdict")
