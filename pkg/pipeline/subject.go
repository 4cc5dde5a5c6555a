package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/session"
)

// SubjectOptions says whose stand-in is looked for, and where.
type SubjectOptions struct {
	Target      string // DSN of the staging database
	Maintenance string
	Rules       string
	Table       string // schema.table whose rows are the people; empty is the only one that the rules name
	ID          string // the person's key in production
	Key         prf.Key
	Drop        bool // drop the generations that hold the stand-in; staging itself stays
	Log         zerolog.Logger
}

// Presence is one database of a staging, and what it holds of a person.
type Presence struct {
	Database string        `json:"database"`
	State    publish.State `json:"state"`
	RunID    string        `json:"run,omitempty"`
	Created  time.Time     `json:"created,omitzero"`
	Rows     []SubjectRows `json:"rows"` // of tables that hold some; empty when the person is not there
	Dropped  bool          `json:"dropped,omitempty"`
}

// SubjectRows counts a person's rows in a table.
type SubjectRows struct {
	Table  string `json:"table"`
	Column string `json:"column"` // by which they were found
	Rows   int64  `json:"rows"`
}

// Subject says in which databases of a staging a person's stand-in lives, and drops the
// generations among them when told to. The person is found by the key that the rules call
// the subject: as it is where it is kept, by its stand-in where it is masked.
func Subject(ctx context.Context, o SubjectOptions) ([]Presence, error) {
	rules, err := LoadRules(o.Rules)
	if err != nil {
		return nil, err
	}
	admin, target, err := openTarget(ctx, PublishOptions{Target: o.Target, Maintenance: o.Maintenance})
	if err != nil {
		return nil, err
	}
	defer admin.Close(context.WithoutCancel(ctx))
	if err := admin.Lock(ctx, target.Name()); err != nil {
		return nil, err
	}
	status, err := admin.Inspect(ctx, target.Name())
	if err != nil {
		return nil, err
	}
	if !status.Exists {
		return nil, &report.Fault{Side: report.Target, Doing: "look for a person in " + target.Name(), Err: errors.New("there is no such staging")}
	}
	s := &sought{SubjectOptions: o, rules: rules}
	var out []Presence
	// staging first: its catalog says how the key is found
	for _, d := range append([]publish.Database{status.Database}, status.Generations...) {
		p := Presence{Database: d.Name, State: "unmarked", Rows: []SubjectRows{}}
		if d.Mark != nil {
			p.State, p.RunID, p.Created = d.Mark.State, d.Mark.RunID, d.Mark.Created
		}
		err := admin.Visit(ctx, d, func(ctx context.Context, conn *pgx.Conn) error {
			p.Rows, err = s.count(ctx, conn)
			return err
		})
		if err != nil {
			return out, err
		}
		if o.Drop && len(p.Rows) > 0 && d.Name != target.Name() {
			if err := admin.Drop(ctx, d.Name); err != nil {
				return append(out, p), err
			}
			p.Dropped = true
		}
		out = append(out, p)
	}
	return out, nil
}

// sought is the person, and what is known of the key after the first database was seen.
type sought struct {
	SubjectOptions
	rules *ruleset.Rules
	value string // as staging has it; known after the first database
	name  catalog.Name
	by    string // column of name
}

// count counts the person's rows in one database.
func (s *sought) count(ctx context.Context, conn *pgx.Conn) ([]SubjectRows, error) {
	c, err := catalog.Read(ctx, conn)
	if err != nil {
		return nil, err
	}
	if s.by == "" {
		if err := s.find(ctx, conn, c); err != nil {
			return nil, err
		}
	}
	out := []SubjectRows{}
	for _, place := range s.places(c) {
		t := c.Lookup(place.table)
		if t == nil || t.Column(place.column) == nil {
			continue // an older generation without it
		}
		var n int64
		err := conn.QueryRow(ctx, fmt.Sprintf("SELECT pg_catalog.count(*) FROM %s WHERE %s = $1::text::%s", t.Name.SQL(), catalog.Quote(place.column), t.Column(place.column).TypeName),
			pgx.QueryExecModeExec, s.value).Scan(&n)
		switch {
		case err != nil:
			return nil, session.Fault(report.Target, "look for a person in "+t.Name.String(), err)
		case n > 0:
			out = append(out, SubjectRows{Table: t.Name.String(), Column: place.column, Rows: n})
		}
	}
	return out, nil
}

// find finds the table of the people and the value that their key has in staging.
func (s *sought) find(ctx context.Context, conn *pgx.Conn, c *catalog.Catalog) error {
	doing := "find the table of the people"
	var fits []*ruleset.Table
	for i := range s.rules.Tables {
		t := &s.rules.Tables[i]
		name := catalog.Name{Schema: t.Schema, Name: t.Name}
		if s.Table != "" && name.String() == s.Table || s.Table == "" && t.Subject != "" && !refers(c, name, t.Subject) {
			fits = append(fits, t)
		}
	}
	switch {
	case len(fits) == 0:
		return &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("the rules name no subject"), Hint: "subject: id in the rules of the table whose rows are people"}
	case len(fits) > 1:
		names := make([]string, len(fits))
		for i, t := range fits {
			names[i] = t.Schema + "." + t.Name
		}
		return &report.Fault{Side: report.Usage, Doing: doing, Err: fmt.Errorf("several tables are about people: %s", strings.Join(names, ", ")), Hint: "say which: --table " + names[0]}
	case fits[0].Subject == "":
		return &report.Fault{Side: report.Usage, Doing: doing, Err: fmt.Errorf("the rules of %s name no subject", s.Table), Hint: "subject: id says whom a row is about"}
	}
	s.name, s.by = catalog.Name{Schema: fits[0].Schema, Name: fits[0].Name}, fits[0].Subject
	if err := s.canonical(ctx, conn, c); err != nil {
		return err
	}
	p, err := plan.Make(plan.Input{Rules: s.rules, Catalog: c, Jobs: 1})
	if err != nil {
		return &report.Fault{Side: report.Rules, Doing: "hold the rules against staging", Err: err, Hint: "give the rules that staging was made with"}
	}
	if _, err := p.Rotation(c, s.Key.Domains()); err != nil {
		return err
	}
	for i := range p.Tables {
		t := &p.Tables[i]
		for k := range t.Columns {
			if t.Root == s.name && t.Columns[k].Name == s.by && !t.Columns[k].Context {
				return s.standIn(t.Columns[k].Decision)
			}
		}
	}
	return &report.Fault{Side: report.Rules, Doing: doing, Err: fmt.Errorf("staging has no %s.%s", s.name, s.by)}
}

// canonical has the server write the key as it writes the column: 007 is 7. What is no
// value of the type is refused, since it would be found nowhere.
func (s *sought) canonical(ctx context.Context, conn *pgx.Conn, c *catalog.Catalog) error {
	t := c.Lookup(s.name)
	if t == nil || t.Column(s.by) == nil {
		return &report.Fault{Side: report.Rules, Doing: "look for a person", Err: fmt.Errorf("staging has no %s.%s", s.name, s.by), Hint: "give the rules that staging was made with"}
	}
	typ := t.Column(s.by).TypeName
	err := conn.QueryRow(ctx, "SELECT $1::text::"+typ+"::text", pgx.QueryExecModeExec, s.ID).Scan(&s.value)
	if strings.HasPrefix(session.State(err), "22") {
		return &report.Fault{Side: report.Usage, Doing: "look for a person", Err: fmt.Errorf("what --subject says is no %s", typ)}
	}
	return session.Fault(report.Target, "look for a person", err)
}

// standIn is what the key's decision makes of it.
func (s *sought) standIn(d plan.Decision) error {
	doing := "find the stand-in of the key"
	switch {
	case d.Kind == plan.Keep:
		return nil
	case d.Kind != plan.Mask || d.When != nil || d.Subject >= 0 || len(d.Args) > 0:
		return &report.Fault{Side: report.Rules, Doing: doing, Err: fmt.Errorf("the rules decide over it in a way that leads to nobody (%s)", d.Kind)}
	case !s.Key.Valid():
		return &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("the key of the people is masked, and no --key-file is given"), Hint: "give the key that staging was made with"}
	}
	m, err := mask.New(*d.Spec, &mask.Binder{Key: s.Key})
	if err != nil {
		return err
	}
	out, err := m.Mask(nil, mask.Input{Value: []byte(s.value)})
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("it is no key of the column's type")}
	}
	s.value = string(out)
	return nil
}

// place is a column that holds the person's key.
type place struct {
	table  catalog.Name
	column string
}

// places are the table of the people and all that reference its key, through whatever depth.
func (s *sought) places(c *catalog.Catalog) []place {
	all := []place{{s.name, s.by}}
	for i := 0; i < len(all); i++ {
		to := c.Lookup(all[i].table)
		if to == nil {
			continue
		}
		for _, fk := range c.ForeignKeys {
			if fk.RefTable != to.OID {
				continue
			}
			from := c.Table(fk.Table)
			for k, ref := range fk.RefColumns {
				if p := (place{column: fk.Columns[k]}); ref == all[i].column && from != nil {
					if p.table = from.Name; !slices.Contains(all, p) {
						all = append(all, p)
					}
				}
			}
		}
	}
	return all
}

// refers reports whether the column references another table's.
func refers(c *catalog.Catalog, table catalog.Name, column string) bool {
	t := c.Lookup(table)
	return t != nil && slices.ContainsFunc(c.ForeignKeys, func(fk catalog.ForeignKey) bool {
		return fk.Table == t.OID && fk.RefTable != t.OID && slices.Contains(fk.Columns, column)
	})
}
