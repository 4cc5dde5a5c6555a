package schema

import (
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
)

// foreignKey is a foreign key's definition cut in two.
type foreignKey struct {
	table    catalog.Name
	refers   catalog.Name
	add      string // without validation
	validate string
}

// readForeignKey cuts what pg_dump writes for a foreign key of an ordinary table:
// "ALTER TABLE ONLY a.b\n    ADD CONSTRAINT c FOREIGN KEY …;". It is false for every other
// shape: a partitioned table, whose keys cannot be added without validation, or a key
// that the source has not validated or does not enforce.
func readForeignKey(defn string) (foreignKey, bool) {
	text, ok := strings.CutSuffix(strings.TrimRight(defn, "\n "), ";")
	if !ok {
		return foreignKey{}, false
	}
	rest, ok := strings.CutPrefix(text, "ALTER TABLE ONLY ")
	if !ok {
		return foreignKey{}, false
	}
	schema, rest, ok := cutIdent(rest)
	if ok {
		rest, ok = strings.CutPrefix(rest, ".")
	}
	if !ok {
		return foreignKey{}, false
	}
	table, rest, ok := cutIdent(rest)
	if ok {
		rest, ok = strings.CutPrefix(rest, "\n    ADD CONSTRAINT ")
	}
	if !ok {
		return foreignKey{}, false
	}
	name, rest, ok := cutIdent(rest)
	if !ok || !strings.HasPrefix(rest, " FOREIGN KEY (") || strings.HasSuffix(rest, " NOT VALID") || strings.HasSuffix(rest, " NOT ENFORCED") {
		return foreignKey{}, false
	}
	refers, ok := cutReferred(strings.TrimPrefix(rest, " FOREIGN KEY ("))
	if !ok {
		return foreignKey{}, false
	}
	n := catalog.Name{Schema: schema, Name: table}
	return foreignKey{table: n, refers: refers, add: text + " NOT VALID", validate: "ALTER TABLE ONLY " + n.SQL() + " VALIDATE CONSTRAINT " + catalog.Quote(name)}, true
}

// cutReferred reads the referred table behind the referring columns: "a, b) REFERENCES c.d(…".
func cutReferred(s string) (catalog.Name, bool) {
	for {
		_, rest, ok := cutIdent(s)
		if !ok {
			return catalog.Name{}, false
		}
		if after, more := strings.CutPrefix(rest, ", "); more {
			s = after
			continue
		}
		rest, ok = strings.CutPrefix(rest, ") REFERENCES ")
		if !ok {
			return catalog.Name{}, false
		}
		schema, rest, ok := cutIdent(rest)
		if ok {
			rest, ok = strings.CutPrefix(rest, ".")
		}
		if !ok {
			return catalog.Name{}, false
		}
		table, _, ok := cutIdent(rest)
		return catalog.Name{Schema: schema, Name: table}, ok
	}
}

// cutIdent reads an identifier as pg_dump writes it, in quotes where it needs them.
func cutIdent(s string) (name, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexFunc(s, func(r rune) bool { return r > 127 || !identByte(byte(r)) })
		if i < 0 {
			i = len(s)
		}
		return s[:i], s[i:], i > 0
	}
	var b strings.Builder
	for s = s[1:]; ; {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		if s = s[i+1:]; !strings.HasPrefix(s, `"`) {
			return b.String(), s, b.Len() > 0
		}
		b.WriteByte('"')
		s = s[1:]
	}
}
