package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

func targetLink(ctx context.Context, s *Site) (string, []report.Finding, error) {
	seen, pooled, found, err := link(ctx, s.Target, s.TargetConfig.Database(s.Admin.Maintenance()), session.Target("doctor"))
	s.pooled = pooled
	if pooled && err == nil {
		found = append(found, report.Finding{
			Code: "pooler", Severity: report.Low, Subject: s.TargetConfig.Name(), Count: 1,
			Message: "a pooler stands between us and staging: it keeps sessions in databases that are to be renamed, and has to let new names through",
			Hint:    "connect to PostgreSQL directly, where you can",
		})
	}
	return seen, found, err
}

// apart refuses a target that is the source, whatever the two addresses look like.
func apart(ctx context.Context, s *Site) (string, []report.Finding, error) {
	kin, err := session.SameCluster(ctx, s.Source, s.Target)
	if err != nil {
		return "", nil, err
	}
	s.How = kin.How
	var name string
	var oid uint32
	if err := s.Source.QueryRow(ctx, "SELECT datname::text, oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()").Scan(&name, &oid); err != nil {
		return "", nil, session.Fault(report.Source, "ask for the database's name", err)
	}
	var system int64
	if err := s.Source.QueryRow(ctx, "SELECT system_identifier FROM pg_catalog.pg_control_system()").Scan(&system); err == nil {
		s.SourceID = publish.Fingerprint(fmt.Sprint(system), oid)
	} // a role that may not ask copies all the same
	doing := "guard the target " + s.TargetConfig.Name()
	if kin.Cluster && name == s.TargetConfig.Name() {
		return kin.How, nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("the target is the source"), Hint: "name another database, on another server if you can"}
	}
	marked := s.Status.Exists && s.Status.Database.Mark != nil && s.Status.Database.Mark.Staging == s.TargetConfig.Name()
	if kin.Suspect && !marked && s.Mean != s.TargetConfig.Name() {
		return kin.How, nil, &report.Fault{
			Side: report.Usage, Doing: doing, Err: errors.New(kin.How),
			Hint: "if the target's server was restored from a base backup and is nobody's standby, say so: --i-mean " + s.TargetConfig.Name(),
		}
	}
	if !kin.Cluster {
		return kin.How, nil, nil
	}
	return kin.How, []report.Finding{{
		Code: "same-server", Severity: report.Low, Subject: s.TargetConfig.Name(), Count: 1,
		Message: "staging lies on production's server", Hint: "load, disk and administrators are shared; another server is safer",
	}}, nil
}

func guard(_ context.Context, s *Site) (string, []report.Finding, error) {
	err := publish.Guard(s.Status, publish.GuardOptions{Adopt: s.Adopt, Mean: s.Mean, InPlace: s.InPlace})
	switch {
	case err != nil:
		return "", nil, err
	case !s.Status.Exists:
		return "there is none yet", nil, nil
	case s.Status.Database.Mark != nil:
		return "it carries our mark", nil, nil
	default:
		return "it is empty, or adopted", nil, nil
	}
}

// free tells who else is at the target: another run, sessions, what outlives sessions,
// and what dead runs left.
func free(ctx context.Context, s *Site) (string, []report.Finding, error) {
	if err := s.Admin.LookForRun(ctx, s.Status.Staging); err != nil {
		return "", nil, err
	}
	var found []report.Finding
	for _, w := range s.Status.InTheWay() {
		found = append(found, report.Finding{
			Code: "in-the-way", Severity: report.Medium, Subject: s.Status.Staging, Message: w, Count: 1,
			Hint: "remove it before the swap, or make it again after",
		})
	}
	if n := len(s.Status.Sessions); n > 0 {
		f := report.Finding{
			Code: "sessions", Severity: report.Info, Subject: s.Status.Staging, Count: int64(n),
			Message: (&publish.Busy{Database: s.Status.Staging, Sessions: s.Status.Sessions}).Error(),
		}
		switch s.Sessions {
		case publish.Fail:
			f.Severity, f.Hint = report.Low, "they will keep the copy from being swapped in, if they are still there: --sessions wait or terminate"
		case publish.Wait:
			f.Hint = "the swap waits for them, for as long as --wait says"
		case publish.Terminate:
			f.Hint = "the swap ends them"
		}
		found = append(found, f)
	}
	return fmt.Sprintf("%d sessions, %d generations", len(s.Status.Sessions), len(s.Status.Generations)), found, nil
}

// leftovers names what dead runs left.
func leftovers(_ context.Context, s *Site) (string, []report.Finding, error) {
	var found []report.Finding
	for _, d := range s.Status.Leftovers {
		found = append(found, report.Finding{
			Code: "left-over", Severity: report.Low, Subject: d.Name, Count: 1,
			Message: "an earlier run left this incoming database, which may hold originals",
			Hint:    "the next run drops it, or `understudy publish --target … --clean` now",
		})
	}
	return fmt.Sprintf("%d incoming databases of dead runs", len(found)), found, nil
}

// platforms are known by a role that only they have. Those that serve one database alone
// cannot swap another in.
var platforms = []struct {
	role, name string
	oneOnly    bool
}{
	{"supabase_admin", "Supabase", true},
	{"rds_superuser", "Amazon RDS", false},
	{"cloudsqlsuperuser", "Google Cloud SQL", false},
	{"azure_pg_admin", "Azure Database for PostgreSQL", false},
	{"neon_superuser", "Neon", false},
	{"heroku_admin", "Heroku", true},
}

func platform(ctx context.Context, s *Site) (string, []report.Finding, error) {
	var marks, there []string
	for _, p := range platforms {
		marks = append(marks, p.role)
	}
	err := s.Target.QueryRow(ctx, "SELECT coalesce(pg_catalog.array_agg(rolname::text), '{}') FROM pg_catalog.pg_roles WHERE rolname = ANY ($1)", marks).Scan(&there)
	if err != nil {
		return "", nil, session.Fault(report.Target, "look at the target's platform", err)
	}
	for _, p := range platforms {
		if !slices.Contains(there, p.role) {
			continue
		}
		if p.oneOnly && !s.InPlace {
			return p.name, nil, &report.Fault{
				Side: report.Target, Doing: "look at the target's platform", Err: fmt.Errorf("%s serves one database and cannot swap another in", p.name),
				Hint: "load the database that is there with --in-place, whose promises are weaker, or keep staging on a server of your own",
			}
		}
		return p.name, nil, nil
	}
	return "none that is known for limits", nil, nil
}

// reachable asks for a database of the name that the incoming one will have. That it
// does not exist is the right answer: pg_hba.conf is read before.
func reachable(ctx context.Context, s *Site) (string, []report.Finding, error) {
	if s.InPlace {
		return "none is made", nil, nil
	}
	name := publish.IncomingName(s.Status.Staging, time.Unix(0, 0))
	conn, err := session.Connect(ctx, s.TargetConfig.Database(name), session.Target("doctor"))
	switch {
	case err == nil: // somebody made one of that very name
		shut(ctx, conn)
		return "it does", nil, nil
	case session.Missing(err):
		return "it does", nil, nil
	case ctx.Err() != nil:
		return "", nil, context.Cause(ctx)
	case s.pooled:
		return "a pooler does not know its name", nil, &report.Fault{
			Side: report.Target, Doing: "reach a database of a new name", Err: errors.New("the pooler does not let its name through"),
			Hint: "give the pooler a * entry, or connect past it",
		}
	case session.State(err) == "":
		return "", nil, err // the connection itself is in trouble
	}
	return "it does not", nil, &report.Fault{
		Side: report.Target, Doing: "reach a database named like " + name, Err: session.Reduce(err),
		Hint: "pg_hba.conf has to let the role into databases of new names: write all (or from 16 a /regular expression) where it names the database",
	}
}

// replicas tells that everything which is written goes on to others.
func replicas(ctx context.Context, s *Site) (string, []report.Finding, error) {
	var followers, slots int64
	var archive string
	err := s.Target.QueryRow(ctx, `SELECT (SELECT count(*) FROM pg_catalog.pg_stat_replication), (SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical'),
		pg_catalog.current_setting('archive_mode')`).Scan(&followers, &slots, &archive)
	if err != nil {
		return "", nil, session.Fault(report.Target, "look for replicas", err)
	}
	if followers == 0 && slots == 0 && archive == "off" {
		return "none", nil, nil
	}
	return fmt.Sprintf("%d replicas, %d physical slots, archive_mode %s", followers, slots, archive), []report.Finding{{
		Code: "replicas", Severity: report.Info, Subject: s.Status.Staging, Count: max(followers, slots, 1),
		Message: fmt.Sprintf("what is loaded goes on to %d replicas, %d physical slots and, with archive_mode = %s, the archive: each takes as much write-ahead log as the copy is large", followers, slots, archive),
		Hint:    "a replica that is away makes its slot keep all of it: see max_slot_wal_keep_size",
	}}, nil
}

func programs(ctx context.Context, s *Site) (string, []report.Finding, error) {
	found, err := schema.Find(ctx, s.Programs)
	if err != nil {
		return "", nil, err
	}
	if s.Client, err = schema.Choose(found, session.Version(s.Source), s.Admin.Version()); err != nil {
		return "", nil, err
	}
	return "pg_dump " + s.Client.Version, nil, nil
}

// spare is how many connections a run has open on a side beside those that copy.
const spare = 4

// room asks whether the server has the connections that a run takes, so many for each job.
func room(ctx context.Context, conn *pgx.Conn, side report.Side, jobs, each int) (string, []report.Finding, error) {
	doing := fmt.Sprintf("count the %s's connections", side)
	var limit, used, roleLimit, roleUsed, ours int
	err := conn.QueryRow(ctx, `
		SELECT pg_catalog.current_setting('max_connections')::int
		       - CASE WHEN r.rolsuper THEN 0 ELSE pg_catalog.current_setting('superuser_reserved_connections')::int
		                                          + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int END,
		       (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'),
		       r.rolconnlimit,
		       (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid = r.oid AND coalesce(backend_type, 'client backend') = 'client backend'),
		       (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid = r.oid AND application_name IN ('understudy/guard', 'understudy/doctor', 'understudy/admin'))
		FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`).Scan(&limit, &used, &roleLimit, &roleUsed, &ours)
	if err != nil {
		return "", nil, session.Fault(side, doing, err)
	}
	need := jobs*each + spare
	free := limit - used + ours
	where, hint := fmt.Sprintf("its server has %d free", free), "use fewer --jobs, raise max_connections, or wait until others are done"
	if roleLimit >= 0 && roleLimit-roleUsed+ours < free {
		free = roleLimit - roleUsed + ours
		where, hint = fmt.Sprintf("the role's limit leaves %d", free), fmt.Sprintf("use fewer --jobs, or ALTER ROLE … CONNECTION LIMIT %d", roleLimit+need-free)
	}
	if free < need {
		return "", nil, &report.Fault{Side: side, Doing: doing, Err: fmt.Errorf("a run of %d jobs takes %d, and %s", jobs, need, where), Hint: hint}
	}
	return fmt.Sprintf("%d needed, %d free", need, free), nil, nil
}
