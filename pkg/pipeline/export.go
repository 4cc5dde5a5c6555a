package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

// ExportOptions says what to write, and where.
type ExportOptions struct {
	Source   string // DSN of a database that copy published or seed filled
	To       string
	Form     string // sql, archive or folder; "" goes by the name
	Programs string
	Mean     string // the database's name, when it bears no mark of ours
	Log      zerolog.Logger
}

// Check finds out the form and refuses what cannot be written.
func (o *ExportOptions) Check() error {
	if o.Form == "" {
		switch {
		case strings.HasSuffix(o.To, "/"):
			o.Form = "folder"
		case strings.HasSuffix(o.To, ".sql"):
			o.Form = "sql"
		case strings.HasSuffix(o.To, ".dump"):
			o.Form = "archive"
		default:
			if info, err := os.Stat(o.To); err == nil && info.IsDir() {
				o.Form = "folder"
			}
		}
	}
	fault := func(why, hint string) error {
		return &report.Fault{Side: report.Usage, Doing: "write " + o.To, Err: errors.New(why), Hint: hint}
	}
	switch o.Form {
	case "sql", "archive", "folder":
	default:
		return fault("its form is not known", "name it FILE.sql, FILE.dump or FOLDER/, or give --form sql, archive or folder")
	}
	if o.Form == "folder" {
		if entries, err := os.ReadDir(o.To); err == nil && len(entries) > 0 {
			return fault("the folder is not empty", "name one that does not exist yet")
		}
		return nil
	}
	if _, err := os.Stat(o.To); err == nil {
		return fault("the file exists", "remove it, or name another")
	}
	if info, err := os.Stat(filepath.Dir(o.To)); err != nil || !info.IsDir() {
		return fault("its folder does not exist", "")
	}
	return nil
}

// Export writes a database as a file or a folder, with pg_dump. It refuses one that
// bears no mark of ours, since an original that is dumped to a file is out in the world.
// A file that could not be finished is removed.
func Export(ctx context.Context, o ExportOptions) (err error) {
	if err := o.Check(); err != nil {
		return err
	}
	cfg, err := session.Parse(o.Source)
	if err != nil {
		return fmt.Errorf("--source: %w", err)
	}
	conn, err := session.Connect(ctx, cfg, session.Source("export"))
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	cfg = cfg.PinTo(conn)
	s := &seeding{cfg: cfg, conn: conn}
	mark, err := s.marked(ctx)
	if err != nil {
		return err
	}
	if mark == "" && o.Mean != cfg.Name() {
		published, err := publishedHere(ctx, s)
		if err != nil {
			return err
		}
		if !published {
			return &report.Fault{
				Side: report.Usage, Doing: "guard the source " + cfg.Name(), Err: errors.New("neither copy nor seed wrote it: it may hold originals"),
				Hint: "if there is nothing in it that must not get out, repeat its name: --i-mean " + cfg.Name(),
			}
		}
	}
	found, err := schema.Find(ctx, o.Programs)
	if err != nil {
		return err
	}
	programs, err := schema.Choose(found, session.Version(conn), 990000) // nobody restores yet
	if err != nil {
		return err
	}
	if o.Form != "folder" {
		return schema.Export(ctx, cfg, programs, o.Form == "archive", o.To)
	}
	return exportFolder(ctx, cfg, programs, session.Version(conn)/10000, o.To)
}

// publishedHere reports whether the database is a staging that copy swapped in.
func publishedHere(ctx context.Context, s *seeding) (bool, error) {
	comment, err := s.comment(ctx)
	if err != nil {
		return false, err
	}
	m := publish.MarkOf(comment)
	return m != nil && m.State == publish.Staging && m.Staging == s.cfg.Name(), nil
}

// compose starts the official image on the folder: it runs what lies in
// docker-entrypoint-initdb.d when its data directory is empty. Another registry's image and
// another port come from the environment, since a laptop may have a server of its own.
const compose = `# A database with made-up or masked data. Start it: docker compose up --wait
services:
  database:
    image: ${POSTGRES_IMAGE:-postgres:%d}
    environment:
      POSTGRES_DB: %q
      POSTGRES_PASSWORD: development # for a laptop: the port is open on this machine alone
    ports: ["127.0.0.1:${POSTGRES_PORT:-5432}:5432"]
    volumes: ["./docker-entrypoint-initdb.d:/docker-entrypoint-initdb.d:ro"]
    healthcheck:
      # by the network: while the rows are loaded the server listens on its socket alone
      test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"]
      interval: 1s
      timeout: 3s
      retries: 600
`

// composeFile fills compose in. It would take what follows a $ for a variable.
func composeFile(major int, database string) string {
	return fmt.Sprintf(compose, major, strings.ReplaceAll(database, "$", "$$"))
}

func exportFolder(ctx context.Context, cfg *session.Config, programs schema.Programs, major int, to string) error {
	scripts := filepath.Join(to, "docker-entrypoint-initdb.d")
	if err := os.MkdirAll(scripts, 0o755); err != nil { //nolint:gosec // the image's user reads it
		return &report.Fault{Side: report.Usage, Doing: "make the folder " + to, Err: errors.New("it cannot be made")}
	}
	if err := schema.Export(ctx, cfg, programs, false, filepath.Join(scripts, "10-database.sql")); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "compose.yaml"), []byte(composeFile(major, cfg.Name())), 0o644); err != nil { //nolint:gosec // meant to be shared
		return &report.Fault{Side: report.Usage, Doing: "write compose.yaml", Err: errors.New("the file cannot be written")}
	}
	return nil
}

// ResetOptions says which database is made anew.
type ResetOptions struct {
	Target      string
	Maintenance string
	Save        bool // make the template from the database as it is
	Force       bool // end the sessions in it
}

// templateSuffix names the template of a database.
const templateSuffix = "_template"

// resetMark is a template's comment: what lacks it is nobody's to copy from or replace.
const resetMark = "understudy-template: "

// Reset gives the developer a clean copy of a database from its template, or makes the
// template. Both are copies of files on the server: seconds for gigabytes.
func Reset(ctx context.Context, o ResetOptions) error {
	cfg, err := session.ParseTarget(o.Target)
	if err != nil {
		return fmt.Errorf("--target: %w", err)
	}
	name := cfg.Name()
	template := name + templateSuffix
	refuse := func(hint, format string, args ...any) error {
		return &report.Fault{Side: report.Usage, Doing: "reset " + name, Err: fmt.Errorf(format, args...), Hint: hint}
	}
	if publish.SoundsLikeProduction(name) {
		return refuse("", "its name sounds like production")
	}
	if len(template) > 63 {
		return refuse("give the database a shorter name", "the template's name would be longer than PostgreSQL takes")
	}
	if o.Maintenance == "" {
		o.Maintenance = "postgres"
	}
	conn, err := session.Connect(ctx, cfg.Database(o.Maintenance), session.Target("reset"))
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	var exists bool
	var comment *string
	look := "SELECT count(*) > 0, max(pg_catalog.shobj_description(oid, 'pg_database')) FROM pg_catalog.pg_database WHERE datname = $1"
	if err := conn.QueryRow(ctx, look, template).Scan(&exists, &comment); err != nil {
		return session.Fault(report.Target, "look for "+template, err)
	}
	ours := comment != nil && strings.HasPrefix(*comment, resetMark)
	if exists && !ours {
		return refuse("rename it", "database %s is not a template of ours", template)
	}
	from, to := template, name
	mark := seedMark + "filled" // of a template that an older version made
	if ours {
		if _, of, ok := strings.Cut(*comment, "\n"); ok {
			mark = of
		}
	}
	if o.Save {
		from, to = name, template
		if mark, err = savable(ctx, cfg); err != nil {
			return err
		}
	} else if !exists {
		return refuse("make one from the database as it is now: understudy reset --save --target …", "there is no template %s", template)
	}
	drop, create := "DROP DATABASE IF EXISTS "+catalog.Quote(to), "CREATE DATABASE "+catalog.Quote(to)+" TEMPLATE "+catalog.Quote(from)
	if o.Force {
		if _, err := conn.Exec(ctx, "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid()", name); err != nil {
			return session.Fault(report.Target, "end the sessions in "+name, err)
		}
	}
	for _, sql := range []string{drop, create} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			fault := session.Fault(report.Target, "copy database "+from+" to "+to, err)
			if session.State(err) == "55006" {
				return &report.Fault{Side: report.Target, Doing: "reset " + name, Err: fault, Hint: "somebody is connected; --force ends the sessions"}
			}
			return fault
		}
	}
	if o.Save {
		_, err = conn.Exec(ctx, "COMMENT ON DATABASE "+catalog.Quote(template)+" IS "+session.Literal(resetMark+name+"\n"+mark))
	} else { // the comment does not travel with a template
		_, err = conn.Exec(ctx, "COMMENT ON DATABASE "+catalog.Quote(name)+" IS "+session.Literal(mark))
	}
	return session.Fault(report.Target, "mark the database", err)
}

// savable refuses a template of a database that neither seed nor copy wrote: a reset
// would later drop what stands at its name. It returns the database's comment, which says
// which of them it was: a copy of it is what it was.
func savable(ctx context.Context, cfg *session.Config) (string, error) {
	conn, err := session.Connect(ctx, cfg, session.Target("reset"))
	if err != nil {
		return "", err
	}
	defer shut(ctx, conn)
	s := &seeding{cfg: cfg, conn: conn}
	mark, err := s.marked(ctx)
	if err != nil {
		return "", err
	}
	published, err := publishedHere(ctx, s)
	if err != nil {
		return "", err
	}
	if mark == "filled" || published {
		return s.comment(ctx)
	}
	return "", &report.Fault{
		Side: report.Usage, Doing: "save a template of " + cfg.Name(), Err: errors.New("neither seed nor copy wrote it"),
		Hint: "seed it first: understudy seed --target …",
	}
}
