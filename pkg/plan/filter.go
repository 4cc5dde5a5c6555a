package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// checkFilters goes through the tables whose rows are not all copied, and refuses
// each foreign key that would point at a row that is not there.
func (p *planner) checkFilters() {
	for _, l := range p.tables {
		if l.rule == nil {
			continue
		}
		p.checkCondition(l)
		p.checkFollow(l)
		if !filtered(l) || l.rule.Preserve { // whose rows are judged by the foreign key itself, when it is made
			continue
		}
		for _, fk := range p.keysTo[l.table.OID] {
			p.checkDangling(l, fk)
		}
	}
}

// filtered reports whether some of the table's rows may be left out.
func filtered(l *logical) bool {
	return l.rule != nil && (l.rule.Skip != "" || l.rule.Where != "" || l.rule.Follow != "")
}

func (p *planner) checkDangling(l *logical, fk catalog.ForeignKey) {
	child := p.byOID[fk.Table]
	if child.rule != nil && (child.rule.Skip != "" || child != l && p.followed(child) == l && p.followKey(child).Name == fk.Name) {
		return
	}
	nulled := func(name string) bool { return child.columns[name].decision.Kind == Null }
	if slices.ContainsFunc(fk.Columns, nulled) && (!fk.MatchFull || !slices.ContainsFunc(fk.Columns, func(c string) bool { return !nulled(c) })) {
		return
	}
	p.problem(Problem{
		Table:   l.table.Name.String(),
		Message: fmt.Sprintf("not all of its rows are copied, and %s (%s) references them by the foreign key %s", child.table.Name, strings.Join(fk.Columns, ", "), fk.Name),
		Hint:    fmt.Sprintf("give %s {follow: %s} or {skip: why}, or make the key NULL", child.table.Name, l.table.Name),
		File:    l.rule.File, Line: l.rule.Line,
	})
}

// followed returns the table that l follows, or nil.
func (p *planner) followed(l *logical) *logical {
	if l.rule == nil || l.rule.Follow == "" {
		return nil
	}
	for _, other := range p.tables {
		if n := other.table.Name; n.String() == l.rule.Follow || n.SQL() == l.rule.Follow {
			return other
		}
	}
	return nil
}

// followKey returns the one foreign key from l to the table it follows.
func (p *planner) followKey(l *logical) catalog.ForeignKey {
	parent := p.followed(l)
	for _, fk := range p.keysOf[l.table.OID] {
		if parent != nil && p.byOID[fk.RefTable] == parent {
			return fk
		}
	}
	return catalog.ForeignKey{}
}

func (p *planner) checkFollow(l *logical) {
	if l.rule.Follow == "" {
		return
	}
	bad := func(message, hint string) {
		p.problem(Problem{Table: l.table.Name.String(), Message: message, Hint: hint, File: l.rule.File, Line: l.rule.Line})
	}
	parent := p.followed(l)
	switch {
	case parent == nil:
		bad("it follows "+l.rule.Follow+", which is no table", "")
		return
	case parent == l:
		bad("it follows itself", "")
		return
	case parent.rule != nil && parent.rule.Skip != "":
		bad("it follows "+l.rule.Follow+", which is skipped", "skip it as well")
		return
	}
	keys := 0
	for _, fk := range p.keysOf[l.table.OID] {
		if p.byOID[fk.RefTable] == parent {
			keys++
		}
	}
	if keys != 1 {
		bad(fmt.Sprintf("it follows %s, and %d foreign keys lead there", l.rule.Follow, keys), "follow needs exactly one")
		return
	}
	if p.followKey(l).Period {
		bad("it follows "+l.rule.Follow+" over a key with PERIOD, whose rows lie within others and need not be equal to any", "choose the rows of both with where")
		return
	}
	for at, seen := parent, []*logical{l}; at != nil; at = p.followed(at) {
		if slices.Contains(seen, at) {
			bad("it follows itself, through "+l.rule.Follow, "")
			return
		}
		seen = append(seen, at)
	}
}

// checkCondition refuses what a condition must not do: call a volatile function, or
// be anything else than one expression.
func (p *planner) checkCondition(l *logical) {
	if l.rule.Where == "" {
		return
	}
	if _, err := p.condition(l.rule); err != nil {
		p.problem(Problem{
			Table: l.table.Name.String(), Message: "where: " + err.Error(), Hint: "conditions are immutable; now() is the snapshot's time",
			File: l.rule.File, Line: l.rule.Line,
		})
	}
}

// condition is a rule's where with the snapshot's time in the place of now() and {{snapshot_time}}.
func (p *planner) condition(rule *ruleset.Table) (string, error) { return p.rewrite(rule.Where) }

func (p *planner) rewrite(where string) (string, error) {
	return rewriteCondition(where, p.SnapshotTime, p.Catalog.Volatile)
}

// clock maps the words for "now" to what stands for them. Every session has its own
// transaction time, even in one snapshot, so none of them may stay.
var clock = map[string]string{
	"now": "timestamptz", "transaction_timestamp": "timestamptz", "statement_timestamp": "timestamptz", "current_timestamp": "timestamptz",
	"current_date": "date", "localtimestamp": "timestamp", "current_time": "timetz", "localtime": "time",
}

// rewriteCondition walks the tokens of a SQL expression.
func rewriteCondition(expr, now string, volatile []string) (string, error) {
	literal := "'" + strings.ReplaceAll(now, "'", "''") + "'::timestamptz"
	expr = strings.ReplaceAll(expr, "{{snapshot_time}}", literal)
	var out strings.Builder
	depth := 0
	for i := 0; i < len(expr); {
		end := i + 1
		switch c := expr[i]; {
		case c == ';':
			return "", fmt.Errorf("a semicolon has no place in a condition")
		case strings.HasPrefix(expr[i:], "--"), strings.HasPrefix(expr[i:], "/*"):
			return "", fmt.Errorf("a comment has no place in a condition")
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return "", fmt.Errorf("a parenthesis closes that was never opened")
			}
		case c == '\'' || c == '"':
			if end = closing(expr, i, escapes(expr, i)); end < 0 {
				return "", fmt.Errorf("a quote is not closed")
			}
		case c == '$' && dollarTag(expr[i:]) != "" && (i == 0 || !wordByte(expr[i-1])):
			tag := dollarTag(expr[i:])
			k := strings.Index(expr[i+len(tag):], tag)
			if k < 0 {
				return "", fmt.Errorf("a dollar quote is not closed")
			}
			end = i + len(tag) + k + len(tag)
		case wordByte(c) && !(c >= '0' && c <= '9'):
			for end < len(expr) && wordByte(expr[end]) {
				end++
			}
			word := strings.ToLower(expr[i:end])
			after := strings.TrimLeft(expr[end:], " \t\r\n")
			call := strings.HasPrefix(after, "(")
			if typ, ok := clock[word]; ok && (call || word != "now" && !strings.HasSuffix(word, "_timestamp") || word == "current_timestamp") {
				if call {
					close := strings.IndexByte(after, ')') // an empty list, or a precision
					if close < 0 {
						return "", fmt.Errorf("a parenthesis is not closed")
					}
					end = len(expr) - len(after) + close + 1
				}
				out.WriteString("(" + literal + "::" + typ + ")")
				i = end
				continue
			}
			if _, found := slices.BinarySearch(volatile, word); call && found {
				return "", fmt.Errorf("%s() is volatile: two workers would see different rows", word)
			}
		}
		out.WriteString(expr[i:end])
		i = end
	}
	if depth != 0 {
		return "", fmt.Errorf("a parenthesis is not closed")
	}
	return out.String(), nil
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// escapes reports whether the quote at i opens an E” string, in which a backslash hides a quote.
func escapes(s string, i int) bool {
	return s[i] == '\'' && i > 0 && (s[i-1] == 'E' || s[i-1] == 'e') && (i == 1 || !wordByte(s[i-2]))
}

// closing returns the index after the quote that closes the one at i, or -1.
func closing(s string, i int, backslash bool) int {
	for k := i + 1; k < len(s); k++ {
		switch {
		case backslash && s[k] == '\\':
			k++
		case s[k] == s[i] && k+1 < len(s) && s[k+1] == s[i]:
			k++
		case s[k] == s[i]:
			return k + 1
		}
	}
	return -1
}

// dollarTag returns the tag that opens a dollar quote at the start of s, or "".
func dollarTag(s string) string {
	for k := 1; k < len(s); k++ {
		if s[k] == '$' {
			return s[:k+1]
		}
		if !wordByte(s[k]) || k == 1 && s[k] >= '0' && s[k] <= '9' {
			return ""
		}
	}
	return ""
}
