package schema

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
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

// walkIndexes stands before a validation, in its transaction: both indexes are read side by
// side in their order. The planner would rather fill a hash table with all keys of the
// referred table, which misses the processor's caches once a row: it takes twice the time.
const walkIndexes = "SET LOCAL enable_hashjoin = off; "

// twoIndexes lists the keys that are not validated whose rows need not be read for it: an
// index of the same order lies on both sides, and nearly all pages are known to be visible
// to everybody. Elsewhere a merge would have to sort, or to read the table row by row.
func twoIndexes(ctx context.Context, conn *pgx.Conn) (map[string]bool, error) {
	rows, err := conn.Query(ctx, `
		SELECT 'FK CONSTRAINT ' || n.nspname || '.' || c.relname || ' ' || k.conname
		FROM pg_catalog.pg_constraint k
		JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
		JOIN pg_catalog.pg_index u ON u.indexrelid = k.conindid
		WHERE k.contype = 'f' AND NOT k.convalidated
		AND c.relpages > 0 AND c.relallvisible >= 0.95 * c.relpages AND p.relallvisible >= 0.95 * p.relpages
		AND EXISTS (
			SELECT FROM pg_catalog.pg_index i
			WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts >= pg_catalog.cardinality(k.conkey)
			AND NOT EXISTS (
				SELECT FROM pg_catalog.generate_series(0, pg_catalog.cardinality(k.conkey) - 1) g
				JOIN pg_catalog.pg_opclass a ON a.oid = i.indclass[g] JOIN pg_catalog.pg_opclass b ON b.oid = u.indclass[g]
				WHERE i.indkey[g] <> k.conkey[g + 1] OR u.indkey[g] <> k.confkey[g + 1]
				OR a.opcfamily <> b.opcfamily OR i.indcollation[g] <> u.indcollation[g] OR i.indoption[g] <> u.indoption[g]))`)
	if err != nil {
		return nil, session.Fault(report.Target, "look for the indexes of foreign keys", err)
	}
	out := map[string]bool{}
	var name string
	_, err = pgx.ForEachRow(rows, []any{&name}, func() error { out[name] = true; return nil })
	return out, session.Fault(report.Target, "look for the indexes of foreign keys", err)
}
