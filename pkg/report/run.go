package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// RunVersion is the version of run.json. A reader refuses a newer one.
const RunVersion = 1

// Outcome says how a run ended.
type Outcome string

// The outcomes.
const (
	Published   Outcome = "published"   // staging is the new generation
	Withheld    Outcome = "withheld"    // findings at or above the limit: not published
	Unswapped   Outcome = "not-swapped" // clean, but somebody was in the way
	Failed      Outcome = "failed"      // the work could not be done
	Interrupted Outcome = "interrupted" //
)

// Run is the record of one refresh: run.json, and what its other forms are made
// of. docs/run-record.md documents every field. Times are UTC; durations are in
// milliseconds; sizes in bytes.
type Run struct {
	Version    int       `json:"version"` // RunVersion
	ID         string    `json:"id"`
	Tool       Tool      `json:"tool"`
	Purpose    string    `json:"purpose,omitempty"`
	Resumed    string    `json:"resumed_run,omitempty"` // id of the interrupted run that this one went on with
	Started    time.Time `json:"started"`
	Finished   time.Time `json:"finished"`
	Outcome    Outcome   `json:"outcome"`
	Exit       int       `json:"exit"`
	Error      *Failure  `json:"error,omitempty"`
	Rules      RulesFile `json:"rules"`
	Key        Key       `json:"key"`
	Source     Endpoint  `json:"source"`
	Target     Endpoint  `json:"target"`
	Snapshot   Snapshot  `json:"snapshot"`
	Catalog    string    `json:"catalog_digest"` // hex SHA-256 over tables, columns, types, keys
	Approval   *Approval `json:"approval,omitempty"`
	Record     *Record   `json:"record,omitempty"`
	Retention  Retention `json:"retention"`
	Generation string    `json:"generation,omitempty"`
	Previous   string    `json:"previous_generation,omitempty"`
	Steps      []Step    `json:"steps"`
	Tables     []Table   `json:"tables"`
	Columns    []Column  `json:"columns"` // what happened to the values of each masked column
	Quasi      []Quasi   `json:"quasi"`   // how many rows share the values of declared quasi-identifiers
	Ledger     Ledger    `json:"ledger"`
	Findings   []Finding `json:"findings"`
	Trend      []Night   `json:"trend"`            // earlier runs into the same folder, the oldest first
	NotCovered []string  `json:"not_covered"`      // what the run did not look at, in plain words
	Subset     *Subset   `json:"subset,omitempty"` // set when only a part of the rows was copied
}

// Tool is the program that ran.
type Tool struct {
	Version   string `json:"version"`
	WordLists string `json:"word_lists"` // version of the frozen lists: another one gives other stand-ins
	Go        string `json:"go"`
}

// Failure is an error as the record keeps it.
type Failure struct {
	Side    string `json:"side"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// RulesFile names the rules of the run.
type RulesFile struct {
	File   string `json:"file"`
	Digest string `json:"digest"` // hex SHA-256
}

// Key names the key without telling it.
type Key struct {
	ID        string      `json:"id"`
	Ephemeral bool        `json:"ephemeral,omitempty"` // made for this run and forgotten: the next run's stand-ins differ
	Domains   []DomainKey `json:"domains,omitempty"`   // those with a key of their own
}

// DomainKey names the key of one domain.
type DomainKey struct {
	Domain string `json:"domain"`
	ID     string `json:"id"`
}

// In returns the id of the key that a domain's stand-ins were drawn under.
func (k Key) In(domain string) string {
	for _, d := range k.Domains {
		if d.Domain == domain {
			return d.ID
		}
	}
	return k.ID
}

// Words names the keys in a line.
func (k Key) Words() string {
	var b strings.Builder
	b.WriteString(k.ID)
	if k.Ephemeral {
		b.WriteString(", made for this run and forgotten")
	}
	for _, d := range k.Domains {
		b.WriteString("; of " + Clean(d.Domain) + " " + d.ID)
	}
	return b.String()
}

// Approval is the signature under which a run was made.
type Approval struct {
	Reviewer string    `json:"reviewer"`
	Key      string    `json:"key"` // fingerprint of the SSH key
	Signed   time.Time `json:"signed"`
	Expires  time.Time `json:"expires"`
	Note     string    `json:"note,omitempty"`
}

// Retention is how long the generations before this one are kept.
type Retention struct {
	Generations int   `json:"generations"`          // before today's, at the most
	MaxAge      int64 `json:"max_age_ms,omitempty"` // since they were replaced; 0 is no limit
}

// String says it in words.
func (r Retention) String() string {
	if r.Generations == 0 {
		return "no generation before this one is kept"
	}
	s := fmt.Sprintf("%d generation", r.Generations)
	if r.Generations > 1 {
		s += "s"
	}
	s += " before this one at the most"
	switch age := time.Duration(r.MaxAge) * time.Millisecond; {
	case age <= 0:
		return s + ", of any age"
	case age%(24*time.Hour) == 0:
		return s + fmt.Sprintf(", %d days from when they were replaced", age/(24*time.Hour))
	default:
		return s + ", " + age.String() + " from when they were replaced"
	}
}

// Record names the signed record that a run leaves beside run.json, and the one before it.
type Record struct {
	Number      int    `json:"number"` // 1 is the first of its chain
	Key         string `json:"key"`    // fingerprint of the runner's key
	PreviousRun string `json:"previous_run,omitempty"`
	Previous    string `json:"previous,omitempty"` // SHA-256 of the record before
}

// Endpoint is one side's database, without user's password or options.
type Endpoint struct {
	Address  string `json:"address"` // host:port/database
	Version  int    `json:"server_version"`
	Database string `json:"database"`
}

// Snapshot is the moment that the copy shows.
type Snapshot struct {
	Time string `json:"time"` // the source's clock
	LSN  string `json:"lsn,omitempty"`
}

// Step is one named step of the pipeline.
type Step struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Millis int64  `json:"ms"`
	Shadow int64  `json:"shadow_ms,omitempty"` // of work for the step that was done while earlier ones ran
	Detail string `json:"detail,omitempty"`    // one line of numbers
	Done   bool   `json:"done"`
}

// Table is what happened to one table.
type Table struct {
	Name       string `json:"name"`
	Rows       int64  `json:"rows"`  // stored
	Bytes      int64  `json:"bytes"` // of the COPY stream that was read
	Millis     int64  `json:"ms"`    // of work, summed over its chunks
	Chunks     int    `json:"chunks"`
	Format     string `json:"format"`           // binary or text
	Why        string `json:"why,omitempty"`    // why text, why through the root, why skipped
	Masked     int64  `json:"masked"`           // values replaced
	Nulled     int64  `json:"nulled"`           // values made NULL
	Nulls      int64  `json:"nulls"`            // NULLs met in masked columns, left NULL
	Empties    int64  `json:"empties"`          // empty values met in masked columns, left empty
	Filter     string `json:"filter,omitempty"` // where or follow
	Skipped    bool   `json:"skipped,omitempty"`
	SourceRows int64  `json:"source_rows"` // rows read
}

// Column is what happened to the values of one masked column, a table's partitions taken
// together. Nothing in it is a value.
type Column struct {
	Schema         string  `json:"schema"`
	Table          string  `json:"table"`
	Column         string  `json:"column"`
	Masked         int64   `json:"masked"`          // values replaced; of an array or composite, elements
	Nulls          int64   `json:"nulls"`           // NULL before, and after
	Nulled         int64   `json:"nulled"`          // NULL after only
	Empties        int64   `json:"empties"`         // empty before and after
	Unchanged      int64   `json:"unchanged"`       // stand-ins that equal their originals, as chance may have it
	DistinctBefore int64   `json:"distinct_before"` // different originals, estimated to 3 %
	DistinctAfter  int64   `json:"distinct_after"`  // different stand-ins, likewise
	Shapes         []Shape `json:"shapes"`          // the most frequent first; what fewer than ShapeLeast values have is together under ""
}

// ShapeLeast is how many values a shape needs before a record names it: what few rows have
// could point at them.
const ShapeLeast = 10

// Shape is a way of writing: runs of capital letters are A, of small ones a, of letters
// without case x, of digits 9, of white space one space; ASCII punctuation stays.
type Shape struct {
	Shape  string `json:"shape"` // "" is all the others
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

// Shapes sorts counts of shapes before and after and puts the rare ones together.
func Shapes(before, after map[string]int64) []Shape {
	merged := map[string]Shape{}
	add := func(name string, b, a int64) {
		s := merged[name]
		merged[name] = Shape{Shape: name, Before: s.Before + b, After: s.After + a}
	}
	for name, n := range before {
		add(name, n, 0)
	}
	for name, n := range after {
		add(name, 0, n)
	}
	var rest Shape
	out := []Shape{}
	for name, s := range merged {
		// one that is rare on either side would tell that side's few rows
		if name == "" || s.Before > 0 && s.Before < ShapeLeast || s.After > 0 && s.After < ShapeLeast {
			rest.Before, rest.After = rest.Before+s.Before, rest.After+s.After
			continue
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Shape) int {
		return cmp.Or(cmp.Compare(b.Before, a.Before), cmp.Compare(b.After, a.After), cmp.Compare(a.Shape, b.Shape))
	})
	if rest != (Shape{}) {
		out = append(out, rest)
	}
	return out
}

// Quasi says how many rows of staging share the values of a table's declared
// quasi-identifiers, NULL being a value like another. It is a count and no verdict.
type Quasi struct {
	Table    string   `json:"table"`
	Columns  []string `json:"columns"`
	Rows     int64    `json:"rows"`
	Cells    int64    `json:"cells"`    // different combinations of values
	Smallest int64    `json:"smallest"` // rows in the smallest cell: the k of k-anonymity; 0 without rows
	Sizes    []Cells  `json:"sizes"`    // by size, the smallest first; sizes that do not occur are there with 0
}

// Cells counts the cells of From to To rows; To 0 has no end.
type Cells struct {
	From  int64 `json:"from"`
	To    int64 `json:"to"`
	Cells int64 `json:"cells"`
	Rows  int64 `json:"rows"` // in them
}

// Ledger is every column's decision, sorted by table and column number.
type Ledger []Entry

// Entry is one column's decision.
type Entry struct {
	Schema    string   `json:"schema"`
	Table     string   `json:"table"`
	Column    string   `json:"column"`
	Type      string   `json:"type"`
	Decision  string   `json:"decision"` // keep, mask, null, skip, generated
	Masker    string   `json:"masker,omitempty"`
	Domain    string   `json:"domain,omitempty"`
	Subject   string   `json:"subject,omitempty"`
	Drawn     []string `json:"drawn_from,omitempty"` // domains whose keys its stand-ins are drawn with, those of places in its documents too
	When      string   `json:"when,omitempty"`
	Else      string   `json:"else,omitempty"`
	Reason    string   `json:"reason"`
	By        string   `json:"by"` // rule, keep list, foreign key, pack, undecided: null, table, preserve, catalog
	Owner     string   `json:"owner,omitempty"`
	Until     string   `json:"until,omitempty"`
	File      string   `json:"file,omitempty"`
	Line      int      `json:"line,omitempty"`
	Kind      string   `json:"kind,omitempty"`   // what classification takes the column for
	Safety    string   `json:"safety,omitempty"` // of the stand-ins
	Unique    string   `json:"unique,omitempty"` // injective, or the bound at the column's rows
	Special   bool     `json:"special,omitempty"`
	Risk      Risk     `json:"risk"`
	Technique string   `json:"technique,omitempty"` // ISO/IEC 20889's class of the masker
}

// Risk is what a column's decision leaves for a reviewer to think about. It ranks columns
// for reading, from their decision and kind alone; what was found in the data are findings.
type Risk string

// The risks.
const (
	RiskNone     Risk = "none"     // nothing of the original is there, or the column is not personal
	RiskLow      Risk = "low"      // whole stand-ins
	RiskElevated Risk = "elevated" // best effort in a document or text, stand-ins that may be somebody's, a kept quasi-identifier
	RiskHigh     Risk = "high"     // kept, and by its name, type or rule it is personal
)

// Count returns how many columns have the decision.
func (l Ledger) Count(decision string) int {
	n := 0
	for _, e := range l {
		if e.Decision == decision {
			n++
		}
	}
	return n
}

// WriteJSON writes the record as run.json. A list that a run did not come to is empty,
// never null: whoever reads it may walk it.
func (r *Run) WriteJSON(w io.Writer) error {
	whole := *r
	whole.Steps, whole.Tables, whole.Ledger = orEmpty(r.Steps), orEmpty(r.Tables), orEmpty(r.Ledger)
	whole.Trend = orEmpty(r.Trend)
	whole.Columns, whole.Quasi = orEmpty(r.Columns), orEmpty(r.Quasi)
	whole.Findings, whole.NotCovered = orEmpty(r.Findings), orEmpty(r.NotCovered)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(&whole)
}

func orEmpty[S ~[]E, E any](list S) S {
	if list == nil {
		return S{}
	}
	return list
}

// ReadRun reads a run.json. A newer version than RunVersion is an error.
func ReadRun(r io.Reader) (*Run, error) {
	var run Run
	if err := json.NewDecoder(r).Decode(&run); err != nil {
		return nil, fmt.Errorf("read run record: %w", err)
	}
	if run.Version < 1 || run.Version > RunVersion {
		return nil, fmt.Errorf("read run record: it has version %d, this program knows up to %d", run.Version, RunVersion)
	}
	return &run, nil
}

// Rows returns the rows stored in all tables.
func (r *Run) Rows() int64 {
	var n int64
	for _, t := range r.Tables {
		n += t.Rows
	}
	return n
}

// Bytes returns the bytes read of all tables.
func (r *Run) Bytes() int64 {
	var n int64
	for _, t := range r.Tables {
		n += t.Bytes
	}
	return n
}

// Elapsed is the run's wall time.
func (r *Run) Elapsed() time.Duration { return r.Finished.Sub(r.Started) }

// StepTime returns the named step's duration, 0 when it did not run.
func (r *Run) StepTime(name string) time.Duration {
	for _, s := range r.Steps {
		if s.Name == name {
			return time.Duration(s.Millis) * time.Millisecond
		}
	}
	return 0
}

// Words says the decision in a few words: "mask email in person.email".
func (e Entry) Words() string {
	s := e.Decision
	if e.Masker != "" {
		s += " " + e.Masker
	}
	if e.Domain != "" && e.Domain != e.Schema+"."+e.Table+"."+e.Column {
		s += " in " + e.Domain
	}
	if e.Subject != "" {
		s += " from " + e.Subject
	}
	if e.When != "" {
		s += " when " + e.When + ", else " + e.Else
	}
	if e.Decision == "keep" || e.Decision == "skip" {
		s += ": " + e.Reason
	}
	return s
}
