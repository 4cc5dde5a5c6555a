package preflight

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

// Site is what the checks look at, and what they found out for those that come later.
type Site struct {
	SourceConfig *session.Config
	TargetConfig *session.Config // its database is the staging
	Source       *pgx.Conn       // idle: a check opens its own transaction
	Target       *pgx.Conn       // in the maintenance database, idle
	Admin        *publish.Admin
	Status       *publish.Status
	Rules        *ruleset.Rules
	Catalog      *catalog.Catalog // of Schema's checks

	Jobs     int            // connections that copy, on each side
	Keep     int            // generations that are kept
	Sessions publish.Policy // what happens to those who are in staging
	Programs string         // folder of pg_dump and pg_restore; empty looks for them
	Adopt    bool           // see publish.GuardOptions
	Mean     string
	InPlace  bool   // the staging that is there is loaded, and no database is made
	Template string // database that the incoming one is made from; empty is template0

	// Found by the checks.
	How      string // how source and target were told apart
	SourceID string // publish.Fingerprint of the source; empty where the role may not ask
	Client   schema.Programs
	pooled   bool // a pooler stands before the target
}

// Check is one question. Run answers with a line about what it saw and with findings; an
// error is a report.Fault that would end a refresh.
type Check struct {
	Name string
	Run  func(ctx context.Context, s *Site) (seen string, findings []report.Finding, err error)
}

// Result is one check's answer.
type Result struct {
	Check    string           `json:"check"`
	Seen     string           `json:"seen,omitempty"`
	Findings []report.Finding `json:"findings,omitempty"`
	Err      error            `json:"-"`
}

// Run asks every question, and goes on after an error. It ends early with the context.
func Run(ctx context.Context, s *Site, checks []Check) []Result {
	var out []Result
	for _, c := range checks {
		if ctx.Err() != nil {
			return append(out, Result{Check: c.Name, Err: context.Cause(ctx)})
		}
		r := Result{Check: c.Name}
		r.Seen, r.Findings, r.Err = c.Run(ctx, s)
		out = append(out, r)
	}
	return out
}

// First asks until a check has an error, and returns the findings so far with it.
func First(ctx context.Context, s *Site, checks []Check) (findings []report.Finding, err error) {
	for _, c := range checks {
		if ctx.Err() != nil {
			return findings, context.Cause(ctx)
		}
		_, found, err := c.Run(ctx, s)
		findings = append(findings, found...)
		if err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// Servers are the questions that need no catalog, in their order: an answer may be used
// by those below it.
var Servers = []Check{
	{"source connection", sourceLink},
	{"source is only read", readOnly},
	{"source is one server", oneServer},
	{"source is no standby", standby},
	{"source rights", rights},
	{"source connections", func(ctx context.Context, s *Site) (string, []report.Finding, error) {
		return room(ctx, s.Source, report.Source, s.Jobs, 1)
	}},
	{"target connection", targetLink},
	{"target is not the source", apart},
	{"target may be replaced", guard},
	{"target is free", free},
	{"target platform", platform},
	{"target lets the new database in", reachable},
	{"target connections", func(ctx context.Context, s *Site) (string, []report.Finding, error) {
		return room(ctx, s.Target, report.Target, s.Jobs, 2) // one writes while another makes indexes
	}},
	{"target replicas", replicas},
	{"client programs", programs},
}

// Standing are questions whose answers a run changes itself before it goes on.
var Standing = []Check{{"left-overs", leftovers}}

// Schema are the questions that need the source's catalog.
var Schema = []Check{
	{"encoding", encoding},
	{"locale", locale},
	{"collations", collations},
	{"extensions", extensions},
	{"roles", roles},
	{"tablespace", tablespace},
	{"locks", locks},
	{"disk", disk},
}
