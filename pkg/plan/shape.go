package plan

import (
	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// base follows domains down to the type below them, with the modifier that holds there.
func (p *planner) base(oid uint32, typmod int32) (*catalog.Type, int32) {
	t := p.Catalog.Types[oid]
	for t != nil && t.Kind == 'd' {
		if typmod < 0 {
			typmod = t.TypMod
		}
		t = p.Catalog.Types[t.Elem]
	}
	return t, typmod
}

// wireType is the column's type as rowcodec sees it: domains resolved, parts linked. nil
// when a part is not in the catalog.
func (p *planner) wireType(oid uint32) *rowcodec.Type {
	t, _ := p.base(oid, -1)
	if t == nil {
		return nil
	}
	w := &rowcodec.Type{Name: t.Name, OID: t.OID, Kind: rowcodec.Kind(t.Kind), Delim: t.Delim}
	switch t.Kind {
	case 'a', 'r', 'm':
		if w.Elem = p.wireType(t.Elem); w.Elem == nil {
			return nil
		}
		if t.Kind == 'a' {
			w.Delim = w.Elem.Delim
		}
	case 'c':
		for _, f := range t.Fields {
			part := p.wireType(f.Type)
			if part == nil {
				return nil
			}
			w.Fields = append(w.Fields, part)
		}
	}
	return w
}

var classes = map[string]mask.Class{
	"text": mask.ClassText, "varchar": mask.ClassText, "bpchar": mask.ClassText, "name": mask.ClassText, "citext": mask.ClassText, "char": mask.ClassText,
	"int2": mask.ClassInteger, "int4": mask.ClassInteger, "int8": mask.ClassInteger,
	"numeric": mask.ClassNumeric, "float4": mask.ClassFloat, "float8": mask.ClassFloat, "bool": mask.ClassBool, "uuid": mask.ClassUUID,
	"date": mask.ClassDate, "timestamp": mask.ClassTimestamp, "timestamptz": mask.ClassTimestamp, "time": mask.ClassTime, "timetz": mask.ClassTime,
	"inet": mask.ClassInet, "cidr": mask.ClassInet, "macaddr": mask.ClassMAC, "macaddr8": mask.ClassMAC,
	"json": mask.ClassJSON, "jsonb": mask.ClassJSON, "xml": mask.ClassXML, "bytea": mask.ClassBytes, "hstore": mask.ClassHstore,
}

// builtin reports whether the type is PostgreSQL's own, citext or hstore: a user's type
// that is called "text" is not text.
func builtin(t *catalog.Type) bool {
	return t.Schema == "pg_catalog" || t.Ext == "citext" || t.Ext == "hstore"
}

// shape is what a stand-in for the column must fit. Of an array or range it is the
// element's; of a composite the class is other unless all its fields have one class.
func (p *planner) shape(oid uint32, typmod int32) mask.Column {
	t, typmod := p.base(oid, typmod)
	if t == nil {
		return mask.Column{Class: mask.ClassOther}
	}
	switch t.Kind {
	case 'e':
		return mask.Column{Class: mask.ClassEnum, Labels: t.Labels}
	case 'a', 'r', 'm':
		return p.shape(t.Elem, typmod) // varchar(20)[] carries the modifier of its elements
	case 'c':
		return p.compositeShape(t)
	}
	c := mask.Column{Class: mask.ClassOther}
	if class, ok := classes[t.Name]; ok && builtin(t) {
		c.Class = class
	}
	switch t.Name {
	case "varchar", "bpchar":
		if typmod >= 4 {
			c.MaxChars = int(typmod) - 4 // the modifier counts the varlena header
		} else if t.Name == "bpchar" && typmod < 0 {
			c.MaxChars = 0
		}
	case "char":
		c.MaxChars = 1
	case "name":
		c.MaxChars = 15 // 63 bytes, and a character may take four
	case "int2":
		c.Bits = 16
	case "int4":
		c.Bits = 32
	case "int8":
		c.Bits = 64
	case "numeric":
		if typmod >= 4 {
			c.Digits = int((typmod - 4) >> 16 & 0xffff)
			c.Scale = int((typmod-4)&0x7ff^1024) - 1024 // 11 bits, signed since 15
		}
	case "citext":
		c.Folded = true
	}
	return c
}

func (p *planner) compositeShape(t *catalog.Type) mask.Column {
	var c mask.Column
	for i, f := range t.Fields {
		part := p.shape(f.Type, f.TypMod)
		if i > 0 && part.Class != c.Class {
			return mask.Column{Class: mask.ClassOther}
		}
		if i == 0 || part.MaxChars > 0 && (c.MaxChars == 0 || part.MaxChars < c.MaxChars) {
			c = part
		}
	}
	if c.Class == "" {
		c.Class = mask.ClassOther
	}
	return c
}

// unordered says why the bounds of a range may not be masked, or "": the row codec puts
// exchanged bounds back in order for the types whose order it knows.
func (p *planner) unordered(oid uint32) string {
	t, _ := p.base(oid, -1)
	for t != nil && (t.Kind == 'a' || t.Kind == 'm') {
		t, _ = p.base(t.Elem, -1)
	}
	if t == nil || t.Kind != 'r' {
		return ""
	}
	if sub, _ := p.base(t.Elem, -1); sub != nil {
		switch sub.Name {
		case "int4", "int8", "numeric", "date", "timestamp", "timestamptz":
			return ""
		}
	}
	return "the bounds of a " + t.Name + " would lose their order"
}

// regTypes hold OIDs of this database in binary form: they would arrive as dangling numbers.
var regTypes = map[string]bool{
	"regproc": true, "regprocedure": true, "regoper": true, "regoperator": true, "regclass": true, "regtype": true,
	"regconfig": true, "regdictionary": true, "regnamespace": true, "regrole": true, "regcollation": true,
}

// emptyUnread are types whose empty value makes a server refuse what another has sent.
var emptyUnread = map[string]bool{"tsquery": true, "int2vector": true, "oidvector": true}

// textOnly says why values of the type cannot travel in binary, or "".
func (p *planner) textOnly(oid uint32) string {
	t := p.Catalog.Types[oid]
	if t == nil {
		return "a type that the catalog does not list"
	}
	switch {
	case regTypes[t.Name] && t.Schema == "pg_catalog":
		return t.Name + " is an OID of this database in binary form"
	case emptyUnread[t.Name] && t.Schema == "pg_catalog":
		return "servers write an empty " + t.Name + " in binary and do not read it back"
	case !t.Binary:
		return t.Name + " has no binary form"
	case p.TargetVersion < 140000 && t.Schema != "pg_catalog" && (t.Kind == 'c' || t.Kind == 'a'):
		return t.Name + " holds type OIDs in binary form, which servers before 14 compare"
	}
	switch t.Kind {
	case 'a', 'r', 'm', 'd':
		return p.textOnly(t.Elem)
	case 'c':
		for _, f := range t.Fields {
			if why := p.textOnly(f.Type); why != "" {
				return why
			}
		}
	}
	return ""
}

// ClassOf is the class of a type: of an array's or range's elements, of a domain's base.
func ClassOf(c *catalog.Catalog, oid uint32) mask.Class {
	p := &planner{Input: Input{Catalog: c}}
	return p.shape(oid, -1).Class
}

// IsArray reports whether a type is an array, or a domain over one.
func IsArray(c *catalog.Catalog, oid uint32) bool {
	p := &planner{Input: Input{Catalog: c}}
	t, _ := p.base(oid, -1)
	return t != nil && t.Kind == 'a'
}

// BuiltIn returns the name of the server's own type that a column has or that its domain
// is made of: "int8". Of arrays, ranges, enums, composites and users' types it is "".
func BuiltIn(c *catalog.Catalog, oid uint32) string {
	p := &planner{Input: Input{Catalog: c}}
	if t, _ := p.base(oid, -1); t != nil && t.Kind == 'b' && t.Schema == "pg_catalog" {
		return t.Name
	}
	return ""
}

// ShapeOf is what a stand-in for a column of this type must fit.
func ShapeOf(c *catalog.Catalog, oid uint32, typmod int32) mask.Column {
	p := &planner{Input: Input{Catalog: c}}
	return p.shape(oid, typmod)
}
