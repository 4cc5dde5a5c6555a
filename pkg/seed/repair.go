package seed

import (
	"strconv"
	"strings"
)

// attempts is how often a row is made anew when a CHECK does not hold; every repairAt-th
// time it is bent towards the CHECK instead.
const (
	attempts    = 60
	repairAt    = 6
	mostParents = 1000 // that are looked at for a key with a given value
)

// fill makes every value of row i, such that its CHECKs hold where they are understood.
func (r *row) fill(i int64) {
	r.reset(i)
	for {
		for _, c := range r.t.columns {
			r.value(c)
		}
		broken := r.broken()
		if broken != nil && r.salt%repairAt == repairAt-1 {
			for n := 0; n < 4 && broken != nil && r.repair(broken.e, true); n++ {
				broken = r.broken()
			}
		}
		if broken == nil && !r.lost || r.salt >= attempts {
			return // what is still broken the server names
		}
		r.again()
	}
}

// broken returns the first CHECK that the row does not keep.
func (r *row) broken() *check {
	for k := range r.t.checks {
		if x := &r.t.checks[k]; x.e != nil && holds(x.e, r.env) == no {
			return x
		}
	}
	return nil
}

// again forgets what another attempt may make otherwise.
func (r *row) again() {
	r.salt++
	r.lost = false
	for j, k := range r.t.keys {
		if k.movable() {
			r.parents[j] = -2
		}
	}
	for j, c := range r.t.columns {
		if !c.stable && c.unique == 0 && (c.key == nil || c.key.movable()) {
			r.cells[j].state = 0
		}
	}
}

// free returns the column when its value may be changed here.
func (r *row) free(e expr) *column {
	ref, ok := e.(columnRef)
	if !ok {
		return nil
	}
	c := r.t.byName[ref.name]
	if c == nil || c.stable || c.unique != 0 {
		return nil
	}
	if r.i < int64(len(r.t.fixed)) {
		if _, asked := r.t.fixed[r.i][ref.name]; asked {
			return nil
		}
	}
	return c
}

// repair changes values so that a condition holds, or does not, and reports whether it
// does now. It takes the first of several ways that works.
func (r *row) repair(e expr, want bool) bool {
	goal := yes
	if !want {
		goal = no
	}
	if holds(e, r.env) == goal {
		return true
	}
	switch e := e.(type) {
	case binary:
		if e.op == "and" || e.op == "or" {
			if (e.op == "and") == want { // both sides
				return r.repair(e.left, want) && r.repair(e.right, want) && holds(e, r.env) == goal
			}
			return r.repair(e.left, want) || r.repair(e.right, want)
		}
		if want {
			r.relate(e)
		} else if opposite := opposites[e.op]; opposite != "" {
			r.relate(binary{opposite, e.left, e.right})
		}
	case unary:
		switch op := e.op; {
		case op == "not":
			return r.repair(e.arg, !want)
		case (op == "is null") == want && strings.HasSuffix(op, "null"):
			r.toNull(r.free(e.arg))
		case strings.HasSuffix(op, "null"):
			r.toValue(r.free(e.arg))
		case (op == "is true" || op == "is not false") == want:
			r.set(r.free(e.arg), "t")
		default:
			r.set(r.free(e.arg), "f")
		}
	case anyOf:
		if want && e.op == "=" && len(e.list) > 0 {
			if text, ok := constantOf(e.list[0]); ok {
				r.set(r.free(e.left), text)
			}
		}
	case columnRef:
		r.set(r.free(e), map[bool]string{true: "t", false: "f"}[want])
	}
	return holds(e, r.env) == goal
}

var opposites = map[string]string{"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}

// relate makes a comparison true by changing one of its sides.
func (r *row) relate(e binary) {
	if c := r.free(e.left); c != nil {
		r.relateTo(c, e.op, value(e.right, r.env))
	} else if c := r.free(e.right); c != nil {
		r.relateTo(c, flipped[e.op], value(e.left, r.env))
	}
}

func (r *row) relateTo(c *column, op string, other datum) {
	if other.state != 0 {
		return
	}
	step := 0
	switch op {
	case "=", ">=", "<=", "is not distinct from":
	case ">":
		step = 1
	case "<":
		step = -1
	case "<>", "is distinct from":
		r.cells[c.at].state = 0
		salt := r.salt
		r.salt += 1_000_000_007
		if c.key != nil {
			r.forget(c.key)
		}
		r.value(c)
		r.salt = salt
		return
	default:
		return
	}
	if step != 0 {
		n, ok := number(other)
		if t, isTime := parseTime(other.text); isTime {
			other.text = t.AddDate(0, 0, step).Format(dateForm)
		} else if ok {
			other.text = strconv.FormatFloat(n+float64(step), 'f', -1, 64)
		} else {
			return
		}
	}
	r.set(c, other.text)
}

// forget lets a foreign key choose again.
func (r *row) forget(k *key) {
	for i, have := range r.t.keys {
		if have == k && k.movable() {
			r.parents[i] = -2
			for _, c := range k.columns {
				r.cells[c.at].state = 0
			}
		}
	}
}

// set gives a column a text; a foreign key of one column the parent with that text.
func (r *row) set(c *column, text string) {
	if c == nil {
		return
	}
	if k := c.key; k != nil {
		if !k.movable() || len(k.columns) > 1 {
			return
		}
		found := false
		for p := int64(0); p < min(k.parent.total(), mostParents) && !found; p++ {
			got, null := r.parentValue(k, p, 0, nil)
			if found = !null && string(got) == text; found {
				for i, have := range r.t.keys {
					if have == k {
						r.parents[i] = p
					}
				}
			}
		}
		if !found {
			return
		}
	}
	cell := &r.cells[c.at]
	cell.text, cell.state = append(cell.text[:0], text...), 'v'
}

func (r *row) toNull(c *column) {
	if c == nil || c.cat.NotNull || c.limits.notNull {
		return
	}
	if k := c.key; k != nil {
		if !k.movable() {
			return
		}
		for i, have := range r.t.keys {
			if have == k {
				r.parents[i] = -1
			}
		}
	}
	r.cells[c.at].state = 'n'
}

func (r *row) toValue(c *column) {
	if c == nil || r.cells[c.at].state != 'n' || c.key != nil || c.gen == nil {
		return
	}
	cell := &r.cells[c.at]
	cell.text, cell.state = c.gen.append(cell.text[:0], r), 'v'
}
