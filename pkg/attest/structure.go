package attest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Structure is what decisions rest on, in the words of the database. Partitions are
// folded into their root.
type Structure struct {
	Tables map[string]Table  `json:"tables"`          // by schema.table
	Types  map[string]string `json:"types,omitempty"` // the users' own types that columns use: name → what it is made of
}

// Table is one table of a Structure.
type Table struct {
	Kind        string            `json:"kind,omitempty"` // empty for an ordinary table
	Columns     map[string]string `json:"columns"`        // name → type and what else holds of every value
	Unique      []string          `json:"unique,omitempty"`
	Keys        []string          `json:"keys,omitempty"` // foreign keys
	Partitioned string            `json:"partitioned,omitempty"`
}

// Digest returns the SHA-256 of the structure, in hex. Equal structures have equal digests.
func (s Structure) Digest() string {
	b, err := json.Marshal(s) // maps come out sorted by key
	if err != nil {
		return "" // maps and strings always marshal
	}
	h := sha256.Sum256(append([]byte("understudy/structure/1\n"), b...))
	return hex.EncodeToString(h[:])
}

// Change is one difference between two structures.
type Change struct {
	Table  string `json:"table"`
	Column string `json:"column,omitempty"`
	What   string `json:"what"` // "new", "gone", "retyped", "unique", "keys", "kind", "partitioned", "type"
	Was    string `json:"was,omitempty"`
	Is     string `json:"is,omitempty"`
}

// String says the change in a sentence that begins with what it is about.
func (c Change) String() string {
	subject := c.Table
	if c.Column != "" {
		subject += "." + c.Column
	}
	switch c.What {
	case "new":
		return fmt.Sprintf("%s is new (%s)", subject, c.Is)
	case "gone":
		return subject + " is gone"
	case "retyped":
		return fmt.Sprintf("%s was %s and is %s", subject, c.Was, c.Is)
	}
	return fmt.Sprintf("%s: %s was %s and is %s", subject, c.What, orNone(c.Was), orNone(c.Is))
}

func orNone(s string) string {
	if s == "" || s == "[]" {
		return "none"
	}
	return s
}

// Changes returns what is different in now, sorted by table and column. A table that is
// new or gone is one change.
func (s Structure) Changes(now Structure) []Change {
	var out []Change
	for _, name := range union(s.Tables, now.Tables) {
		was, before := s.Tables[name]
		is, after := now.Tables[name]
		switch {
		case !before:
			out = append(out, Change{Table: name, What: "new", Is: fmt.Sprintf("a table of %d columns", len(is.Columns))})
		case !after:
			out = append(out, Change{Table: name, What: "gone"})
		default:
			out = append(out, was.changes(name, is)...)
		}
	}
	for _, name := range union(s.Types, now.Types) {
		if was, is := s.Types[name], now.Types[name]; was != is {
			out = append(out, Change{Table: "type " + name, What: "type", Was: was, Is: is})
		}
	}
	return out
}

func (t Table) changes(name string, now Table) []Change {
	var out []Change
	for _, c := range union(t.Columns, now.Columns) {
		was, before := t.Columns[c]
		is, after := now.Columns[c]
		switch {
		case !before:
			out = append(out, Change{Table: name, Column: c, What: "new", Is: is})
		case !after:
			out = append(out, Change{Table: name, Column: c, What: "gone", Was: was})
		case was != is:
			out = append(out, Change{Table: name, Column: c, What: "retyped", Was: was, Is: is})
		}
	}
	for _, pair := range []struct{ what, was, is string }{
		{"kind", t.Kind, now.Kind},
		{"partitioned", t.Partitioned, now.Partitioned},
		{"unique", fmt.Sprint(t.Unique), fmt.Sprint(now.Unique)},
		{"keys", fmt.Sprint(t.Keys), fmt.Sprint(now.Keys)},
	} {
		if pair.was != pair.is {
			out = append(out, Change{Table: name, What: pair.what, Was: pair.was, Is: pair.is})
		}
	}
	return out
}

// union returns the keys of both maps, sorted.
func union[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
