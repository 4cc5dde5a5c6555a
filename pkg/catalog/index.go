package catalog

import "encoding/json"

// index finds tables by OID and by name at once. It holds places, which are looked at
// before they are believed: a catalog put together by hand has no index, and one whose
// tables were changed has an old one; both are searched from the start.
type index struct {
	oids  map[uint32]int
	names map[Name]int
}

// reindex builds the index; Read and UnmarshalJSON call it.
func (c *Catalog) reindex() {
	x := &index{oids: make(map[uint32]int, len(c.Tables)), names: make(map[Name]int, len(c.Tables))}
	for i := range c.Tables {
		x.oids[c.Tables[i].OID] = i
		x.names[c.Tables[i].Name] = i
	}
	c.index = x
}

// UnmarshalJSON reads what json.Marshal wrote, and makes the look-ups fast again.
func (c *Catalog) UnmarshalJSON(b []byte) error {
	type plain Catalog
	var p plain
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	*c = Catalog(p)
	c.reindex()
	return nil
}

// Table returns the table with this OID, or nil.
func (c *Catalog) Table(oid uint32) *Table {
	if c.index != nil {
		if i, ok := c.index.oids[oid]; ok && i < len(c.Tables) && c.Tables[i].OID == oid {
			return &c.Tables[i]
		}
	}
	for i := range c.Tables {
		if c.Tables[i].OID == oid {
			return &c.Tables[i]
		}
	}
	return nil
}

// Lookup returns the table with this name, or nil.
func (c *Catalog) Lookup(n Name) *Table {
	if c.index != nil {
		if i, ok := c.index.names[n]; ok && i < len(c.Tables) && c.Tables[i].Name == n {
			return &c.Tables[i]
		}
	}
	for i := range c.Tables {
		if c.Tables[i].Name == n {
			return &c.Tables[i]
		}
	}
	return nil
}
