package catalog

import "slices"

// views reads the views, sorts plain ones by name and materialised ones in the order
// in which they can be refreshed, and marks those that reach a foreign table.
func (r *reader) views() error {
	type node struct {
		oid  uint32
		view View
	}
	var all []node
	var n node
	err := r.each("views", []any{&n.oid, &n.view.Name.Schema, &n.view.Name.Name, &n.view.Materialised, &n.view.Populated, &n.view.Def, &n.view.Extension},
		func() { all = append(all, n) })
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b node) int { return compare(a.view.Name, b.view.Name) })
	place := make(map[uint32]int, len(all))
	for i := range all {
		place[all[i].oid] = i
	}

	// What a relation reads: a view what its query names, a table its partitions and children.
	reads := map[uint32][]uint32{}
	var from, to uint32
	if err := r.each("view_uses", []any{&from, &to}, func() { reads[from] = append(reads[from], to) }); err != nil {
		return err
	}
	for i := range r.c.Tables {
		t := &r.c.Tables[i]
		if t.Partition != nil {
			reads[t.Partition.Parent] = append(reads[t.Partition.Parent], t.OID)
		}
		for _, parent := range t.Inherits {
			reads[parent] = append(reads[parent], t.OID)
		}
	}
	// The order of equals follows names, not OIDs, which differ between equal databases.
	for _, list := range reads {
		slices.SortFunc(list, func(a, b uint32) int {
			va, okA := place[a]
			vb, okB := place[b]
			if okA && okB {
				return va - vb
			}
			return r.places[a] - r.places[b]
		})
	}

	foreign := map[uint32]bool{}
	seen := map[uint32]bool{}
	var materialised []View
	var visit func(oid uint32) bool
	visit = func(oid uint32) bool { // depth first: what is read comes before what reads it
		if seen[oid] {
			return foreign[oid]
		}
		seen[oid] = true // a cycle cannot be made with CREATE VIEW, but a catalog can be odd
		reach := false
		if t := r.table(oid); t != nil && t.Kind == 'f' {
			reach = true
		}
		for _, next := range reads[oid] {
			if visit(next) {
				reach = true
			}
		}
		foreign[oid] = reach
		if i, ok := place[oid]; ok {
			all[i].view.Foreign = reach
			if all[i].view.Materialised {
				materialised = append(materialised, all[i].view)
			}
		}
		return reach
	}
	for i := range all {
		visit(all[i].oid)
	}
	for i := range all {
		if !all[i].view.Materialised {
			r.c.Views = append(r.c.Views, all[i].view)
		}
	}
	r.c.Views = append(r.c.Views, materialised...)
	return nil
}
