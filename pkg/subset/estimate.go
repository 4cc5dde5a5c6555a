package subset

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// weighed is how many rows of a table are weighed to know what all of them take.
const weighed = 400

// PostgreSQL's pages, and what of one its rows can fill.
const (
	page = 8192
	room = 8192 - 24
)

// Estimate says what the subset will take: rows, bytes with indexes, and what brought
// them. Rows are those of the snapshot; bytes are what an average row takes, read from a
// few hundred of them.
func (c *Chosen) Estimate(ctx context.Context, r Reader) (*report.Subset, error) {
	s := &report.Subset{}
	for i := range c.graph.Nodes {
		n := &c.graph.Nodes[i]
		if n.Skip {
			continue
		}
		t := report.SubsetTable{Name: n.Name.String(), Path: c.path(i)}
		for k, l := range n.Leaves {
			bytes, err := c.weigh(ctx, r, &n.Leaves[k])
			if err != nil {
				return nil, err
			}
			t.Rows += c.nodes[i].leaves[k].rows.Len()
			t.SourceRows += l.Rows
			t.Estimate += bytes
		}
		for by, rows := range c.nodes[i].by {
			if rows > 0 {
				t.From = append(t.From, report.SubsetFrom{What: c.what(i, by), Rows: rows})
			}
		}
		slices.SortStableFunc(t.From, func(a, b report.SubsetFrom) int { return int(b.Rows - a.Rows) })
		s.Rows += t.Rows
		s.Estimate += t.Estimate
		s.Tables = append(s.Tables, t)
		if n.Start != nil {
			s.Starts = append(s.Starts, n.Name.String()+": "+amount(n.Start, c.factor))
		}
	}
	slices.SortStableFunc(s.Tables, func(a, b report.SubsetTable) int { return int(b.Estimate - a.Estimate) })
	return s, nil
}

// amount writes a start as people read it.
func amount(s *plan.Start, factor float64) string {
	out := ""
	switch {
	case s.Rows > 0:
		out = fmt.Sprintf("%d rows", max(1, int64(math.Round(float64(s.Rows)*factor))))
	case s.Percent > 0:
		out = fmt.Sprintf("%.4g %%", min(100, s.Percent*factor))
	default:
		return "where " + s.Where
	}
	if s.Where != "" {
		out += " where " + s.Where
	}
	return out
}

// what names one thing that brought rows to a node.
func (c *Chosen) what(i, by int) string {
	switch keys := len(c.graph.Keys); {
	case by == 2*keys:
		return "start"
	case by == 2*keys+1:
		return "whole table: " + c.graph.Nodes[i].Whole
	case by%2 == 0:
		return "refer along " + c.graph.Keys[by/2].Label
	default:
		return "needed by " + c.graph.Keys[by/2].Label
	}
}

// path goes back from a node, each time along what brought most of the rows, to a start.
func (c *Chosen) path(i int) string {
	out, seen := "", map[int]bool{}
	for at := i; !seen[at]; {
		seen[at] = true
		best := -1
		for by, rows := range c.nodes[at].by {
			if rows > 0 && (best < 0 || rows > c.nodes[at].by[best]) {
				best = by
			}
		}
		switch keys := len(c.graph.Keys); {
		case best < 0:
			return "nothing leads to it"
		case best == 2*keys:
			return "start " + c.graph.Nodes[at].Name.String() + out
		case best == 2*keys+1:
			return c.what(at, best) + out
		}
		k := &c.graph.Keys[best/2]
		if best%2 == 0 {
			at, out = k.To, " > "+k.Label+out
		} else {
			out = " > " + c.graph.Nodes[at].Name.String() + ", needed by " + k.Label + out
			at = k.From
		}
	}
	return "a circle:" + out
}

// weigh estimates the bytes of one leaf, indexes included.
func (c *Chosen) weigh(ctx context.Context, r Reader, l *plan.Leaf) (int64, error) {
	rows := c.leaves[l.OID].rows
	n := rows.Len()
	// an index begins with a page of its own, and so does the one of a TOAST table
	own := int64(l.Indexes) * page
	// runs of neighbours from all over the set: to look at few blocks, and not at one corner
	const runs = 20
	var sample []session.TID
	for k := range min(int64(runs), n) {
		err := rows.Read(n*k/runs, max(1, weighed/runs), weighed, func(t []session.TID) error { sample = append(sample, t...); return nil })
		if err != nil {
			return 0, err
		}
	}
	var count, sum, toast int64
	_, err := r.Rows(ctx, "weigh rows of "+l.Name.String(), l.Width, session.TIDs(sample), session.BinaryFormat, func(values [][]byte) error {
		if len(values) != 3 || len(values[0]) != 8 || len(values[1]) != 8 || len(values[2]) != 8 {
			return errors.New("the server does not send three numbers")
		}
		count, sum, toast = int64(binary.BigEndian.Uint64(values[0])), int64(binary.BigEndian.Uint64(values[1])), int64(binary.BigEndian.Uint64(values[2]))
		return nil
	})
	if err != nil {
		return 0, err
	}
	bytes := own + toast*page
	if n == 0 {
		return bytes, nil
	}
	if count == 0 {
		return 0, &report.Fault{Side: report.Source, Doing: "weigh rows of " + l.Name.String(), Err: errors.New("the chosen rows are gone"), Hint: "the table was rewritten meanwhile: run again"}
	}
	heap := int64(float64(sum) / float64(count) * float64(n) * page / room)
	bytes += (heap+page-1)/page*page + page // and the map of what is visible to all
	share := int64(float64(max(l.Index-own, 0)) / float64(max(l.Rows, n, 1)) * float64(n))
	return bytes + max(share, own), nil
}
