package seed

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
)

const defaultRows = 1000

// countRows gives each table the rows that were asked for.
func (m *model) countRows() {
	for _, t := range m.tables {
		switch n, own := m.PerRow[t.name.String()]; {
		case own:
			t.rows = n
		case m.Rows > 0:
			t.rows = m.Rows
		case t.profile != nil:
			scale := m.Scale
			if scale <= 0 {
				scale = 1
			}
			t.rows = int64(math.Round(float64(t.profile.Rows) * scale))
			if t.profile.Rows > 0 {
				t.rows = max(1, t.rows)
			}
		default:
			t.rows = defaultRows
			if m.Scale > 0 {
				t.rows = int64(defaultRows * m.Scale)
			}
		}
		if t.base > 0 && t.base <= 200 && m.PerRow[t.name.String()] == 0 && len(t.keys) == 0 {
			t.rows = 0 // a lookup table that is filled already
		}
		t.rows = max(t.rows, int64(len(t.fixed)))
	}
}

// total is how many rows of the table there will be to refer to.
func (t *table) total() int64 {
	if h := t.m.Held[t.cat.OID]; h != nil {
		return t.rows + int64(h.keys())
	}
	return t.rows
}

// capRows lowers the rows of tables whose keys leave no room for more, parents first.
func (m *model) capRows() {
	for range 4 { // as deep as caps usually hang on one another
		for _, t := range m.tables {
			for _, k := range t.keys {
				free := k.parent.total() - int64(k.parent.without(t))
				if k.one && t.rows > free {
					t.lower(free, k)
				}
				if free <= 0 && k.nulls == 0 && !(k.parent == t) {
					t.lower(0, k)
				} else if free <= 0 {
					k.nulls = 1
				}
				if k.most > 0 && t.rows > 0 {
					usable := max(1, free)
					if b := (usable + blockParents - 1) / blockParents; b > 0 {
						usable = usable / b * b
					}
					if room := float64(usable) * float64(k.most) * 0.8; room < float64(t.rows) {
						if k.most <= 4 {
							room = float64(usable) * float64(k.most)
						}
						t.lower(int64(room), k)
					}
				}
			}
		}
	}
}

func (t *table) lower(n int64, k *key) {
	if n >= t.rows {
		return
	}
	t.rows = max(0, n)
	t.m.note(t, "%d rows: the keys to %s leave room for no more", t.rows, k.parent.name)
}

// without is how many rows at the beginning get no child in t.
func (t *table) without(child *table) int {
	n := 0
	for i, f := range t.fixed {
		if _, ok := f[withoutMark+child.name.String()]; ok {
			n = i + 1
		}
	}
	return n
}

const withoutMark = "\x00without "

// indexColumns returns the columns of a unique index, those that expressions use included.
func (t *table) indexColumns(ix *catalog.Index) []*column {
	var out []*column
	add := func(c *column) {
		if c != nil && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, num := range ix.Columns {
		for _, c := range t.columns {
			if num != 0 && c.cat.Num == num {
				add(c)
			}
		}
	}
	if slices.Contains(ix.Columns, 0) {
		body := ix.Def
		if i := strings.Index(body, " WHERE "); i >= 0 {
			body = body[:i]
		}
		for _, c := range t.columns {
			if regexp.MustCompile(`(^|[^A-Za-z0-9_"])"?` + regexp.QuoteMeta(c.cat.Name) + `"?($|[^A-Za-z0-9_"(])`).MatchString(body) {
				add(c)
			}
		}
	}
	return out
}

// makeUnique finds, for each unique or exclusion index, what numbers the rows in it.
func (t *table) makeUnique() {
	indexes := slices.Clone(t.cat.Indexes)
	slices.SortStableFunc(indexes, func(a, b catalog.Index) int { return len(a.Columns) - len(b.Columns) })
	for i := range indexes {
		ix := &indexes[i]
		if !ix.Unique && !ix.Exclusion {
			continue
		}
		columns := t.indexColumns(ix)
		if len(columns) == 0 {
			continue
		}
		if ix.Partial && t.partial(ix, columns) {
			continue
		}
		if ix.Exclusion {
			t.exclude(columns)
			continue
		}
		t.number(columns)
	}
}

var boolPredicate = regexp.MustCompile(`WHERE \(?"?([A-Za-z_0-9]+)"?( IS TRUE| = true)?\)?$`)

// partial handles "one default per customer": the flag is set for the first alone.
func (t *table) partial(ix *catalog.Index, columns []*column) bool {
	if m := boolPredicate.FindStringSubmatch(ix.Def); m != nil {
		if c := t.byName[m[1]]; c != nil && c.n.Class == "bool" && columns[0].key != nil {
			c.flag, columns[0].key.fixed = columns[0].key, true
			return true
		}
	}
	return false
}

// exclude makes the range or the number of an exclusion constraint follow the rows, so
// that no two of them meet.
func (t *table) exclude(columns []*column) {
	for _, c := range columns {
		if c.base != nil && (c.base.Kind == 'r' || c.base.Kind == 'm') {
			c.unique = byRow
			return
		}
	}
	t.number(columns)
}

// number makes the columns together different in every row.
func (t *table) number(columns []*column) {
	var keys []*key
	var free []*column
	for _, c := range columns {
		switch {
		case c.key == nil:
			free = append(free, c)
		case !slices.Contains(keys, c.key):
			keys = append(keys, c.key)
		}
	}
	// Something is unique in it already.
	for _, c := range free {
		if c.unique == byRow && c.size == 0 {
			return
		}
	}
	for _, k := range keys {
		if k.one && subset(k.columns, columns) {
			return
		}
	}
	slices.SortStableFunc(free, func(a, b *column) int { return compareFloats(b.capacity(), a.capacity()) })
	switch {
	case len(free) > 0 && (len(keys) == 0 || free[0].capacity() >= 1e15 && !free[0].ordinalName()):
		t.numberByRow(free)
	case len(free) > 0:
		k := keys[0]
		c := free[0]
		for _, f := range free {
			if f.ordinalName() && f.unique == 0 {
				c = f
				break
			}
		}
		if c.unique == 0 {
			c.unique, c.enumerat, k.fixed = byOrdinal, k, true
		}
		if capacity := c.capacity(); capacity < math.MaxInt32 {
			k.limit(int64(capacity))
		}
	case len(keys) == 1:
		keys[0].one = true
	default:
		t.pair(keys)
	}
}

func subset(a, of []*column) bool {
	for _, c := range a {
		if !slices.Contains(of, c) {
			return false
		}
	}
	return true
}

// numberByRow spells the row's number with the columns as digits, where one of them
// alone has not values enough.
func (t *table) numberByRow(free []*column) {
	radix := uint64(1)
	for _, c := range free {
		if c.unique != 0 {
			continue
		}
		c.unique, c.radix = byRow, radix
		capacity := c.capacity()
		room := capacity * float64(radix)
		if room >= float64(t.base+t.rows) {
			return
		}
		c.size = uint64(max(1, capacity))
		radix *= c.size
	}
	if int64(radix) < t.base+t.rows {
		n := max(0, int64(radix)-t.base)
		if n < t.rows {
			t.rows = n
			t.m.note(t, "%d rows: the unique %s has no more values", n, columnNames(free))
		}
	}
}

func columnNames(columns []*column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.cat.Name
	}
	return strings.Join(names, ", ")
}

// pair makes rows that are unique by two or more foreign keys: below the first, the
// ordinal chooses the others.
func (t *table) pair(keys []*key) {
	lead := keys[0]
	if len(keys) == 2 && keys[0].parent == keys[1].parent && keys[0].inner == nil && keys[1].inner == nil {
		// "a < b" of two keys to one table: the lead takes the lower half, the other what is above it.
		if above(keys[0].columns[0], keys[1].columns[0]) {
			keys[0], keys[1] = keys[1], keys[0]
		}
		if lead = keys[0]; above(keys[1].columns[0], lead.columns[0]) {
			lead.lower, keys[1].inner, keys[1].innerN = true, lead, 1
			lead.limit(max(1, lead.parent.total()/2))
			return
		}
	}
	room := int64(1)
	for _, k := range keys[1:] {
		if k.inner != nil {
			continue // of another index already
		}
		k.inner, k.innerN = lead, room
		n := max(1, k.parent.total()-int64(k.parent.without(t)))
		if len(k.overlap) > 0 { // of the same tenant alone: of a small one as well
			for _, up := range k.parent.keys {
				n = max(1, min(n, k.parent.rows/max(1, up.parent.total())/4))
			}
		}
		if room < math.MaxInt32 {
			room *= n
		}
	}
	lead.limit(room)
}

// above reports whether a CHECK wants a above b.
func above(a, b *column) bool {
	return slices.ContainsFunc(a.above, func(l lower) bool { return l.column == b })
}

func (k *key) limit(most int64) {
	if most > 0 && (k.most == 0 || most < k.most) {
		k.most = most
	}
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

var ordinals = regexp.MustCompile(`(?i)(^|_)(no|nr|num|number|pos|position|seq|sequence|ord|ordinal|order|sort|rank|idx|index|line|step|version|revision)(_|$)|(line|item|sequence|position|index)$`)

// ordinalName reports whether the column numbers the children of a parent.
func (c *column) ordinalName() bool {
	return c.n.Class == "integer" && ordinals.MatchString(c.cat.Name)
}

// capacity is how many different values the column can number.
func (c *column) capacity() float64 {
	l := &c.limits
	if l.allowed != nil {
		return float64(len(l.allowed))
	}
	if c.base == nil {
		return 1
	}
	switch c.base.Kind {
	case 'e':
		return float64(max(1, len(c.base.Labels)))
	case 'a', 'c':
		return 1e15
	case 'r', 'm':
		return 1e6
	}
	lo, hasLo := number(datum{text: l.min})
	hi, hasHi := number(datum{text: l.max})
	switch c.n.Class {
	case "bool":
		return 2
	case "integer":
		most := math.Pow(2, float64(max(c.n.Bits, 16)-1)) - 1
		if hasHi && l.max != "" {
			most = min(most, hi)
		}
		least := 0.0
		if hasLo && l.min != "" {
			least = lo
		}
		return max(0, most-least)
	case "numeric":
		if c.n.Digits > 0 {
			return math.Pow(10, float64(c.n.Digits)) - 1
		}
	case "date":
		return 20000
	case "text":
		n := float64(1e18)
		for _, p := range l.patterns {
			if re := p.parsed(); re != nil {
				n = min(n, variety(re, 1e18))
			}
		}
		if m := c.maxChars(); m > 0 {
			n = min(n, math.Pow(36, float64(m)))
		}
		return n
	case "macaddr":
		return 1 << 40
	}
	if c.base.Name == "bit" || c.base.Name == "varbit" {
		return math.Pow(2, float64(max(1, min(62, c.typmod))))
	}
	return 1e18
}

// maxChars is the most characters that the column holds; 0 is any number.
func (c *column) maxChars() int {
	n := c.n.MaxChars
	if l := c.limits.maxLen; l > 0 && (n == 0 || l < n) {
		n = l
	}
	return n
}

// spread builds the fan-out, when all rows are counted.
func (k *key) spread() {
	parents := k.parent.total()
	skip := int64(k.parent.without(k.t))
	if k.parent.rows > skip && slices.ContainsFunc(k.t.keys, func(o *key) bool { return o.inner == k }) {
		parents = k.parent.rows // pairs with those that were there may be there as well
	}
	if k.lower {
		parents = max(skip+1, (parents+skip)/2)
	}
	draws := spread(exponential)
	if k.t.profile != nil {
		for i := range k.t.profile.Keys {
			if p := &k.t.profile.Keys[i]; slices.Equal(p.Columns, k.fk.Columns) && len(p.FanOut) > 0 {
				draws = fans(p.FanOut).draw
			}
		}
	}
	k.lead = slices.Index(k.t.keys, k) == 0 || k.most > 0
	k.fan = newFanout(k.t.rows, parents, skip, k.most, draws, mix(k.t.m.seed^k.hash), !k.lead)
}

// partitions keeps a partition key within the partitions that there are.
func (t *table) partitions() {
	if t.cat.PartitionBy == nil {
		return
	}
	t.partitionLevel(t.cat.OID, t.cat.PartitionBy)
}

var (
	rangeBound = regexp.MustCompile(`^FOR VALUES FROM \((.*)\) TO \((.*)\)$`)
	listBound  = regexp.MustCompile(`^FOR VALUES IN \((.*)\)$`)
)

func (t *table) partitionLevel(parent uint32, by *catalog.Strategy) {
	if len(by.Columns) == 0 || by.Columns[0] == 0 {
		return
	}
	var col *column
	for _, c := range t.columns {
		if c.cat.Num == by.Columns[0] {
			col = c
		}
	}
	var lists []string
	var spans []timeSpan
	var numbers [][2]string
	open, found := false, false
	for i := range t.m.c.Tables {
		leaf := &t.m.c.Tables[i]
		if leaf.Partition == nil || leaf.Partition.Parent != parent {
			continue
		}
		if !found && leaf.PartitionBy != nil {
			t.partitionLevel(leaf.OID, leaf.PartitionBy)
		}
		found = true
		if leaf.Partition.Default {
			open = true
		} else if m := listBound.FindStringSubmatch(leaf.Partition.Bound); m != nil {
			for _, v := range strings.Split(m[1], ", ") {
				if v != "NULL" {
					lists = append(lists, strings.ReplaceAll(strings.Trim(v, "'"), "''", "'"))
				}
			}
		} else if m := rangeBound.FindStringSubmatch(leaf.Partition.Bound); m != nil && !strings.Contains(m[1], ", ") {
			from, to := strings.Trim(m[1], "'"), strings.Trim(m[2], "'")
			a, ok1 := parseTime(from)
			b, ok2 := parseTime(to)
			if ok1 && ok2 {
				spans = append(spans, timeSpan{a, b})
			} else {
				numbers = append(numbers, [2]string{from, to})
			}
		}
	}
	if !found {
		t.empty, t.rows = "it is partitioned and has no partition", 0
		return
	}
	if col == nil || open && (len(spans) == 0 || col.profile != nil) {
		return
	}
	col.limits.notNull = true
	switch {
	case len(spans) > 0:
		slices.SortFunc(spans, func(a, b timeSpan) int { return a.from.Compare(b.from) })
		col.limits.spans = spans
	case open:
	case lists != nil:
		col.limits.allow(lists)
	case len(numbers) > 0:
		slices.SortFunc(numbers, func(a, b [2]string) int { return order(a[0], b[0]) })
		if numbers[0][0] != "MINVALUE" {
			col.limits.take(">=", numbers[0][0])
		}
		if last := numbers[len(numbers)-1][1]; last != "MAXVALUE" {
			col.limits.take("<", last)
		}
	}
}

func (m *model) tableNamed(name string) *table {
	for _, t := range m.tables {
		if t.name.String() == name {
			return t
		}
	}
	return nil
}

// placeStates gives the first rows of their tables to what the states ask for.
func (m *model) placeStates() error {
	for _, s := range m.States {
		t := m.tableNamed(s.Table)
		if t == nil {
			return stateFault(s, fmt.Errorf("there is no table %s", s.Table))
		}
		row := fixedRow{}
		for name, text := range s.Set {
			c := t.byName[name]
			switch {
			case c == nil:
				return stateFault(s, fmt.Errorf("%s has no column %s", s.Table, name))
			case text == "null" && c.cat.NotNull:
				return stateFault(s, fmt.Errorf("%s.%s is never NULL", s.Table, name))
			case c.key != nil && text != "null":
				return stateFault(s, fmt.Errorf("%s.%s is a foreign key: its values are made", s.Table, name))
			case text == "null":
				row[name] = nullDatum
			default:
				row[name] = datum{text: text}
			}
		}
		if s.Without != "" {
			child := m.tableNamed(s.Without)
			if child == nil || !slices.ContainsFunc(child.keys, func(k *key) bool { return k.parent == t }) {
				return stateFault(s, fmt.Errorf("no foreign key of %s refers to %s", s.Without, s.Table))
			}
			row[withoutMark+s.Without] = datum{}
		}
		rows := []fixedRow{row}
		if s.Each != "" {
			c := t.byName[s.Each]
			if c == nil {
				return stateFault(s, fmt.Errorf("%s has no column %s", s.Table, s.Each))
			}
			values := c.limits.allowed
			if c.base != nil && c.base.Kind == 'e' && values == nil {
				values = c.base.Labels
			}
			if c.n.Class == "bool" && values == nil {
				values = []string{"f", "t"}
			}
			if len(values) == 0 && c.profile != nil {
				for _, v := range c.profile.Values {
					values = append(values, v.Value)
				}
			}
			if len(values) == 0 {
				return stateFault(s, fmt.Errorf("the values of %s.%s are not known: it is no enum, has no CHECK that lists them, and no profile does", s.Table, s.Each))
			}
			rows = nil
			for _, v := range values {
				one := fixedRow{s.Each: {text: v}}
				for k, d := range row {
					one[k] = d
				}
				rows = append(rows, one)
			}
		}
		for range max(1, s.Rows) {
			t.fixed = append(t.fixed, rows...)
		}
		if s.Without != "" { // those without children stand first
			slices.SortStableFunc(t.fixed, func(a, b fixedRow) int { return marks(b) - marks(a) })
		}
	}
	return nil
}

func marks(f fixedRow) int {
	for k := range f {
		if strings.HasPrefix(k, withoutMark) {
			return 1
		}
	}
	return 0
}

func stateFault(s State, err error) error {
	return &report.Fault{Side: report.Rules, Doing: "place the state of " + s.Where, Err: err}
}
