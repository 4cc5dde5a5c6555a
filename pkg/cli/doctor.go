package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/preflight"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

func (d *door) doctorCommand() *cobra.Command {
	var f copyFlags
	var printRoles bool
	var failOn string
	roles := preflight.Roles{}
	cmd := &cobra.Command{
		Use:   "doctor --source DSN --target DSN [--rules FILE]",
		Short: "Ask everything that could stop a refresh, and change nothing",
		Long: `Runs every check that a copy makes before it makes anything: can the source be written to,
is a pooler or a load balancer in between, is the target the source by another name, may it
be replaced, are rights, connections, locks, extensions, collations, roles, disk and client
programs there, do the rules fit, do the paths of their documents occur in a sample. All of them are asked, even when one has failed; missing
rights come with the GRANT. Nothing is changed on either server.

--print-roles prints the SQL that makes the two roles a refresh needs, neither of them a
superuser.` + exitHelp,
		Example: `  understudy doctor --source postgres://reader@prod/shop --target postgres://owner@stage/shop --rules rules.yaml
  understudy doctor --print-roles --source postgres://prod/shop --target postgres://stage/shop`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if printRoles {
				return writeRoles(cmd.OutOrStdout(), f, roles)
			}
			limit, err := report.ParseSeverity(failOn)
			if err != nil {
				return usagef("--fail-on: %v", err)
			}
			o, err := f.site()
			if err != nil {
				return err
			}
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			results := pipeline.Doctor(cmd.Context(), o)
			if d.json {
				err = writeDiagnosis(cmd.OutOrStdout(), results)
			} else {
				writeResults(cmd.OutOrStdout(), results)
			}
			if err != nil {
				return err
			}
			if err := pipeline.DoctorError(results); err != nil {
				return err
			}
			var all []report.Finding
			for _, r := range results {
				all = append(all, r.Findings...)
			}
			if worst, any := report.Worst(all); any && worst >= limit {
				return findingsError{worst: worst, limit: limit}
			}
			return nil
		},
	}
	f.addSite(cmd)
	flags := cmd.Flags()
	flags.StringVar(&failOn, "fail-on", "high", "severity from which findings make the exit code 4")
	flags.BoolVar(&printRoles, "print-roles", false, "print the SQL that makes the two roles, and connect to nothing")
	flags.StringVar(&roles.Reader, "reader", "understudy_reader", "with --print-roles: name of the role on production")
	flags.StringVar(&roles.Owner, "owner", "understudy_owner", "with --print-roles: name of the role on staging's server")
	flags.IntVar(&roles.Version, "server-version", 0, "with --print-roles: the servers' major version (default: 15 and newer)")
	flags.BoolVar(&d.json, "json", false, "print JSON")
	return cmd
}

// site reads the flags that doctor shares with copy.
func (f *copyFlags) site() (pipeline.Options, error) {
	if f.failOn == "" {
		f.failOn = "high"
	}
	if f.inspect == "" {
		f.inspect = "full"
	}
	if f.onMigration == "" {
		f.onMigration = "abort"
	}
	return f.options(false)
}

func writeRoles(w io.Writer, f copyFlags, roles preflight.Roles) error {
	name := func(dsn, otherwise string) (string, error) {
		if dsn == "" {
			return otherwise, nil
		}
		c, err := session.Parse(dsn)
		if err != nil {
			return "", err
		}
		return c.Name(), nil
	}
	var err error
	if roles.Database, err = name(f.source, "shop"); err != nil {
		return fmt.Errorf("--source: %w", err)
	}
	if roles.Staging, err = name(f.target, roles.Database); err != nil {
		return fmt.Errorf("--target: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s\n%s", preflight.ReaderScript(roles), preflight.OwnerScript(roles))
	return err
}

// writeResults prints one line a check, and below it what a person should know.
func writeResults(w io.Writer, results []preflight.Result) {
	for _, r := range results {
		mark := "ok  "
		switch {
		case r.Err != nil:
			mark = "STOP"
		case len(r.Findings) > 0:
			mark = "note"
		}
		_, _ = fmt.Fprintf(w, "%s  %-34s %s\n", mark, r.Check, report.Clean(r.Seen))
		for _, f := range r.Findings {
			_, _ = fmt.Fprintf(w, "      %s (%s): %s\n", f.Severity, f.Code, report.Clean(f.Message))
			if f.Hint != "" {
				_, _ = fmt.Fprintf(w, "      → %s\n", report.Clean(f.Hint))
			}
		}
		if r.Err != nil {
			_, _ = fmt.Fprintf(w, "      %s\n", report.CleanLines(r.Err.Error()))
			if hint := report.HintOf(r.Err); hint != "" {
				_, _ = fmt.Fprintf(w, "      → %s\n", report.CleanLines(hint))
			}
		}
	}
}

func writeDiagnosis(w io.Writer, results []preflight.Result) error {
	type answer struct {
		preflight.Result
		Error string `json:"error,omitempty"`
		Hint  string `json:"hint,omitempty"`
		Exit  int    `json:"exit,omitempty"`
	}
	out := make([]answer, 0, len(results))
	for _, r := range results {
		a := answer{Result: r}
		if r.Err != nil {
			a.Error, a.Hint, a.Exit = r.Err.Error(), report.HintOf(r.Err), exitCode(r.Err)
		}
		out = append(out, a)
	}
	return writeJSON(w, out)
}

// addSite adds the flags that say what a refresh works on, which doctor has as well.
func (f *copyFlags) addSite(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to copy (env UNDERSTUDY_SOURCE)")
	flags.StringVar(&f.target, "target", os.Getenv("UNDERSTUDY_TARGET"), "staging database to replace (env UNDERSTUDY_TARGET)")
	flags.StringVar(&f.rules, "rules", "", "rules file")
	flags.StringVar(&f.maintenance, "maintenance-db", "", "database of the target's server to work from (default postgres, then template1)")
	flags.StringVar(&f.sessions, "sessions", "fail", "what to do about sessions in the old staging: fail, wait or terminate")
	flags.DurationVar(&f.wait, "wait", time.Minute, "how long --sessions wait waits")
	flags.StringVar(&f.programs, "pg-bin", "", "folder of pg_dump and pg_restore (default: PATH and the usual places)")
	flags.StringVar(&f.mean, "i-mean", "", "the target's name once more, when it sounds like production")
	flags.StringVar(&f.template, "template", "", "database of the target's server that the new one is made from, with extensions that only a superuser may make (default template0)")
	flags.IntVarP(&f.jobs, "jobs", "j", 0, "workers (default: one a core, from 2 to 8)")
	flags.IntVar(&f.keep, "keep-generations", 1, "how many generations before today's to keep")
	flags.BoolVar(&f.inPlace, "in-place", false, "load the staging that is there, in one transaction, where no database can be made; its promises are weaker")
	flags.BoolVar(&f.adopt, "adopt", false, "replace a database that this tool did not write")
}
