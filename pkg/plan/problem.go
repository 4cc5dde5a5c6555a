package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// Problem is one thing in which rules and database do not fit.
type Problem struct {
	Table   string `json:"table"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// String returns "file:line: table.column: message (hint)".
func (p Problem) String() string {
	s := ""
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d: ", p.File, p.Line)
	}
	s += p.Table
	if p.Column != "" {
		s += "." + p.Column
	}
	s += ": " + p.Message
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Undecided is a column that nothing decides, with what its name suggests.
type Undecided struct {
	Table    catalog.Name `json:"table"`
	Column   string       `json:"column"`
	Type     string       `json:"type"`
	Proposal string       `json:"proposal"` // an action, as the rules write it
	Because  string       `json:"because"`
	Awaits   string       `json:"awaits,omitempty"` // the undecided column that it references: deciding that one decides this one
}

// Misfit is every problem and every undecided column of a plan. It is an error.
type Misfit struct {
	Problems  []Problem   `json:"problems"`
	Undecided []Undecided `json:"undecided"`
}

// Error names every problem and every undecided column, one a line.
func (m *Misfit) Error() string {
	lines := make([]string, 0, len(m.Problems)+len(m.Undecided))
	for _, p := range m.Problems {
		lines = append(lines, p.String())
	}
	for _, u := range m.Undecided {
		line := fmt.Sprintf("%s.%s: undecided (%s)", u.Table, u.Column, u.Type)
		if u.Awaits != "" {
			line += ", and takes over what " + u.Awaits + " gets"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Snippet returns rules that decide the undecided columns, ready to be pasted
// and thought over; empty when there are none.
func (m *Misfit) Snippet() string {
	if len(m.Undecided) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("tables:\n")
	last := catalog.Name{}
	for _, u := range m.Undecided {
		if u.Awaits != "" {
			continue
		}
		if u.Table != last {
			fmt.Fprintf(&b, "  %s:\n    columns:\n", ruleset.TableKey(u.Table.Schema, u.Table.Name))
			last = u.Table
		}
		fmt.Fprintf(&b, "      %s: %s  # %s; %s\n", ruleset.Key(u.Column), u.Proposal, u.Type, u.Because)
	}
	return b.String()
}

// problem adds one, once: what is wrong with a table is often seen in each of its partitions.
func (p *planner) problem(q Problem) {
	if !slices.Contains(p.trouble, q) {
		p.trouble = append(p.trouble, q)
	}
}

// blame adds a problem about a column, with the place in the rules that caused it.
func (p *planner) blame(r *resolved, at ruleset.Position, message, hint string) {
	p.problem(Problem{
		Table: r.owner.table.Name.String(), Column: r.column.Name,
		Message: message, Hint: hint, File: at.File, Line: at.Line,
	})
}

func (p *planner) misfit() bool { return len(p.trouble)+len(p.open) > 0 }

func (p *planner) problems() *Misfit {
	slices.SortStableFunc(p.trouble, func(a, b Problem) int { return a.Line - b.Line })
	slices.SortStableFunc(p.open, func(a, b Undecided) int { return strings.Compare(a.Table.String(), b.Table.String()) })
	return &Misfit{Problems: p.trouble, Undecided: p.open}
}
