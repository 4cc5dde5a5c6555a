package seed

import (
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// generator appends a value of a column in canonical text, never NULL.
type generator interface {
	append(dst []byte, r *row) []byte
}

// A cell is a value of the row at hand.
type cell struct {
	text  []byte
	state byte // 0 not made, 'v' a value, 'n' NULL, 'b' being made
}

// A row is one row being made. Its values are made when they are asked for, each once.
type row struct {
	t       *table
	i       int64
	salt    uint64 // of another attempt, when a CHECK does not hold
	e       *evaluator
	depth   int
	cells   []cell
	parents []int64 // by key: -2 not looked for, -1 none
	who     persona
	known   bool // who is drawn
	lost    bool // no parent agrees with the columns that two keys share
}

// evaluator makes rows. One goroutine uses it; rows that others refer to are made
// again when they are asked for, and the last of each table is kept.
type evaluator struct {
	m      *model
	lookup map[*table][]*row // by depth
}

func newEvaluator(m *model) *evaluator {
	return &evaluator{m: m, lookup: map[*table][]*row{}}
}

func (e *evaluator) newRow(t *table, depth int) *row {
	return &row{t: t, i: -1, e: e, depth: depth, cells: make([]cell, len(t.columns)), parents: make([]int64, len(t.keys))}
}

func (r *row) reset(i int64) {
	r.i, r.salt, r.known, r.lost = i, 0, false, false
	for j := range r.cells {
		r.cells[j].state = 0
	}
	for j := range r.parents {
		r.parents[j] = -2
	}
}

// maxDepth bounds how far a key of keys is followed: a cycle of key columns that are
// foreign keys of one another has no value.
const maxDepth = 32

// row returns row i of a table that another row refers to; nil beyond maxDepth.
func (e *evaluator) row(t *table, i int64, depth int) *row {
	if depth > maxDepth {
		return nil
	}
	rows := e.lookup[t]
	for len(rows) <= depth {
		rows = append(rows, nil)
	}
	e.lookup[t] = rows
	if rows[depth] == nil {
		rows[depth] = e.newRow(t, depth)
	}
	r := rows[depth]
	if r.i != i {
		r.reset(i)
	}
	return r
}

// draw starts the numbers of a column's value in this row.
func (r *row) draw(c *column) draw {
	d := draw{r.t.m.seed ^ c.hash ^ mix(uint64(r.t.base+r.i))}
	if r.salt != 0 && !c.stable && c.unique == 0 {
		d.state ^= mix(r.salt)
	}
	return d
}

// number is what a unique column's value is made of.
func (r *row) number(c *column) int64 {
	n := uint64(r.t.base + r.i)
	if c.unique == byOrdinal {
		_, ordinal := c.enumerat.fan.parent(r.i)
		n = uint64(ordinal)
		if c.enumerat.parent == r.t { // a tree: its keys have no fan-out
			n = uint64(r.i)
		}
	}
	if c.radix > 1 {
		n /= c.radix
	}
	if c.size > 0 {
		n %= c.size
	}
	return int64(n)
}

// value returns a column's text, and whether it is NULL. The text is the row's.
func (r *row) value(c *column) ([]byte, bool) {
	cell := &r.cells[c.at]
	switch cell.state {
	case 'v':
		return cell.text, false
	case 'n', 'b':
		return nil, true
	}
	cell.state = 'b'
	text, null := r.produce(c, cell.text[:0])
	if null {
		cell.state = 'n'
		return nil, true
	}
	cell.text, cell.state = text, 'v'
	return text, false
}

func (r *row) produce(c *column, dst []byte) ([]byte, bool) {
	if r.i < int64(len(r.t.fixed)) {
		if d, ok := r.t.fixed[r.i][c.cat.Name]; ok {
			return append(dst, d.text...), d.state == 'n'
		}
	}
	switch {
	case c.key != nil:
		return r.keyValue(c, dst)
	case c.limits.onlyNull:
		return nil, true
	case c.flag != nil:
		if p, ordinal := c.flag.fan.parent(r.i); ordinal == 0 && p < c.flag.parent.rows {
			return append(dst, 't'), false
		}
		return append(dst, 'f'), false
	}
	if c.nulls > 0 && !c.limits.notNull && c.unique == 0 && r.mayBeNull(c) {
		d := r.draw(c)
		d.state ^= 0x6e756c6c
		if d.share() < c.nulls {
			return nil, true
		}
	}
	if c.computed != nil {
		d := value(c.computed, r.env)
		return append(dst, d.text...), d.state != 0
	}
	if c.gen == nil {
		return nil, true
	}
	return c.gen.append(dst, r), false
}

// mayBeNull looks at the column on which that depends.
func (r *row) mayBeNull(c *column) bool {
	if c.unless == nil {
		return true
	}
	text, null := r.value(c.unless)
	return !null && string(text) == c.unlessText
}

// env gives a column's value to an expression.
func (r *row) env(name string) datum {
	c := r.t.byName[name]
	if c == nil {
		return noDatum
	}
	text, null := r.value(c)
	if null {
		return nullDatum
	}
	return datum{text: string(text)}
}

// keyValue returns the parent's value of a foreign key's column.
func (r *row) keyValue(c *column, dst []byte) ([]byte, bool) {
	k := c.key
	p := r.parent(k)
	if p < 0 && !c.cat.NotNull {
		return nil, true
	}
	if p < 0 { // of a key with other columns that are NULL
		r.lost = r.lost || k.required()
		p = k.spare(r.i)
	}
	return r.parentValue(k, p, c.keyAt, dst)
}

func (k *key) spare(i int64) int64 { return i % max(1, k.parent.total()) }

func (r *row) parentValue(k *key, p int64, at int, dst []byte) ([]byte, bool) {
	if p >= k.parent.rows {
		h := r.t.m.Held[k.parent.cat.OID]
		if h == nil {
			return nil, true
		}
		return h.value(dst, p-k.parent.rows, k.refs[at].cat.Name)
	}
	pr := r.e.row(k.parent, p, r.depth+1)
	if pr == nil {
		return nil, true
	}
	text, null := pr.value(k.refs[at])
	return append(dst, text...), null
}

// parent returns which row a foreign key points to, -1 for none.
func (r *row) parent(k *key) int64 {
	at := 0
	for r.t.keys[at] != k {
		at++
	}
	if r.parents[at] == -2 {
		r.parents[at] = -1
		r.parents[at] = r.choose(k)
	}
	return r.parents[at]
}

func (r *row) choose(k *key) int64 {
	if r.i < int64(len(r.t.fixed)) {
		for _, c := range k.columns {
			if d, ok := r.t.fixed[r.i][c.cat.Name]; ok && d.state == 'n' {
				return -1
			}
		}
	}
	d := draw{r.t.m.seed ^ k.hash ^ mix(uint64(r.t.base+r.i))}
	if r.salt != 0 && k.movable() {
		d.state ^= mix(r.salt)
	}
	if k.nulls > 0 && d.share() < k.nulls && !k.required() {
		return -1
	}
	skip := int64(k.parent.without(r.t))
	free := k.parent.total() - skip
	if free <= 0 {
		return -1
	}
	var p int64
	switch {
	case k.inner != nil:
		lead := r.parent(k.inner)
		_, ordinal := k.inner.fan.parent(r.i)
		if k.inner.lower {
			return min(lead+1+ordinal, k.parent.total()-1)
		}
		p = skip + int64((mix(uint64(lead)^k.hash)%uint64(free)+uint64(ordinal/k.innerN))%uint64(free))
	case k.one:
		if p = skip + r.i; r.i >= free {
			return -1
		}
	case k.parent == r.t:
		// An earlier row, so that trees have no rings.
		if r.i <= skip {
			if k.nulls == 0 {
				return r.i
			}
			return -1
		}
		p = skip + int64(d.below(uint64(r.i-skip)))
	case r.salt != 0 && k.movable(): // another of the row's own kind, so that the fan-out stays about what it is
		p, _ = k.fan.parent(int64((uint64(r.i) + r.salt*7919) % uint64(r.t.rows)))
	default:
		p, _ = k.fan.parent(r.i)
	}
	if len(k.overlap) > 0 {
		return r.agree(k, p, &d)
	}
	return p
}

// movable reports whether nothing else depends on which parent the key chooses.
func (k *key) movable() bool { return !k.fixed && !k.one && k.inner == nil && k.most == 0 }

func (k *key) required() bool {
	for _, c := range k.columns {
		if !c.limits.notNull && !c.cat.NotNull {
			return false
		}
	}
	return true
}

// agree looks for a parent whose values agree with the columns that other keys have
// filled: the tenant of an order and of its product. -1 when none is found.
func (r *row) agree(k *key, p int64, d *draw) int64 {
	total := k.parent.total()
	var scratch []byte
	fits := func(p int64) bool {
		if k.parent == r.t && p >= r.i && k.nulls > 0 {
			return false // trees have no rings
		}
		for i, c := range k.columns {
			if c.key == k {
				continue
			}
			want, null := r.value(c)
			if null {
				continue
			}
			got, null := r.parentValue(k, p, i, scratch[:0])
			if null || string(got) != string(want) {
				return false
			}
			scratch = got
		}
		return true
	}
	if fits(p) {
		return p
	}
	// The children that the shared row, the tenant, has in the table that this key points to.
	for _, other := range k.overlap {
		for _, pk := range k.parent.keys {
			g := r.shared(other, pk)
			if g < 0 {
				continue
			}
			n := pk.fan.children(g)
			if n == 0 {
				continue
			}
			at := d.below(uint64(n))
			if k.inner != nil { // one after the other, or a pair would come twice
				_, ordinal := k.inner.fan.parent(r.i)
				at = (mix(uint64(r.parent(k.inner))^k.hash) + uint64(ordinal/k.innerN)) % uint64(n)
			}
			if child := pk.fan.child(g, int64(at)); child < k.parent.rows && fits(child) {
				return child
			}
		}
	}
	for range 200 {
		if p = int64(d.below(uint64(total))); fits(p) {
			return p
		}
	}
	return -1
}

// shared returns the row that both another key's parent and the rows behind pk refer to,
// -1 when there is none or its children do not stand in order.
func (r *row) shared(other, pk *key) int64 {
	if pk.fan == nil || pk.fan.order.mul != 1 || pk.one || pk.parent == pk.t {
		return -1
	}
	p := r.parent(other)
	if p < 0 || other.parent == pk.parent {
		return p
	}
	for _, up := range other.parent.keys {
		if up.parent == pk.parent && p < other.parent.rows {
			if pr := r.e.row(other.parent, p, r.depth+1); pr != nil {
				return pr.parent(up)
			}
		}
	}
	return -1
}

// children returns how many children a parent has; child which one that is.
func (f *fanout) children(parent int64) int64 {
	if f.pattern == 0 || parent < f.skip {
		return 0
	}
	p := (parent - f.skip) % f.block
	n := f.pattern - int64(f.first[p])
	if p+1 < f.block {
		n = int64(f.first[p+1] - f.first[p])
	}
	return n * f.rounds
}

// child is the inverse of parent, for children in order: at counts from 0.
func (f *fanout) child(parent, at int64) int64 {
	block, p := (parent-f.skip)/f.block, (parent-f.skip)%f.block
	n := f.children(parent) / f.rounds
	return (block*f.rounds+at/n)*f.pattern + int64(f.first[p]) + at%n
}

// person returns whom the row is about.
func (r *row) person() *persona {
	if !r.known {
		r.known = true
		t, i := r.t, r.i
		if k := t.person; k != nil {
			if p := r.parent(k); p >= 0 && p < k.parent.rows {
				t, i = k.parent, p
			}
		}
		r.who = r.t.m.personaOf(t, i)
		if c := r.t.country; c != nil && c.key == nil && c.profile != nil && len(c.profile.Values) > 0 && t == r.t {
			if text, null := r.value(c); !null {
				for _, f := range r.t.m.folks {
					if f.Country == string(text) {
						r.who.folk = f
						r.who.redraw()
						break
					}
				}
			}
		}
	}
	return &r.who
}

// redraw gives a persona names of its folk.
func (p *persona) redraw() {
	first, last := p.Male, p.LastMale
	if p.female {
		first, last = p.Female, p.LastFemale
	}
	p.first = first.At(int(p.number % uint64(first.Len())))
	p.last = last.At(int(p.number / 7919 % uint64(last.Len())))
}

// appendCopy appends the row as a line of text COPY.
func (r *row) appendCopy(dst []byte) []byte {
	first := true
	for j, c := range r.t.columns {
		if c.omit {
			continue
		}
		if !first {
			dst = append(dst, '\t')
		}
		first = false
		if r.cells[j].state != 'v' {
			dst = append(dst, `\N`...)
		} else {
			dst = rowcodec.AppendEscaped(dst, r.cells[j].text)
		}
	}
	return append(dst, '\n')
}

// reserveOrder keeps what others look up, and what that is made of, the same in every attempt.
func (t *table) reserveOrder() {
	var hold func(c *column)
	hold = func(c *column) {
		c.stable = true
		for _, l := range c.above {
			if !l.column.stable {
				hold(l.column)
			}
		}
		if c.after != nil && !c.after.stable {
			hold(c.after)
		}
		for _, name := range refs(c.computed, nil) {
			if d := t.byName[name]; d != nil && !d.stable {
				hold(d)
			}
		}
	}
	for _, c := range t.columns {
		if c.stable {
			hold(c)
		}
	}
}
