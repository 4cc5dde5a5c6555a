package profile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
)

// Version is the version of the profile's form.
const Version = 1

// DefaultK is how many different people must share what is written down.
const DefaultK = 20

// Profile is what made-up data needs to know of a database.
type Profile struct {
	Version int     `json:"version"`
	Schema  string  `json:"schema"` // digest of tables, columns, types and keys
	K       int     `json:"k"`      // what fewer different people share is not in here
	Tables  []Table `json:"tables"`
}

// Table is one table; a partitioned one with all its partitions.
type Table struct {
	Name     string   `json:"name"`
	Rows     int64    `json:"rows"`
	Subjects []string `json:"subjects"` // who was counted: "customer_id → public.customers", or "row"
	Columns  []Column `json:"columns"`
	Keys     []Key    `json:"keys,omitempty"`
}

// Column is one column. Values, Histogram and Distinct are empty where it is personal.
type Column struct {
	Name      string  `json:"name"`
	Type      string  `json:"type"`
	Kind      string  `json:"kind,omitempty"`
	Personal  bool    `json:"personal,omitempty"`
	Nulls     float64 `json:"nulls"`              // share of the rows
	Distinct  int64   `json:"distinct,omitempty"` // rounded
	Values    []Share `json:"values,omitempty"`   // of a category, as shares of what is not NULL
	Histogram []Bin   `json:"histogram,omitempty"`
	Lengths   []Bin   `json:"lengths,omitempty"` // characters of texts
	Shapes    []Share `json:"shapes,omitempty"`  // A a capital, a another letter, 9 a digit, ? anything foreign
}

// Share is how often something occurs.
type Share struct {
	Value string  `json:"value"`
	Share float64 `json:"share"`
}

// Bin is a part of a histogram: from is in it, to is not.
type Bin struct {
	From  string  `json:"from"`
	To    string  `json:"to"`
	Share float64 `json:"share"`
}

// Key is a foreign key with how many children its parents have.
type Key struct {
	Columns    []string `json:"columns"`
	References string   `json:"references"`
	FanOut     []Fan    `json:"fan_out,omitempty"`
}

// Fan is the share of parents that have From to To children.
type Fan struct {
	From  int64   `json:"from"`
	To    int64   `json:"to"`
	Share float64 `json:"share"`
}

// Load reads a profile and checks its form. Errors are faults of usage.
func Load(b []byte) (*Profile, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var p Profile
	if err := d.Decode(&p); err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "read the profile", Err: errors.New("it is no profile: " + reason(err)), Hint: "make one with understudy profile"}
	}
	if p.Version != Version {
		return nil, &report.Fault{Side: report.Usage, Doing: "read the profile", Err: fmt.Errorf("it has version %d, and this release reads %d", p.Version, Version), Hint: "make it again with understudy profile"}
	}
	return &p, nil
}

// reason says what is wrong with the JSON without quoting it.
func reason(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("the JSON breaks at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s takes a %s", kind.Field, kind.Type)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// Write returns the profile as indented JSON with a line end.
func (p *Profile) Write() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(p)
	return b.Bytes(), err
}

// Table returns the table of that name, or nil.
func (p *Profile) Table(name string) *Table {
	for i := range p.Tables {
		if p.Tables[i].Name == name {
			return &p.Tables[i]
		}
	}
	return nil
}

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Tables returns the tables that hold rows of the user's: partitions fold into their
// root, and what belongs to an extension is left out.
func Tables(c *catalog.Catalog) []*catalog.Table {
	var out []*catalog.Table
	for i := range c.Tables {
		if t := &c.Tables[i]; t.Partition == nil && t.Extension == "" && t.Kind != 'f' {
			out = append(out, t)
		}
	}
	return out
}

// Digest is a hash of what a profile describes: tables, columns, types and foreign
// keys, by name. The numbers of columns are not in it: they differ between a database
// that was migrated and one that was made afresh.
func Digest(c *catalog.Catalog) string {
	var lines []string
	for _, t := range Tables(c) {
		for _, col := range t.Columns {
			lines = append(lines, fmt.Sprintf("%q", []string{"column", t.Name.String(), col.Name, col.TypeName, fmt.Sprint(col.NotNull)}))
		}
	}
	for _, k := range c.ForeignKeys {
		if child, parent := c.Table(k.Table), c.Table(k.RefTable); child != nil && parent != nil && !k.Virtual {
			lines = append(lines, fmt.Sprintf("%q", append(append([]string{"key", child.Name.String(), parent.Name.String()}, k.Columns...), k.RefColumns...)))
		}
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// Fits returns nil when the profile was made of this schema, else a fault of usage
// that names the first differences.
func (p *Profile) Fits(c *catalog.Catalog) error {
	if p.Schema == Digest(c) {
		return nil
	}
	var differences []string
	have := map[string]bool{}
	for _, t := range Tables(c) {
		have[t.Name.String()] = true
		pt := p.Table(t.Name.String())
		if pt == nil {
			differences = append(differences, "the profile has no table "+t.Name.String())
			continue
		}
		for _, col := range t.Columns {
			switch pc := pt.Column(col.Name); {
			case pc == nil:
				differences = append(differences, fmt.Sprintf("the profile has no column %s.%s", t.Name, col.Name))
			case pc.Type != col.TypeName:
				differences = append(differences, fmt.Sprintf("%s.%s is %s in the profile and %s here", t.Name, col.Name, pc.Type, col.TypeName))
			}
		}
		for _, pc := range pt.Columns {
			if t.Column(pc.Name) == nil {
				differences = append(differences, fmt.Sprintf("there is no column %s.%s any more", t.Name, pc.Name))
			}
		}
	}
	for i := range p.Tables {
		if !have[p.Tables[i].Name] {
			differences = append(differences, "there is no table "+p.Tables[i].Name+" any more")
		}
	}
	if len(differences) == 0 {
		differences = []string{"a foreign key or a NOT NULL differs"}
	}
	if n := len(differences); n > 5 {
		differences = append(differences[:5], fmt.Sprintf("and %d more", n-5))
	}
	return &report.Fault{
		Side: report.Usage, Doing: "compare the profile with the schema", Err: errors.New("it was made of another version of the schema: " + strings.Join(differences, "; ")),
		Hint: "make the profile again with understudy profile, or migrate the target to the profile's version",
	}
}
