package inspect

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
)

// State is how far a reading has come, for a later process to go on with. It holds counts
// and places of rows, and no value.
type State struct {
	Version int          `json:"version"`
	Of      string       `json:"of"` // what is read, and how; another reading's state is refused by whoever keeps it
	Tables  []TableState `json:"tables"`
}

// TableState is how far one table is read.
type TableState struct {
	Schema   string `json:"schema"`
	Table    string `json:"table"`
	Filenode uint32 `json:"filenode"` // another one: the table was rewritten, and is read again
	Columns  string `json:"columns"`  // digest of what is looked at
	Pages    int64  `json:"pages"`    // by which it was cut
	Parts    int    `json:"parts"`
	Done     []int  `json:"done"` // parts that are read, in order
	Rows     int64  `json:"rows"`
	Seen     []Seen `json:"seen"`
}

// Seen is what was counted of one sort in one column.
type Seen struct {
	Column   string          `json:"column"`
	Code     string          `json:"code"`
	What     string          `json:"what"`
	Severity report.Severity `json:"severity"`
	Count    int64           `json:"count"`
	CTIDs    []string        `json:"ctids"`
}

const stateVersion = 1

// mostState bounds the memory that a state takes: no reading writes a larger one.
const mostState = 256 << 20

var errState = errors.New("it is damaged, or of another version")

// ReadState reads what Write wrote, and refuses all else.
func ReadState(r io.Reader) (*State, error) {
	b, err := io.ReadAll(io.LimitReader(r, mostState+1))
	if err != nil {
		return nil, err
	}
	if len(b) > mostState {
		return nil, errState
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	s := &State{}
	if err := d.Decode(s); err != nil {
		return nil, errState // its words would quote the file
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errState
	}
	names := map[catalog.Name]bool{}
	for i := range s.Tables {
		t := &s.Tables[i]
		name := catalog.Name{Schema: t.Schema, Name: t.Table}
		if names[name] || !t.valid() {
			return nil, errState
		}
		names[name] = true
	}
	if s.Version != stateVersion {
		return nil, errState
	}
	return s, nil
}

func (t *TableState) valid() bool {
	if t.Pages < 0 || t.Rows < 0 || t.Parts < 1 || t.Parts > 1<<22 || len(t.Done) > t.Parts {
		return false
	}
	for i, k := range t.Done {
		if k < 0 || k >= t.Parts || i > 0 && k <= t.Done[i-1] {
			return false
		}
	}
	for i := range t.Seen {
		s := &t.Seen[i]
		if s.Count < 1 || s.Severity < report.Info || s.Severity > report.High || len(s.CTIDs) > locatorsPerFinding {
			return false
		}
		if slices.ContainsFunc(s.CTIDs, func(c string) bool { return !isCTID(c) }) {
			return false
		}
	}
	return true
}

// isCTID reports whether s is (block,line), as it goes into a query that people run.
func isCTID(s string) bool {
	inner, ok := strings.CutPrefix(s, "(")
	if inner, ok2 := strings.CutSuffix(inner, ")"); ok && ok2 {
		block, line, two := strings.Cut(inner, ",")
		_, err := strconv.ParseUint(block, 10, 32)
		_, err2 := strconv.ParseUint(line, 10, 16)
		return two && err == nil && err2 == nil
	}
	return false
}

// Write writes the state.
func (s *State) Write(w io.Writer) error {
	s.Version = stateVersion
	return json.NewEncoder(w).Encode(s)
}

// columnsDigest names what is looked at in a table, and how.
func columnsDigest(t *Table) string {
	h := sha256.New()
	for _, c := range t.Columns {
		_, _ = fmt.Fprintf(h, "%q %q %q %v\n", c.Name, c.Class, c.Kind, c.Array)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// reading is a Run whose state is kept.
type reading struct {
	state *State
	at    map[catalog.Name]int
	seen  tallies // of all tables, with what an earlier process saw
	rows  int64
	save  func(*State) error
}

// newReading takes over from an earlier state what still holds of the tables, and returns
// the parts that are left.
func newReading(o *Options, parts []part) (*reading, []part) {
	r := &reading{state: &State{}, at: map[catalog.Name]int{}, seen: tallies{}, save: o.Save}
	before := map[catalog.Name]*TableState{}
	if o.Resume != nil {
		for i := range o.Resume.Tables {
			t := &o.Resume.Tables[i]
			before[catalog.Name{Schema: t.Schema, Name: t.Table}] = t
		}
		r.state.Of = o.Resume.Of
	}
	count := map[catalog.Name]int{}
	for _, p := range parts {
		count[p.table.Name]++
	}
	for i := range o.Tables {
		t := &o.Tables[i]
		if count[t.Name] == 0 {
			continue
		}
		now := TableState{Schema: t.Name.Schema, Table: t.Name.Name, Filenode: t.Filenode, Columns: columnsDigest(t), Pages: t.Pages, Parts: count[t.Name], Done: []int{}, Seen: []Seen{}}
		if old := before[t.Name]; old != nil && old.Filenode == now.Filenode && old.Columns == now.Columns && old.Pages == now.Pages && old.Parts == now.Parts {
			now.Done, now.Rows = old.Done, old.Rows
			r.rows += old.Rows
			r.seen.take(t.Name, old.Seen)
		}
		r.at[t.Name] = len(r.state.Tables)
		r.state.Tables = append(r.state.Tables, now)
	}
	left := slices.DeleteFunc(slices.Clone(parts), func(p part) bool {
		return slices.Contains(r.state.Tables[r.at[p.table.Name]].Done, p.index)
	})
	return r, left
}

// resumed gives the tables the sizes by which an earlier process cut them, so that its
// parts are the same ones.
func resumed(o *Options) {
	if o.Resume == nil {
		return
	}
	o.Tables = slices.Clone(o.Tables)
	for i := range o.Tables {
		t := &o.Tables[i]
		for k := range o.Resume.Tables {
			if s := &o.Resume.Tables[k]; s.Schema == t.Name.Schema && s.Table == t.Name.Name && s.Filenode == t.Filenode {
				t.Pages = s.Pages
			}
		}
	}
}

// done notes a part that is read, with what was seen in it.
func (r *reading) done(p part, seen tallies, rows int64) error {
	r.seen.merge(seen)
	r.rows += rows
	t := &r.state.Tables[r.at[p.table.Name]]
	t.Rows += rows
	at, _ := slices.BinarySearch(t.Done, p.index)
	t.Done = slices.Insert(t.Done, at, p.index)
	if r.save == nil {
		return nil
	}
	return r.save(r.snapshot())
}

// snapshot puts what was seen into the state.
func (r *reading) snapshot() *State {
	for i := range r.state.Tables {
		r.state.Tables[i].Seen = r.state.Tables[i].Seen[:0]
	}
	for _, k := range slices.SortedFunc(maps.Keys(r.seen), func(x, y key) int {
		return cmp.Or(strings.Compare(x.column, y.column), strings.Compare(x.code, y.code), strings.Compare(x.what, y.what))
	}) {
		t, n := r.seen[k], &r.state.Tables[r.at[k.table]]
		n.Seen = append(n.Seen, Seen{k.column, k.code, k.what, t.severity, t.count, append([]string{}, t.ctids...)})
	}
	return r.state
}

// take adds what an earlier process saw of a table.
func (a tallies) take(name catalog.Name, seen []Seen) {
	for _, s := range seen {
		a[key{table: name, column: s.Column, code: s.Code, what: s.What, accepted: -1}] = &tally{severity: s.Severity, count: s.Count, ctids: s.CTIDs}
	}
}
