package report

import (
	"cmp"
	"io/fs"
	"slices"
	"time"
)

// TrendLength is how many earlier runs a record remembers: two months of nights.
const TrendLength = 60

// Night is what a record remembers of an earlier run into the same folder.
type Night struct {
	ID       string    `json:"id"`
	Started  time.Time `json:"started"`
	Millis   int64     `json:"ms"`
	Outcome  Outcome   `json:"outcome"`
	Rows     int64     `json:"rows"`
	Bytes    int64     `json:"bytes"`
	Columns  int       `json:"columns"`
	Masked   int       `json:"masked"`
	Kept     int       `json:"kept"`
	Open     int       `json:"open"` // findings that nobody accepted
	High     int       `json:"high"` // of them, of high severity
	Accepted int       `json:"accepted"`
	Rules    string    `json:"rules"`   // digest
	Catalog  string    `json:"catalog"` // digest
	Key      string    `json:"key"`     // id
}

// Night returns what later records remember of the run.
func (r *Run) Night() Night {
	n := Night{
		ID: r.ID, Started: r.Started, Millis: r.Elapsed().Milliseconds(), Outcome: r.Outcome, Rows: r.Rows(), Bytes: r.Bytes(),
		Columns: len(r.Ledger), Masked: r.Ledger.Count("mask"), Kept: r.Ledger.Count("keep"),
		Rules: r.Rules.Digest, Catalog: r.Catalog, Key: r.Key.ID,
	}
	for _, f := range r.Findings {
		switch {
		case f.Accepted != nil:
			n.Accepted++
		case f.Severity == High:
			n.High++
			fallthrough
		default:
			n.Open++
		}
	}
	return n
}

// NoID is greater than every run's id: Before it is the newest record of all.
const NoID = "~"

// Before returns the newest whole record in a report folder that is older than the run
// with the id, nil when there is none. Each run's record is in a folder named after it.
func Before(folder fs.FS, id string) *Run {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil
	}
	slices.Reverse(entries) // ids begin with their time, so names sort by age
	for _, e := range entries {
		if !e.IsDir() || e.Name() >= id {
			continue
		}
		if run := readRecord(folder, e.Name()); run != nil {
			return run
		}
	}
	return nil
}

// readRecord reads one record, nil when it is none: a trend is no reason to fail a run,
// and what does not read is not part of it.
func readRecord(folder fs.FS, id string) *Run {
	f, err := folder.Open(id + "/run.json")
	if err != nil {
		return nil
	}
	defer f.Close()
	run, err := ReadRun(f)
	if err != nil || run.ID != id {
		return nil
	}
	return run
}

// Follow sets the run's trend: the runs that the one before remembers, and that one.
func (r *Run) Follow(before *Run) {
	r.Trend = nil
	if before == nil {
		return
	}
	r.Trend = append(slices.Clone(before.Trend), before.Night())
	r.Trend = r.Trend[max(0, len(r.Trend)-TrendLength):]
}

// Changes is what differs between two runs.
type Changes struct {
	Before, After           string    // their ids
	Rules, Catalog, Key     bool      // another one
	Tool                    bool      // another version of the program or its word lists
	Rotated                 []Rotated // domains with another key
	AllRotated              bool      // no domain has the key that it had
	Decisions               []Change
	Tables                  []RowChange
	NewFindings, Gone       []Finding
	Slower                  int64 // milliseconds; negative is faster
	RowsBefore, RowsAfter   int64
	BytesBefore, BytesAfter int64
}

// Rotated is a domain with another key than before: the same value has another stand-in.
type Rotated struct {
	Domain, Before, After string   // the keys are named by their ids
	Columns               []string // whose stand-ins change, as schema.table.column
}

// Rotation tells which domains of both runs are drawn with another key, in the order of the
// later ledger, and whether none kept its own.
func Rotation(before, after *Run) (rotated []Rotated, all bool) {
	had := map[string]bool{}
	for _, e := range before.Ledger {
		for _, d := range e.Drawn {
			had[d] = true
		}
	}
	all = true
	at := map[string]int{}
	for _, e := range after.Ledger {
		for _, d := range e.Drawn {
			was, is := before.Key.In(d), after.Key.In(d)
			switch i, ok := at[d]; {
			case !had[d]:
			case was == is:
				all = false
			case ok:
				rotated[i].Columns = append(rotated[i].Columns, e.name())
			default:
				at[d] = len(rotated)
				rotated = append(rotated, Rotated{d, was, is, []string{e.name()}})
			}
		}
	}
	return rotated, all && len(rotated) > 0
}

// Change is a column that is decided otherwise, is new ("" before) or is gone ("" after).
type Change struct{ Column, Before, After string }

// RowChange is a table whose number of rows differs.
type RowChange struct {
	Table         string
	Before, After int64
}

// Compare tells what changed between two runs.
func Compare(before, after *Run) Changes {
	c := Changes{
		Before: before.ID, After: after.ID,
		Rules: before.Rules.Digest != after.Rules.Digest, Catalog: before.Catalog != after.Catalog, Key: before.Key.ID != after.Key.ID || !slices.Equal(before.Key.Domains, after.Key.Domains),
		Tool:       before.Tool.Version != after.Tool.Version || before.Tool.WordLists != after.Tool.WordLists,
		Slower:     after.Elapsed().Milliseconds() - before.Elapsed().Milliseconds(),
		RowsBefore: before.Rows(), RowsAfter: after.Rows(), BytesBefore: before.Bytes(), BytesAfter: after.Bytes(),
	}
	c.Rotated, c.AllRotated = Rotation(before, after)
	pairs(before.Ledger, after.Ledger, Entry.name, func(name string, was, is *Entry) {
		if b, a := was.decided(), is.decided(); b != a {
			c.Decisions = append(c.Decisions, Change{name, b, a})
		}
	})
	pairs(before.Tables, after.Tables, func(t Table) string { return t.Name }, func(name string, was, is *Table) {
		change := RowChange{Table: name}
		if was != nil {
			change.Before = was.Rows
		}
		if is != nil {
			change.After = is.Rows
		}
		if change.Before != change.After || was == nil || is == nil {
			c.Tables = append(c.Tables, change)
		}
	})
	slices.SortStableFunc(c.Tables, func(a, b RowChange) int {
		return cmp.Compare(max(b.After-b.Before, b.Before-b.After), max(a.After-a.Before, a.Before-a.After))
	})
	pairs(before.Findings, after.Findings, func(f Finding) string { return f.Code + " " + f.Subject }, func(_ string, was, is *Finding) {
		switch {
		case was == nil:
			c.NewFindings = append(c.NewFindings, *is)
		case is == nil:
			c.Gone = append(c.Gone, *was)
		}
	})
	return c
}

// pairs calls with for each name of either list, in the order of after and then of what
// before alone has; what a list lacks is nil. Of equal names in one list the first counts.
func pairs[T any](before, after []T, name func(T) string, with func(name string, was, is *T)) {
	old := map[string]*T{}
	for i := range before {
		if n := name(before[i]); old[n] == nil {
			old[n] = &before[i]
		}
	}
	seen := map[string]bool{}
	for i := range after {
		if n := name(after[i]); !seen[n] {
			seen[n] = true
			with(n, old[n], &after[i])
		}
	}
	for i := range before {
		if n := name(before[i]); !seen[n] {
			seen[n] = true
			with(n, &before[i], nil)
		}
	}
}

func (e Entry) name() string { return e.Schema + "." + e.Table + "." + e.Column }

// decided says in a few words what happens to the column, "" of no column.
func (e *Entry) decided() string {
	if e == nil {
		return ""
	}
	s := e.Decision
	if e.Masker != "" {
		s += " " + e.Masker
	}
	if e.When != "" {
		s += ", else " + e.Else
	}
	return s + ", " + e.Type
}
