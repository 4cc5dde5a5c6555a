package ruleset

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Addition is what is put into a rules file. Lines are YAML without indentation; deeper
// levels are indented by two blanks. A line may end in a comment, or be one.
type Addition struct {
	Domains []string // entries of domains
	Keys    []string // items of virtual_keys
	Tables  []TableAddition
}

// TableAddition is what is put into the rules of one table.
type TableAddition struct {
	Schema, Name string
	Columns      []Line   // of a table that the file has rules for
	Whole        []string // of one that it has not: the lines below the table's name
}

// Line is one column's rule, or a comment about a column.
type Line struct{ Key, Value, Comment string } // an empty Value is a comment alone

func (l Line) text() string {
	if l.Value == "" {
		return "# " + l.Key + ": " + l.Comment
	}
	s := l.Key + ": " + l.Value
	if l.Comment != "" {
		s += "  # " + l.Comment
	}
	return s
}

// Extend adds to a rules file and leaves every byte of it as it was: lines are put in
// between, at the end of what they belong to. Comments, order, blank lines and styles
// stay. A comment about a column that is there already is not put there twice.
func Extend(data []byte, a Addition) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the file is no mapping of keys to values")
	}
	root := doc.Content[0]
	if root.Style&yaml.FlowStyle != 0 {
		return nil, errors.New("the whole file stands in braces: write it in lines first")
	}
	e := &editor{lines: strings.SplitAfter(string(data), "\n"), before: map[int][]string{}, inside: map[[2]int]string{}, newline: "\n"}
	if strings.Contains(string(data), "\r\n") {
		e.newline = "\r\n"
	}
	if last := len(e.lines) - 1; e.lines[last] == "" {
		e.lines = e.lines[:last]
	}
	e.section(root, "domains", a.Domains)
	e.list(root, "virtual_keys", a.Keys)
	if err := e.tables(root, a.Tables); err != nil {
		return nil, err
	}
	return []byte(e.result()), nil
}

// editor collects insertions: before whole lines (0-based; the number of lines is the
// end), and behind characters of a line (0-based line and column).
type editor struct {
	lines   []string
	before  map[int][]string
	inside  map[[2]int]string
	newline string
}

func (e *editor) result() string {
	var b strings.Builder
	for i, line := range e.lines {
		e.put(&b, i)
		if i == len(e.lines)-1 && !strings.HasSuffix(line, "\n") && (len(e.before[i+1]) > 0) {
			line += e.newline
		}
		b.WriteString(e.spliced(i, line))
	}
	e.put(&b, len(e.lines))
	return b.String()
}

func (e *editor) put(b *strings.Builder, at int) {
	for _, line := range e.before[at] {
		b.WriteString(line + e.newline)
	}
}

// spliced puts what belongs inside of a line into it, from right to left.
func (e *editor) spliced(n int, line string) string {
	var columns []int
	for at := range e.inside {
		if at[0] == n {
			columns = append(columns, at[1])
		}
	}
	slices.Sort(columns)
	slices.Reverse(columns)
	runes := []rune(line)
	for _, c := range columns {
		runes = slices.Insert(runes, min(c, len(runes)), []rune(e.inside[[2]int{n, c}])...)
	}
	return string(runes)
}

// child returns the place of a key in a mapping's content, or -1.
func child(m *yaml.Node, key string) int {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// blockEnd is the line before which something is added to the block that begins at key i
// of m: after its last line, but before the blank lines and comments that lead to what follows.
func (e *editor) blockEnd(m *yaml.Node, i, outer, indent int) int {
	end := outer
	if i+2 < len(m.Content) {
		end = m.Content[i+2].Line - 1
	}
	for end > m.Content[i].Line {
		line := e.lines[end-1]
		text := strings.TrimSpace(line)
		if text != "" && (text[0] != '#' || len(line)-len(strings.TrimLeft(line, " ")) >= indent) {
			break
		}
		end--
	}
	return end
}

// section adds entries to a mapping of the file, which it makes when it is not there.
func (e *editor) section(root *yaml.Node, key string, entries []string) {
	if len(entries) == 0 {
		return
	}
	i := child(root, key)
	if i < 0 {
		at := len(e.lines)
		if t := child(root, "tables"); t >= 0 {
			at = root.Content[t].Line - 1
			for at > 0 && strings.HasPrefix(e.lines[at-1], "#") { // the comment above tables is about tables
				at--
			}
		}
		e.before[at] = append(e.before[at], append([]string{key + ":"}, append(indented(entries, 2), "")...)...)
		return
	}
	value := root.Content[i+1]
	if value.Style&yaml.FlowStyle != 0 {
		e.intoFlow(value, entries)
		return
	}
	indent := value.Content[0].Column - 1
	at := e.blockEnd(root, i, len(e.lines), indent)
	e.before[at] = append(e.before[at], indented(entries, indent)...)
}

// list adds items to a sequence of the file.
func (e *editor) list(root *yaml.Node, key string, items []string) {
	dashed := make([]string, len(items))
	for i, item := range items {
		dashed[i] = "- " + item
	}
	i := child(root, key)
	if len(items) == 0 {
		return
	}
	if i < 0 {
		e.section(root, key, dashed)
		return
	}
	value := root.Content[i+1]
	if value.Style&yaml.FlowStyle != 0 {
		e.intoFlow(value, items)
		return
	}
	at := e.blockEnd(root, i, len(e.lines), value.Column-1)
	e.before[at] = append(e.before[at], indented(dashed, value.Column-1)...)
}

// intoFlow puts entries behind the opening brace or bracket of a flow collection. Their
// comments have no room there.
func (e *editor) intoFlow(value *yaml.Node, entries []string) {
	bare := make([]string, 0, len(entries))
	for _, entry := range entries {
		if entry, _, _ = strings.Cut(entry, "  # "); !strings.HasPrefix(entry, "#") {
			bare = append(bare, entry)
		}
	}
	if len(bare) == 0 {
		return
	}
	text := strings.Join(bare, ", ")
	if len(value.Content) > 0 {
		text += ", "
	}
	e.inside[[2]int{value.Line - 1, value.Column}] += text
}

func (e *editor) tables(root *yaml.Node, additions []TableAddition) error {
	if len(additions) == 0 {
		return nil
	}
	i := child(root, "tables")
	if i < 0 || len(root.Content[i+1].Content) == 0 {
		var lines []string
		for _, t := range additions {
			lines = append(lines, t.whole()...)
		}
		if i >= 0 {
			if root.Content[i+1].Kind != yaml.MappingNode {
				return errors.New("tables is no mapping")
			}
			return errors.New("tables is empty: remove the line")
		}
		e.before[len(e.lines)] = append(e.before[len(e.lines)], append([]string{"tables:"}, indented(lines, 2)...)...)
		return nil
	}
	tables := root.Content[i+1]
	if tables.Kind != yaml.MappingNode || tables.Style&yaml.FlowStyle != 0 {
		return errors.New("tables stands in braces: write it in lines first")
	}
	indent := tables.Content[0].Column - 1
	end := e.blockEnd(root, i, len(e.lines), indent)
	for _, t := range additions {
		k := -1
		for j := 0; j+1 < len(tables.Content); j += 2 {
			if parts, err := splitName(tables.Content[j].Value, 2); err == nil && parts[0] == t.Schema && parts[1] == t.Name {
				k = j
			}
		}
		if k < 0 {
			e.before[end] = append(e.before[end], indented(t.whole(), indent)...)
			continue
		}
		if err := e.columns(tables, k, end, indent, t); err != nil {
			return fmt.Errorf("table %s.%s: %w", t.Schema, t.Name, err)
		}
	}
	return nil
}

func (t *TableAddition) whole() []string {
	return append([]string{TableKey(t.Schema, t.Name) + ":"}, indented(t.Whole, 2)...)
}

// columns adds to the rules of table k.
func (e *editor) columns(tables *yaml.Node, k, end, indent int, t TableAddition) error {
	value := tables.Content[k+1]
	if value.Kind != yaml.MappingNode {
		return errors.New("its rules stand elsewhere in the file, under an alias: add the columns by hand")
	}
	end = e.blockEnd(tables, k, end, indent+1)
	lines := make([]string, 0, len(t.Columns))
	for _, l := range t.Columns {
		if l.Value == "" && e.mentions(tables.Content[k].Line, end, "# "+l.Key+": undecided") {
			continue
		}
		lines = append(lines, l.text())
	}
	if len(lines) == 0 {
		return nil
	}
	if value.Style&yaml.FlowStyle != 0 {
		return e.flowTable(value, lines)
	}
	c := child(value, "columns")
	if c < 0 {
		inner := value.Content[0].Column - 1
		e.before[end] = append(e.before[end], append(indented([]string{"columns:"}, inner), indented(lines, inner+2)...)...)
		return nil
	}
	columns := value.Content[c+1]
	switch {
	case columns.Kind != yaml.MappingNode:
		return errors.New("its columns stand elsewhere in the file, under an alias: add them by hand")
	case columns.Style&yaml.FlowStyle != 0:
		e.intoFlow(columns, lines)
	default:
		inner := columns.Content[0].Column - 1
		at := e.blockEnd(value, c, end, inner)
		e.before[at] = append(e.before[at], indented(lines, inner)...)
	}
	return nil
}

// flowTable adds to a table whose rules stand in braces.
func (e *editor) flowTable(value *yaml.Node, lines []string) error {
	if c := child(value, "columns"); c >= 0 {
		if value.Content[c+1].Kind != yaml.MappingNode {
			return errors.New("its columns stand elsewhere in the file, under an alias: add them by hand")
		}
		e.intoFlow(value.Content[c+1], lines)
		return nil
	}
	inner := &yaml.Node{}
	var bare []string
	for _, l := range lines {
		if l, _, _ = strings.Cut(l, "  # "); !strings.HasPrefix(l, "#") {
			bare = append(bare, l)
		}
	}
	if len(bare) == 0 {
		return nil
	}
	*inner = *value
	e.intoFlow(inner, []string{"columns: {" + strings.Join(bare, ", ") + "}"})
	return nil
}

// mentions reports whether one of the lines begins with the text.
func (e *editor) mentions(from, to int, text string) bool {
	return slices.ContainsFunc(e.lines[from:to], func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), text) })
}

func indented(lines []string, by int) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if line != "" {
			line = strings.Repeat(" ", by) + line
		}
		out[i] = line
	}
	return out
}

// Key returns a name as a key of the rules, in quotes where it needs them.
func Key(name string) string {
	if plainKey(name) {
		return name
	}
	return quoteYAML(name)
}

// TableKey returns a table's name as a key of the rules.
func TableKey(schema, name string) string {
	if plainKey(schema) && plainKey(name) {
		return schema + "." + name
	}
	sql := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	return quoteYAML(sql(schema) + "." + sql(name))
}

// quoteYAML uses single quotes, and double ones for what single ones cannot hold.
func quoteYAML(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) >= 0 {
		return strconv.Quote(s) // its escapes are YAML's as well
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// plainKey reports whether a name needs no quotes, in the rules or in YAML.
func plainKey(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) < 0
}
