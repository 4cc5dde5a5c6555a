package subset

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Reader runs a query in one snapshot. param is the query's $1, or nil; format is how the
// values come. What each gets is its own only during the call. Errors are report.Faults.
type Reader interface {
	Rows(ctx context.Context, doing, sql string, param *session.Param, format session.Format, each func(values [][]byte) error) (int64, error)
}

// Options says how a walk goes.
type Options struct {
	Key    prf.Key
	Factor float64 // times every percentage and number of rows of the starts; 0 is 1
	Most   int64   // estimated bytes beyond which the walk ends with ErrTooLarge; 0 is no bound
	Memory int64   // for addresses; 0 is DefaultMemory
	Dir    string  // of the file beyond it; empty is the system's for temporary files
}

// ErrTooLarge ends a walk that goes beyond Options.Most.
var ErrTooLarge = errors.New("the subset is larger than was asked for")

// Addresses travel so many at a time: enough that a query's overhead does not count, and
// few enough that the server plans for an index. Without an index it reads the whole table
// each time, so the fewest times are the best.
const (
	batchIndexed = 20_000
	batchScan    = 1_000_000
)

// Chosen is the rows of a subset.
type Chosen struct {
	graph  *plan.Subset
	store  *store
	nodes  []node
	leaves map[uint32]*leaf
	factor float64
}

// node is what a walk knows of a table.
type node struct {
	leaves []*leaf
	by     []int64 // rows by what brought them first: each key up and down, a start, whole
	came   int     // the one thing that brought rows; mixed when there are several, none before
}

// leaf is the chosen rows of one table that holds rows.
type leaf struct {
	node    int
	rows    *Rows
	waiting *Rows // rows that the walk has not gone on from in this direction
}

// What brings rows besides keys. Key k brings 2k down and 2k+1 up.
const (
	none  = -1
	mixed = -2
)

// Walk finds the rows. The caller closes what it returns.
func Walk(ctx context.Context, g *plan.Subset, r Reader, o Options) (*Chosen, error) {
	if o.Factor <= 0 {
		o.Factor = 1
	}
	w := &walk{ctx: ctx, reader: r, options: o, Chosen: &Chosen{graph: g, store: newStore(o.Dir, o.Memory), leaves: map[uint32]*leaf{}, factor: o.Factor}}
	for i := range g.Nodes {
		n := node{by: make([]int64, 2*len(g.Keys)+2), came: none}
		for _, l := range g.Nodes[i].Leaves {
			f := &leaf{node: i, rows: w.store.rows(), waiting: w.store.rows()}
			w.leaves[l.OID] = f
			n.leaves = append(n.leaves, f)
		}
		w.nodes = append(w.nodes, n)
	}
	for _, step := range []func() error{w.try, w.start, w.down, w.whole, w.up} {
		if err := step(); err != nil {
			_ = w.Close()
			return nil, err
		}
	}
	return w.Chosen, nil
}

// Close gives memory and disk back.
func (c *Chosen) Close() error { return c.store.close() }

// Read calls each with the chosen rows of one table, so many from the first-th on, in
// order and in batches of at most size.
func (c *Chosen) Read(table uint32, first, count int64, size int, each func([]session.TID) error) error {
	return c.leaves[table].rows.Read(first, count, size, each)
}

// Counts returns how many rows were chosen of each table, by OID.
func (c *Chosen) Counts() map[uint32]int64 {
	counts := make(map[uint32]int64, len(c.leaves))
	for oid, l := range c.leaves {
		counts[oid] = l.rows.Len()
	}
	return counts
}

// Loose counts, by key, the references of the chosen rows along virtual keys that lead
// nowhere in the source itself: what is written cannot have fewer of them without having
// lost something, nor more without having broken something.
func (c *Chosen) Loose(ctx context.Context, r Reader) (map[int]int64, error) {
	loose := map[int]int64{}
	for i := range c.graph.Keys {
		k := &c.graph.Keys[i]
		for _, q := range k.Loose {
			rows := c.leaves[q.Leaf].rows
			err := rows.Read(0, rows.Len(), batchIndexed, func(t []session.TID) error {
				_, err := r.Rows(ctx, "count what refers to nothing along "+k.Label, q.SQL, session.TIDs(t), session.BinaryFormat, func(values [][]byte) error {
					if len(values) != 1 || len(values[0]) != 8 {
						return errors.New("the server does not send a number")
					}
					loose[i] += int64(binary.BigEndian.Uint64(values[0]))
					return nil
				})
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return loose, nil
}

type walk struct {
	*Chosen
	ctx     context.Context //nolint:containedctx // lives for one call of Walk
	reader  Reader
	options Options
	bytes   int64 // estimate of what was added so far
}

// try has the server parse what the rules wrote into queries, over no rows, so that a
// mistake in a condition or a path is told before anything is read.
func (w *walk) try() error {
	nothing := func([][]byte) error { return nil }
	for i := range w.graph.Nodes {
		n := &w.graph.Nodes[i]
		if n.Skip || n.Filter == "" {
			continue
		}
		if _, err := w.reader.Rows(w.ctx, "try", n.All+" LIMIT 0", nil, session.BinaryFormat, nothing); err != nil {
			return rulesFault("try the condition of "+n.Name.String(), "the rules say: "+n.Filter, err)
		}
	}
	for i := range w.graph.Nodes {
		n := &w.graph.Nodes[i]
		if n.Start == nil || n.Start.Where == "" {
			continue
		}
		if _, err := w.reader.Rows(w.ctx, "try", n.Start.Scan+" LIMIT 0", nil, session.TextFormat, nothing); err != nil {
			return rulesFault("try the condition that the subset starts from in "+n.Name.String(), "the rules say: where "+n.Start.Where, err)
		}
	}
	for i := range w.graph.Keys {
		k := &w.graph.Keys[i]
		if !k.Virtual || len(k.Up) == 0 {
			continue
		}
		if _, err := w.reader.Rows(w.ctx, "try", k.Up[0].SQL, session.TIDs(nil), session.BinaryFormat, nothing); err != nil {
			return rulesFault("try the virtual key "+k.Label, "see its columns, its path and its types", err)
		}
	}
	return nil
}

// rulesFault blames the rules for a statement that the server did not take; a broken
// connection stays the source's.
func rulesFault(doing, hint string, err error) error {
	var server *session.ServerError
	if !errors.As(err, &server) {
		return err
	}
	return &report.Fault{Side: report.Rules, Doing: doing, Err: server, Hint: hint}
}

// start draws the rows that everything starts from.
func (w *walk) start() error {
	for i := range w.graph.Nodes {
		s := w.graph.Nodes[i].Start
		if s == nil {
			continue
		}
		name := w.graph.Nodes[i].Name.String()
		d := newDraw(w.options.Key, name, s, w.options.Factor)
		in := w.collect(i, 2*len(w.graph.Keys))
		// in text: the identity's values may be of any type, and text is what stays the same
		_, err := w.reader.Rows(w.ctx, "read the keys of "+name, s.Scan, nil, session.TextFormat, func(values [][]byte) error {
			oid, tid, err := addressText(values)
			if err != nil || !d.row(oid, tid, values[2:]) {
				return err
			}
			return in.add(oid, tid)
		})
		if err != nil {
			return err
		}
		if d.seen == 0 {
			f := &report.Fault{Side: report.Rules, Doing: "start the subset from " + name, Err: errors.New("the table has no rows"), Hint: fmt.Sprintf("%s:%d: start from another table", s.File, s.Line)}
			if s.Where != "" {
				f.Err, f.Hint = errors.New("its condition selects no row"), fmt.Sprintf("%s:%d says: where %s", s.File, s.Line, s.Where)
			}
			return f
		}
		for _, x := range d.rest() {
			if err := in.add(x.leaf, x.tid); err != nil {
				return err
			}
		}
		if err := in.flush(); err != nil {
			return err
		}
	}
	return nil
}

// down goes to the rows that refer to those that are waiting, until none is. Nodes come in
// an order in which one pass is enough where there is no circle.
func (w *walk) down() error {
	for again := true; again; {
		again = false
		for i := range w.nodes {
			waiting := w.take(i)
			if waiting == nil {
				continue
			}
			again = true
			for k := range w.graph.Keys {
				if key := &w.graph.Keys[k]; key.To == i && key.None == "" {
					if err := w.follow(waiting, key.Down, key.From, 2*k, key.Indexed, "find what refers along "+key.Label); err != nil {
						return err
					}
				}
			}
			for _, rows := range waiting {
				rows.drop()
			}
		}
	}
	return nil
}

// whole takes the tables that are copied whole; their rows draw no others down.
func (w *walk) whole() error {
	for i := range w.nodes {
		for _, l := range w.nodes[i].leaves {
			// from here on every row waits to go up
			l.waiting.drop()
			if err := l.rows.Read(0, l.rows.Len(), batchIndexed, func(t []session.TID) error { return l.waiting.Add(t, nil) }); err != nil {
				return err
			}
		}
		n := &w.graph.Nodes[i]
		if n.Whole == "" {
			continue
		}
		in := w.collect(i, 2*len(w.graph.Keys)+1)
		if _, err := w.reader.Rows(w.ctx, "read "+n.Name.String(), n.All, nil, session.BinaryFormat, in.binary); err != nil {
			return err
		}
		if err := in.flush(); err != nil {
			return err
		}
	}
	return nil
}

// up goes to what the rows refer to, until nothing is missing: what refers comes first.
func (w *walk) up() error {
	for again := true; again; {
		again = false
		for i := len(w.nodes) - 1; i >= 0; i-- {
			came := w.nodes[i].came
			waiting := w.take(i)
			if waiting == nil {
				continue
			}
			again = true
			for k := range w.graph.Keys {
				key := &w.graph.Keys[k]
				// a table of which every row is here, and the very rows that these came from, are here
				// already; but a document may refer to others besides
				if key.From != i || w.graph.Nodes[key.To].Whole != "" || came == 2*k && !key.Virtual {
					continue
				}
				if err := w.follow(waiting, key.Up, key.To, 2*k+1, true, "find what "+key.Label+" refers to"); err != nil {
					return err
				}
			}
			for _, rows := range waiting {
				rows.drop()
			}
		}
	}
	return nil
}

// take returns the waiting rows of a node by leaf, and nil when none waits.
func (w *walk) take(i int) map[uint32]*Rows {
	var taken map[uint32]*Rows
	for k, l := range w.nodes[i].leaves {
		if l.waiting.Len() == 0 {
			continue
		}
		if taken == nil {
			taken = map[uint32]*Rows{}
		}
		taken[w.graph.Nodes[i].Leaves[k].OID] = l.waiting
		l.waiting = w.store.rows()
	}
	return taken
}

// follow runs a key's queries over rows and adds what they find to a node.
func (w *walk) follow(from map[uint32]*Rows, queries []plan.Query, to, by int, indexed bool, doing string) error {
	size := batchScan
	if indexed {
		size = batchIndexed
	}
	in := w.collect(to, by)
	for _, q := range queries {
		rows := from[q.Leaf]
		if rows == nil {
			continue
		}
		err := rows.Read(0, rows.Len(), size, func(t []session.TID) error {
			if _, err := w.reader.Rows(w.ctx, doing, q.SQL, session.TIDs(t), session.BinaryFormat, in.binary); err != nil {
				return err
			}
			return in.flush()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// collector gathers what a query finds, so that a set is touched once for many rows.
type collector struct {
	*walk
	node, by int
	found    map[uint32][]session.TID
	n        int
}

func (w *walk) collect(node, by int) *collector {
	return &collector{walk: w, node: node, by: by, found: map[uint32][]session.TID{}}
}

// collected is how many rows are gathered: 800 KB.
const collected = 100_000

func (c *collector) binary(values [][]byte) error {
	oid, tid, err := address(values)
	if err != nil {
		return err
	}
	return c.add(oid, tid)
}

func (c *collector) add(oid uint32, tid session.TID) error {
	c.found[oid] = append(c.found[oid], tid)
	if c.n++; c.n >= collected {
		return c.flush()
	}
	return nil
}

func (c *collector) flush() error {
	n := &c.nodes[c.node]
	for oid, tids := range c.found {
		l := c.leaves[oid]
		if l == nil || l.node != c.node {
			return &report.Fault{Side: report.Source, Doing: "walk along the keys", Err: errors.New("a row lies in a table that the catalog does not have"), Hint: "a partition came or went meanwhile: run again"}
		}
		err := l.rows.Add(tids, func(fresh []session.TID) error {
			n.by[c.by] += int64(len(fresh))
			c.bytes += int64(len(fresh)) * c.weight(oid)
			if n.came == none {
				n.came = c.by
			} else if n.came != c.by {
				n.came = mixed
			}
			return l.waiting.Add(fresh, nil)
		})
		if err != nil {
			return err
		}
		c.found[oid] = tids[:0]
	}
	c.n = 0
	if c.options.Most > 0 && c.bytes > c.options.Most {
		return ErrTooLarge
	}
	return c.ctx.Err()
}

// weight is a row's share of its table and indexes on the source.
func (c *Chosen) weight(oid uint32) int64 {
	n := &c.graph.Nodes[c.leaves[oid].node]
	for i := range n.Leaves {
		if l := &n.Leaves[i]; l.OID == oid {
			return (l.Bytes + l.Index) / max(l.Rows, 1)
		}
	}
	return 0
}

// address reads a leaf's OID and a row's address in binary.
func address(values [][]byte) (uint32, session.TID, error) {
	if len(values) == 2 && len(values[0]) == 4 {
		if tid, ok := session.DecodeTID(values[1]); ok {
			return binary.BigEndian.Uint32(values[0]), tid, nil
		}
	}
	return 0, session.TID{}, errors.New("the server does not send a row's address")
}

// addressText reads them in text: 16384, (12,3).
func addressText(values [][]byte) (uint32, session.TID, error) {
	var oid uint64
	for _, c := range values[0] {
		oid = oid*10 + uint64(c-'0')
	}
	var block, offset uint64
	at := &block
	for _, c := range values[1] {
		switch {
		case c == ',':
			at = &offset
		case c >= '0' && c <= '9':
			*at = *at*10 + uint64(c-'0')
		}
	}
	if offset == 0 || oid == 0 {
		return 0, session.TID{}, errors.New("the server does not send a row's address")
	}
	return uint32(oid), session.TID{Block: uint32(block), Offset: uint16(offset)}, nil
}
