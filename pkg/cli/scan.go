package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) scanCommand() *cobra.Command {
	var o pipeline.ScanOptions
	var s pipeline.SubjectOptions
	var key keyFlags
	var failOn string
	cmd := &cobra.Command{
		Use:   "scan --source DSN | scan --subject ID --target DSN --rules FILE",
		Short: "Look through any database for personal data and placeholders",
		Long: `Reads every text, document, array and date, and reports what looks like personal data or
like a placeholder, with counts and the SELECT that shows a few of the rows, never a value.
Nothing is changed.

--state FILE notes how far the scan has come, with counts and no value, so that --resume goes
on with one that was cut off. A table that was rewritten or changed meanwhile is read again
from its beginning; rows that came into blocks that were read are not.

--subject asks another question, that of a person who wants to be forgotten: in which
databases of a staging does the stand-in live of the person with this key in production?
--drop-generations drops the generations among them. Staging itself is cleared by deleting
the person in production and refreshing.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, err := report.ParseSeverity(failOn)
			if err != nil {
				return usagef("--fail-on: %v", err)
			}
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			if o.Sample < 0 || o.Jobs < 0 || o.Rate < 0 {
				return usagef("--sample, --jobs and --rate take 0 or more")
			}
			if o.Resume && o.State == "" {
				return usagef("--resume needs the --state that the scan was begun with")
			}
			if s.ID != "" {
				return d.scanSubject(cmd, s, &key)
			}
			for _, name := range []string{"rules", "table", "drop-generations", "key-file", "key-command", "domain-key"} {
				if cmd.Flags().Changed(name) {
					return usagef("--%s does nothing without --subject", name)
				}
			}
			findings, rows, err := pipeline.Scan(cmd.Context(), o)
			if err != nil {
				return err
			}
			if d.json {
				err = writeJSON(cmd.OutOrStdout(), struct {
					Rows     int64            `json:"rows"`
					Findings []report.Finding `json:"findings"`
				}{rows, append([]report.Finding{}, findings...)})
			} else {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d rows read\n", rows)
				err = report.WriteFindings(cmd.OutOrStdout(), findings)
			}
			if worst, any := report.Worst(findings); err == nil && any && worst >= limit {
				return findingsError{worst: worst, limit: limit}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&o.Source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to look through (env UNDERSTUDY_SOURCE)")
	cmd.Flags().StringVar(&o.Locale, "locale", "en_US", "locale of its data")
	cmd.Flags().Int64Var(&o.Sample, "sample", 0, "read at most so many rows a table (0: all)")
	cmd.Flags().IntVarP(&o.Jobs, "jobs", "j", 0, "connections (default: one a core, at most 4)")
	cmd.Flags().Int64Var(&o.Rate, "rate", 0, "read at most so many megabytes a second (0: no limit)")
	cmd.Flags().StringVar(&o.State, "state", "", "file that notes how far the scan has come; a finished scan removes it")
	cmd.Flags().BoolVar(&o.Resume, "resume", false, "go on with the scan that --state is of")
	cmd.Flags().StringVar(&failOn, "fail-on", "high", "severity from which findings make the exit code 4")
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON")
	cmd.Flags().StringVar(&s.ID, "subject", "", "look for the stand-in of the person with this key in production")
	cmd.Flags().StringVar(&s.Target, "target", os.Getenv("UNDERSTUDY_TARGET"), "with --subject: staging database (env UNDERSTUDY_TARGET)")
	cmd.Flags().StringVar(&s.Maintenance, "maintenance-db", "", "with --subject: database of the target's server to work from")
	cmd.Flags().StringVar(&s.Rules, "rules", "", "with --subject: rules that staging was made with")
	cmd.Flags().StringVar(&s.Table, "table", "", "with --subject: table whose rows are the people, where the rules name several")
	cmd.Flags().BoolVar(&s.Drop, "drop-generations", false, "with --subject: drop the generations that hold the stand-in")
	cmd.Flags().StringVar(&key.file, "key-file", "", "with --subject: the key, where the rules mask the people's own key")
	cmd.Flags().StringVar(&key.command, "key-command", "", "with --subject: command whose output is the key")
	key.addDomains(cmd)
	return cmd
}

// scanSubject says where a person's stand-in lives.
func (d *door) scanSubject(cmd *cobra.Command, s pipeline.SubjectOptions, key *keyFlags) error {
	switch {
	case s.Target == "":
		return usagef("--target is missing: the staging database")
	case s.Rules == "":
		return usagef("--rules is missing: the rules that staging was made with")
	}
	var err error
	if s.Log, err = d.logger(); err != nil {
		return err
	}
	if key.file != "" || key.command != "" || len(key.domains) > 0 || os.Getenv(keyEnv) != "" {
		if s.Key, _, err = key.load(cmd.Context(), s.Rules); err != nil {
			return err
		}
		defer s.Key.Wipe()
	}
	found, err := pipeline.Subject(cmd.Context(), s)
	if err != nil {
		return err
	}
	if d.json {
		return writeJSON(cmd.OutOrStdout(), found)
	}
	out := cmd.OutOrStdout()
	for _, p := range found {
		what := "nothing of this person"
		if len(p.Rows) > 0 {
			what = "the stand-in lives here"
		}
		if p.Dropped {
			what += " no more: dropped"
		}
		made := ""
		if !p.Created.IsZero() {
			made = ", made " + p.Created.Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(out, "%s (%s%s): %s\n", report.Clean(p.Database), p.State, made, what)
		for _, r := range p.Rows {
			_, _ = fmt.Fprintf(out, "  %d rows of %s by %s\n", r.Rows, report.Clean(r.Table), report.Clean(r.Column))
		}
	}
	return nil
}
