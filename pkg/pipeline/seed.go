package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/profile"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/seed"
	"github.com/understudy-db/understudy/pkg/session"
)

// SeedOptions says what to make, and where.
type SeedOptions struct {
	Target    string           // DSN of a database that has the schema
	Rules     string           // file; may be empty
	Profile   string           // file; may be empty
	Rows      int64            // of each table; 0 is the profile's, else 1000
	TableRows map[string]int64 // schema.table → rows
	Scale     float64
	Seed      string
	Locales   []string // empty: the rules' locale, else en_US
	Until     time.Time
	Jobs      int
	Add       bool   // the tables may hold rows
	Again     bool   // empty a database that was seeded before, and fill it anew
	Mean      string // a name that sounds like production, repeated
	Observer  Observer
	Log       zerolog.Logger
}

// SeedResult is what was made.
type SeedResult struct {
	Tables  int           `json:"tables"`
	Rows    int64         `json:"rows"`
	Bytes   int64         `json:"bytes"`
	Loading time.Duration `json:"loading_ns"` // of the rows alone
	Took    time.Duration `json:"took_ns"`    // with the checks of keys, views and statistics
	How     string        `json:"how"`
	Notes   []seed.Note   `json:"notes"`
}

// migrations are tables in which tools note which migrations ran: they hold rows in an
// empty schema, and are left alone.
var migrations = regexp.MustCompile(`(?i)^(schema_migrations?|ar_internal_metadata|flyway_schema_history|alembic_version|django_migrations|knex_migrations(_lock)?|__efmigrationshistory|databasechangelog(lock)?|goose_db_version|atlas_schema_revisions|_prisma_migrations|gorp_migrations|migrations|doctrine_migration_versions|__diesel_schema_migrations|_sqlx_migrations|typeorm_migrations|sequelizemeta|refinery_schema_history)$`)

// seeding is one run of Seed.
type seeding struct {
	SeedOptions
	cfg     *session.Config
	conn    *pgx.Conn
	rules   *ruleset.Rules
	profile *profile.Profile
	c       *catalog.Catalog

	unfollowed []seed.Note // virtual keys
}

// Seed fills an existing schema with made-up rows. What it refuses it refuses before
// anything is written, and a failure leaves nothing behind.
func Seed(ctx context.Context, o SeedOptions) (*SeedResult, error) {
	start := time.Now()
	s := &seeding{SeedOptions: o}
	if err := s.read(); err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	defer shut(ctx, s.conn)
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	held, err := s.guard(ctx)
	if err != nil {
		return nil, err
	}
	if s.profile != nil {
		if err := s.profile.Fits(s.c); err != nil {
			return nil, err
		}
	}
	n := newNatures(s.c, s.rules)
	data, err := seed.New(s.c, seed.Options{
		Rows: s.Rows, Scale: s.Scale, PerRow: s.tableRows(), Seed: s.Seed, Locales: s.Locales, Until: s.Until,
		Nature: n.of, Profile: s.profile, States: states(s.rules), Held: held,
	})
	if err != nil {
		return nil, err
	}
	if err := data.Try(ctx, s.conn); err != nil {
		return nil, err
	}
	if err := s.mark(ctx, "filling"); err != nil {
		return nil, err
	}
	parallel := s.may(ctx, "SET LOCAL session_replication_role = replica")
	var meter *copier.Meter
	err = data.Write(ctx, seed.Load{
		Open: func(ctx context.Context) (*pgx.Conn, error) {
			return session.Connect(ctx, s.cfg, session.Target("seed"))
		},
		Close: func(conn *pgx.Conn) { shut(ctx, conn) },
		Jobs:  s.Jobs, Add: s.Add && len(held) > 0, Parallel: parallel,
		Watch: func(m *copier.Meter) {
			if meter = m; s.Observer != nil {
				s.Observer.Copying(data.Plan, m)
			}
		},
	})
	if s.Observer != nil {
		s.Observer.StepDone(report.Step{Name: "seed", Done: err == nil})
	}
	if err != nil {
		return nil, errors.Join(err, s.mark(context.WithoutCancel(ctx), ""))
	}
	result := &SeedResult{Rows: data.Rows(), Loading: data.Loading, Notes: append(s.unfollowed, data.Notes()...), How: "one transaction"}
	if parallel && !(s.Add && len(held) > 0) {
		result.How = fmt.Sprintf("%d workers, foreign keys checked afterwards", s.Jobs)
	}
	for i := range data.Plan.Tables {
		if data.Plan.Tables[i].Rows > 0 {
			result.Tables++
		}
		result.Bytes += meter.Table(i).Read.Load()
	}
	if err := s.finish(ctx, data, result); err != nil {
		return nil, err
	}
	result.Took = time.Since(start)
	return result, nil
}

// read loads the files.
func (s *seeding) read() error {
	if s.Rules != "" {
		rules, err := LoadRules(s.Rules)
		if err != nil {
			return err
		}
		if s.rules = rules; len(s.Locales) == 0 {
			s.Locales = []string{rules.Locale}
		}
	}
	if s.Profile != "" {
		b, err := os.ReadFile(s.Profile)
		if err != nil {
			return &report.Fault{Side: report.Usage, Doing: "read the profile " + s.Profile, Err: errors.New("the file cannot be read")}
		}
		if s.profile, err = profile.Load(b); err != nil {
			return err
		}
	}
	if s.Until.IsZero() {
		// A fixed day: with today's the same seed would give other rows tomorrow.
		s.Until = time.Date(2026, time.July, 1, 0, 0, 0, 0, time.UTC)
	}
	if s.Jobs <= 0 {
		s.Jobs = min(max(2, runtime.NumCPU()), 8)
	}
	return nil
}

func (s *seeding) connect(ctx context.Context) (err error) {
	if s.cfg, err = session.ParseTarget(s.Target); err != nil {
		return fmt.Errorf("--target: %w", err)
	}
	if publish.SoundsLikeProduction(s.cfg.Name()) && s.Mean != s.cfg.Name() {
		return &report.Fault{
			Side: report.Usage, Doing: "guard the target " + s.cfg.Name(), Err: errors.New("its name sounds like production"),
			Hint: "if made-up rows belong there all the same, repeat its name: --i-mean " + s.cfg.Name(),
		}
	}
	if s.conn, err = session.Connect(ctx, s.cfg, session.Target("seed")); err != nil {
		return err
	}
	s.cfg = s.cfg.PinTo(s.conn)
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		return session.Fault(report.Target, "begin", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	s.c, err = catalog.Read(ctx, tx)
	return err
}

// lock keeps two runs apart. The session lock ends with the connection.
func (s *seeding) lock(ctx context.Context) (func(), error) {
	var got bool
	const key = 0x756e64657273 // "unders"
	if err := s.conn.QueryRow(ctx, "SELECT pg_catalog.pg_try_advisory_lock($1)", int64(key)).Scan(&got); err != nil {
		return nil, session.Fault(report.Target, "lock the target", err)
	}
	if !got {
		return nil, &report.Fault{Side: report.Target, Doing: "lock the target " + s.cfg.Name(), Err: errors.New("another seed is at work in it"), Hint: "wait for it to end"}
	}
	return func() {}, nil
}

// guard refuses a target that holds rows, unless it was told to add to them, or they
// are ours and go. It returns what the tables hold.
func (s *seeding) guard(ctx context.Context) (seed.Held, error) {
	if len(profile.Tables(s.c)) == 0 {
		return nil, &report.Fault{
			Side: report.Target, Doing: "guard the target " + s.cfg.Name(), Err: errors.New("it has no tables"),
			Hint: "seed fills a schema that is there: run the application's migrations first",
		}
	}
	if err := s.virtualKeys(); err != nil {
		return nil, err
	}
	mark, err := s.marked(ctx)
	if err != nil {
		return nil, err
	}
	if s.Again {
		if mark == "" {
			return nil, &report.Fault{
				Side: report.Usage, Doing: "empty the target " + s.cfg.Name(), Err: errors.New("it was not filled by seed: its rows may be somebody's"),
				Hint: "seed an empty database, or add to what is there with --add",
			}
		}
		if err := s.clear(ctx); err != nil {
			return nil, err
		}
	}
	held, err := seed.Hold(ctx, s.conn, s.c)
	if err != nil {
		return nil, err
	}
	var full []string
	for _, t := range profile.Tables(s.c) {
		if held[t.OID] != nil && !migrations.MatchString(t.Name.Name) {
			full = append(full, t.Name.String())
		}
	}
	if len(full) == 0 || s.Add {
		return held, nil
	}
	hint := "seed an empty database, or add to what is there with --add"
	if mark != "" {
		hint = "it was filled by seed: --again empties it and fills it anew, --add adds to it"
	}
	return nil, &report.Fault{Side: report.Usage, Doing: "guard the target " + s.cfg.Name(), Err: fmt.Errorf("it holds rows: %s", listed(full)), Hint: hint}
}

// listed names the first few.
func listed(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + fmt.Sprintf(" and %d more tables", len(names)-5)
	}
	return strings.Join(names, ", ")
}

func (s *seeding) clear(ctx context.Context) error {
	var names []string
	for _, t := range profile.Tables(s.c) {
		if !migrations.MatchString(t.Name.Name) {
			names = append(names, t.Name.SQL())
		}
	}
	_, err := s.conn.Exec(ctx, "TRUNCATE "+strings.Join(names, ", "))
	return session.Fault(report.Target, "empty the tables", err)
}

// seedMark begins the line of the database's comment that says that its rows are made up.
const seedMark = "understudy-seed: "

// marked returns what the mark says: "filled", "filling" after a run that died, or "".
func (s *seeding) marked(ctx context.Context) (string, error) {
	comment, err := s.comment(ctx)
	for line := range strings.SplitSeq(comment, "\n") {
		if state, ok := strings.CutPrefix(line, seedMark); ok {
			return state, err
		}
	}
	return "", err
}

func (s *seeding) comment(ctx context.Context) (string, error) {
	var comment *string
	err := s.conn.QueryRow(ctx, "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()").Scan(&comment)
	if err != nil || comment == nil {
		return "", session.Fault(report.Target, "read the database's comment", err)
	}
	return *comment, nil
}

// mark writes the state into the database's comment; "" takes the mark away. Without
// the right to comment there is no mark, and --again is refused later.
func (s *seeding) mark(ctx context.Context, state string) error {
	if s.Add {
		return nil // what was there is not ours
	}
	comment, err := s.comment(ctx)
	if err != nil {
		return err
	}
	lines := slices.DeleteFunc(strings.Split(comment, "\n"), func(l string) bool { return strings.HasPrefix(l, seedMark) || l == "" })
	if state != "" {
		lines = append([]string{seedMark + state}, lines...)
	}
	_, err = s.conn.Exec(ctx, "COMMENT ON DATABASE "+catalog.Quote(s.cfg.Name())+" IS "+session.Literal(strings.Join(lines, "\n")))
	if session.Denied(err) {
		s.Log.Info().Msg("the role does not own the database: it gets no mark, and --again will not empty it")
		return nil
	}
	return session.Fault(report.Target, "mark the database", err)
}

// may reports whether the role may run a statement.
func (s *seeding) may(ctx context.Context, sql string) bool {
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		return false
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	_, err = tx.Exec(ctx, sql)
	return err == nil
}

// tableRows adds the tables of migration tools to those that get no rows.
func (s *seeding) tableRows() map[string]int64 {
	out := map[string]int64{}
	for _, t := range profile.Tables(s.c) {
		if migrations.MatchString(t.Name.Name) {
			out[t.Name.String()] = 0
		}
	}
	for name, n := range s.TableRows {
		out[name] = n
	}
	return out
}

// finish fills materialised views and statistics, and marks the database.
func (s *seeding) finish(ctx context.Context, data *seed.Data, result *SeedResult) error {
	for i := range s.c.Views {
		if v := &s.c.Views[i]; v.Materialised && v.Extension == "" {
			if err := schema.RefreshViews(ctx, s.conn, []catalog.Name{v.Name}); err != nil {
				if ctx.Err() != nil {
					return err
				}
				result.Notes = append(result.Notes, seed.Note{Table: v.Name.String(), What: "the materialised view could not be filled: " + err.Error()})
			}
		}
	}
	var names []catalog.Name
	for i := range data.Plan.Tables {
		names = append(names, data.Plan.Tables[i].Name)
	}
	if err := schema.Analyze(ctx, s.cfg, names, s.Jobs); err != nil {
		return err
	}
	return s.mark(ctx, "filled")
}

// virtualKeys gives the catalog the keys that the rules declare, so that made-up rows hold
// them and are checked. Those out of documents, and those whose target another column
// names, are noted: what a made-up document holds is nobody's key.
func (s *seeding) virtualKeys() error {
	if s.rules == nil {
		return nil
	}
	for i := range s.rules.Virtual {
		k := &s.rules.Virtual[i]
		from, to := s.c.Lookup(catalog.Name{Schema: k.Table.Schema, Name: k.Table.Name}), s.c.Lookup(catalog.Name{Schema: k.RefTable.Schema, Name: k.RefTable.Name})
		bad := func(why string) error {
			return &report.Fault{Side: report.Rules, Doing: "follow the virtual key at " + k.Position.String(), Err: errors.New(why), Hint: "the rules are of another version of the schema"}
		}
		if from == nil || to == nil {
			return bad("the target does not have its tables")
		}
		if k.JSON != "" || k.When != "" {
			s.unfollowed = append(s.unfollowed, seed.Note{Table: from.Name.String(), What: "the virtual key to " + to.Name.String() + " is not followed: made-up rows hold those in plain columns alone"})
			continue
		}
		refs := k.To
		for x := range to.Indexes {
			if ix := &to.Indexes[x]; len(refs) == 0 && ix.Primary {
				for _, num := range ix.Columns {
					for c := range to.Columns {
						if to.Columns[c].Num == num {
							refs = append(refs, to.Columns[c].Name)
						}
					}
				}
			}
		}
		if len(refs) != len(k.Columns) || slices.ContainsFunc(k.Columns, func(c string) bool { return from.Column(c) == nil }) || slices.ContainsFunc(refs, func(c string) bool { return to.Column(c) == nil }) {
			return bad("the target does not have its columns")
		}
		s.c.ForeignKeys = append(s.c.ForeignKeys, catalog.ForeignKey{
			Name: "virtual key " + strings.Join(k.Columns, ", "), Table: from.OID, Columns: k.Columns, RefTable: to.OID, RefColumns: refs, Virtual: true,
		})
	}
	return nil
}

// states turns the rules' states into those of the seed.
func states(rules *ruleset.Rules) []seed.State {
	if rules == nil {
		return nil
	}
	var out []seed.State
	for i := range rules.Tables {
		t := &rules.Tables[i]
		for _, st := range t.States {
			out = append(out, seed.State{
				Table: t.Schema + "." + t.Name, Each: st.Each, Set: st.Set, Without: st.Without, Rows: st.Rows, Where: st.Position.String(),
			})
		}
	}
	return out
}
