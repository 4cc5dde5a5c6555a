package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// labelled are columns of real databases, with what a person says of them: yes, it is
// somebody's; no; or ?, which people answer differently, and which is not counted. A list
// of five fields is the whole schema, without any values: table, column, type, key and
// referenced table, label. One of three has the columns that are not "no" in a script
// that has rows.
type labelled struct {
	name   string
	script string // with the rows; empty makes the tables of the list
	labels map[string]string
	sql    strings.Builder
}

func readLabelled(t *testing.T, name, script string) *labelled {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "labelled", name+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	l := &labelled{name: name, script: script, labels: map[string]string{}}
	tables, keys, types, refs := map[string][]string{}, map[string][]string{}, map[string]string{}, [][3]string{}
	var order []string
	for line := range strings.Lines(string(content)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		l.labels[f[0]+"."+f[1]] = f[len(f)-1]
		if len(f) != 5 {
			continue
		}
		if tables[f[0]] == nil {
			order = append(order, f[0])
		}
		if f[2] == "enum" {
			f[2] = "labelled_enum"
		}
		types[f[0]+"."+f[1]] = f[2]
		tables[f[0]] = append(tables[f[0]], pgx.Identifier{f[1]}.Sanitize()+" "+f[2])
		for flag := range strings.FieldsSeq(f[3]) {
			if to, ok := strings.CutPrefix(flag, "->"); ok {
				refs = append(refs, [3]string{f[0], f[1], to})
			} else {
				keys[f[0]] = append(keys[f[0]], f[1])
			}
		}
	}
	l.sql.WriteString("CREATE TYPE labelled_enum AS ENUM ('one', 'two');\n")
	for _, table := range order {
		if k := keys[table]; len(k) > 0 {
			tables[table] = append(tables[table], "PRIMARY KEY ("+`"`+strings.Join(k, `", "`)+`")`)
		}
		fmt.Fprintf(&l.sql, "CREATE TABLE %s (%s);\n", pgx.Identifier{table}.Sanitize(), strings.Join(tables[table], ", "))
	}
	for _, r := range refs {
		if k := keys[r[2]]; len(k) == 1 && types[r[2]+"."+k[0]] == types[r[0]+"."+r[1]] { // others refer to another key, which is not in the list
			fmt.Fprintf(&l.sql, "ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s;\n", pgx.Identifier{r[0]}.Sanitize(), pgx.Identifier{r[1]}.Sanitize(), pgx.Identifier{r[2]}.Sanitize())
		}
	}
	return l
}

// score is how many of the columns that are somebody's are masked, and of those that are not.
type score struct {
	personal, masked, others, false int
	missed, wrong                   []string
}

func (l *labelled) score(t *testing.T) score {
	t.Helper()
	source := pgtest.DSN(t)
	sql := l.sql.String()
	if l.script != "" {
		content, err := os.ReadFile("../../integration/samples/testdata/" + l.script)
		if err != nil {
			t.Fatal(err)
		}
		sql = string(content)
		if _, rest, found := strings.Cut(sql, "\\c chinook;"); found {
			sql = rest
		}
	}
	pgtest.Exec(t, source, sql)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	p := propose(t, source, file)
	rules, err := ruleset.Parse(file, p.Rules)
	if err != nil {
		t.Fatal(err)
	}
	masked := map[string]bool{}
	for _, table := range rules.Tables {
		for _, c := range table.Columns {
			masked[table.Name+"."+c.Name] = c.Action.Kind != ruleset.KindKeep
		}
	}
	var s score
	rows, err := pgtest.Conn(t, source).Query(t.Context(), `SELECT c.relname::text || '.' || a.attname FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for name := range l.labels {
		if !slices.Contains(columns, name) {
			t.Errorf("%s is labelled and is no column", name)
		}
	}
	for _, name := range columns {
		got := masked[name]
		switch l.labels[name] {
		case "yes":
			if s.personal++; got {
				s.masked++
			} else {
				s.missed = append(s.missed, name)
			}
		case "?":
		default:
			if s.others++; got {
				s.false++
				s.wrong = append(s.wrong, name)
			}
		}
	}
	return s
}

// TestInitMasksWhatAPersonWouldCallPersonal is what docs/reviewer.md says of init.
func TestInitMasksWhatAPersonWouldCallPersonal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, script string }{{"chinook", "chinook.sql"}, {"northwind", "northwind.sql"}, {"openstreetmap", ""}, {"danbooru", ""}, {"bikeindex", ""}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := readLabelled(t, c.name, c.script).score(t)
			t.Logf("%s: %d of %d that are somebody's are masked (%.1f %%), and %d of %d others (%.1f %%)\nmissed: %s\nmasked for nobody: %s", c.name,
				s.masked, s.personal, 100*float64(s.masked)/float64(s.personal), s.false, s.others, 100*float64(s.false)/float64(s.others), strings.Join(s.missed, " "), strings.Join(s.wrong, " "))
			if s.personal == 0 || s.masked*100 < s.personal*95 || s.false*100 > s.others*5 {
				t.Error("that is not good enough")
			}
		})
	}
}
