package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
)

// Digest returns the SHA-256, in hex, of what decisions rest on: tables, columns, types,
// keys and uniqueness. Partitions are folded into their root, and sizes, sequences and
// statistics are left out, so that a new month's partition or a grown table gives the
// same digest.
func (c *Catalog) Digest() string {
	h := sha256.New()
	names := map[uint32]Name{}
	for i := range c.Tables {
		names[c.Tables[i].OID] = c.Tables[i].Name
	}
	for i := range c.Tables {
		if t := &c.Tables[i]; t.Partition == nil && t.Extension == "" {
			t.digest(h)
		}
	}
	for _, fk := range c.ForeignKeys {
		line(h, "key", names[fk.Table], fk.Columns, names[fk.RefTable], fk.RefColumns, fk.MatchFull)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (t *Table) digest(h hash.Hash) {
	line(h, "table", t.Name, string(t.Kind))
	for _, col := range t.Columns {
		line(h, "column", col.Num, col.Name, col.TypeName, col.NotNull, col.Generated, col.Collation)
	}
	for _, ix := range t.Indexes {
		if ix.Unique || ix.Exclusion {
			line(h, "unique", ix.Columns, ix.Partial, ix.Exclusion)
		}
	}
	if t.PartitionBy != nil {
		line(h, "partitioned", string(t.PartitionBy.Strategy), t.PartitionBy.Columns, t.PartitionBy.Uses)
	}
}

// line writes its parts so that no two different lists of them read alike.
func line(w io.Writer, parts ...any) {
	for _, p := range parts {
		_, _ = fmt.Fprintf(w, "%q\x00", fmt.Sprintf("%#v", p)) // a hash never fails
	}
	_, _ = io.WriteString(w, "\n")
}
