package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"
)

// Subset says that a run copied a part of the rows, which part, and how the estimate that
// was made before it fits what came of it. Sizes are bytes with indexes and TOAST.
type Subset struct {
	Starts   []string      `json:"starts"`                 // table and amount: "public.customers: 1.27 %"
	Target   int64         `json:"target_bytes,omitempty"` // the size that was asked for
	Rows     int64         `json:"rows"`                   // chosen, in all tables
	Estimate int64         `json:"estimated_bytes"`        //
	Bytes    int64         `json:"bytes"`                  // what the tables take in the incoming database; 0 until it was measured
	Tables   []SubsetTable `json:"tables"`                 // the largest first; partitions are in their root's
}

// SubsetTable is the chosen rows of one table.
type SubsetTable struct {
	Name       string       `json:"name"`
	Rows       int64        `json:"rows"`            // chosen
	SourceRows int64        `json:"source_rows"`     // estimate of what the source has
	Estimate   int64        `json:"estimated_bytes"` //
	Bytes      int64        `json:"bytes"`           // in the incoming database; 0 until it was measured
	Path       string       `json:"path"`            // how most of the rows were come to, from a start
	From       []SubsetFrom `json:"from"`            // all that brought rows, the most first
}

// SubsetFrom is one thing that brought rows: a start, a key in one of its directions, or
// that the table is copied whole.
type SubsetFrom struct {
	What string `json:"what"`
	Rows int64  `json:"rows"`
}

// Sizes says what was expected and what came of it.
func (s *Subset) Sizes() string {
	out := fmt.Sprintf("%s rows, estimated at %s", humanize.Comma(s.Rows), humanize.Bytes(uint64(s.Estimate)))
	if s.Target > 0 {
		out += " for the " + humanize.Bytes(uint64(s.Target)) + " that were asked for"
	}
	if s.Bytes > 0 {
		out += ", and they take " + humanize.Bytes(uint64(s.Bytes))
	}
	return out
}

// WriteSubset writes what a subset takes, by table, for a terminal.
func WriteSubset(w io.Writer, s *Subset) error {
	p := &printer{w: w}
	p.printf("subset    %s: %s\n", Clean(strings.Join(s.Starts, "; ")), s.Sizes())
	t := table.NewWriter()
	t.AppendHeader(table.Row{"table", "rows", "of", "size", "how most of them were come to"})
	for i := range s.Tables {
		row := &s.Tables[i]
		t.AppendRow(table.Row{Clean(row.Name), humanize.Comma(row.Rows), humanize.Comma(row.SourceRows), humanize.Bytes(uint64(row.Estimate)), Clean(row.Path)})
	}
	t.AppendFooter(table.Row{"all", humanize.Comma(s.Rows), "", humanize.Bytes(uint64(s.Estimate))})
	t.SetColumnConfigs(right("rows", "of", "size"))
	p.render(t)
	return p.err
}
