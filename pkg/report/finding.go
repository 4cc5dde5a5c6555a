package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Severity says how much a finding matters. The zero value is Info.
type Severity int

// The severities, in rising order.
const (
	Info Severity = iota
	Low
	Medium
	High
)

var severityNames = []string{"info", "low", "medium", "high"}

// String returns the severity's name in lower case.
func (s Severity) String() string {
	if s < Info || s > High {
		return fmt.Sprintf("severity(%d)", int(s))
	}
	return severityNames[s]
}

// ParseSeverity reads a name as String writes it; an unknown name is an error that lists the known ones.
func ParseSeverity(name string) (Severity, error) {
	if i := slices.Index(severityNames, strings.ToLower(name)); i >= 0 {
		return Severity(i), nil
	}
	return Info, fmt.Errorf("unknown severity %q: use one of %s", name, strings.Join(severityNames, ", "))
}

// MarshalJSON writes the name.
func (s Severity) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads the name.
func (s *Severity) UnmarshalJSON(b []byte) error {
	var name string
	if err := json.Unmarshal(b, &name); err != nil {
		return err
	}
	v, err := ParseSeverity(name)
	*s = v
	return err
}

// Finding is one thing a person should know about the data, the schema or the
// rules. It never holds a value of the data: whoever may read the row follows a
// locator to it.
type Finding struct {
	Code     string    `json:"code"`               // stable, in lower case: "unmasked-email"
	Severity Severity  `json:"severity"`           //
	Subject  string    `json:"subject"`            // what it is about: "public.customers.notes"
	Message  string    `json:"message"`            // one sentence
	Hint     string    `json:"hint,omitempty"`     // what to do next
	File     string    `json:"file,omitempty"`     // the rules file, where one is to blame
	Line     int       `json:"line,omitempty"`     // 1-based; 0 is unknown
	Count    int64     `json:"count"`              // values or rows concerned
	Locators []Locator `json:"locators,omitempty"` // a few of them, not all
	Accepted *Accepted `json:"accepted,omitempty"` // set when a rule agreed to it
}

// Locator points at one row of a generation. Table is quoted for SQL where it needs to be.
type Locator struct {
	Generation string `json:"generation"` // the database that holds the row
	Table      string `json:"table"`      // schema-qualified, quoted
	CTID       string `json:"ctid"`       // "(0,1)"
	Query      string `json:"query"`      // the SELECT that shows the row
}

// Accepted says which rule agreed to a finding, and why.
type Accepted struct {
	Why   string `json:"why"`
	Owner string `json:"owner,omitempty"`
	Until string `json:"until,omitempty"` // YYYY-MM-DD
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
}

// Worst returns the highest severity among the findings nobody accepted, and
// false when there is none.
func Worst(findings []Finding) (Severity, bool) {
	worst, any := Info, false
	for _, f := range findings {
		if f.Accepted == nil {
			worst, any = max(worst, f.Severity), true
		}
	}
	return worst, any
}
