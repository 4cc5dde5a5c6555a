package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) checkCommand() *cobra.Command {
	var rulesFile, source, failOn string
	cmd := &cobra.Command{
		Use:   "check --rules FILE [--source DSN]",
		Short: "Check rules: offline, or against a database",
		Long: `Without a source: the file's form, its packs, maskers and their parameters, and its tests. With one: does
every column have a decision, are tables and columns there, do keys and unique indexes
hold, is something kept that looks personal. Nothing is changed.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, err := report.ParseSeverity(failOn)
			if err != nil {
				return usagef("--fail-on: %v", err)
			}
			log, err := d.logger()
			if err != nil {
				return err
			}
			if rulesFile == "" {
				return usagef("--rules is missing")
			}
			rules, err := pipeline.LoadRules(rulesFile)
			if err != nil {
				return err
			}
			if source == "" { // with a source the plan says more
				if err := plan.CheckActions(rules, time.Now().UTC().Truncate(24*time.Hour)); err != nil {
					return &report.Fault{Side: report.Usage, Doing: "check the rules", Err: err}
				}
			}
			tests, err := pipeline.RunTests(rules)
			if err != nil {
				return err
			}
			answer := struct {
				Tables   int              `json:"tables"`
				Tests    int              `json:"tests"`
				Columns  int              `json:"columns,omitempty"`
				Findings []report.Finding `json:"findings"`
			}{Tables: len(rules.Tables), Tests: tests, Findings: []report.Finding{}}
			if source != "" {
				p, err := pipeline.Plan(cmd.Context(), rules, source, log)
				if err != nil {
					return err
				}
				answer.Columns = len(p.Ledger)
				answer.Findings = append(answer.Findings, p.Findings...)
			}
			if d.json {
				err = writeJSON(cmd.OutOrStdout(), answer)
			} else {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d tables, %d tests passed\n", report.Clean(rulesFile), answer.Tables, tests)
				if source != "" {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d columns, all decided\n", answer.Columns)
					err = errors.Join(err, report.WriteFindings(cmd.OutOrStdout(), answer.Findings))
				}
			}
			if worst, any := report.Worst(answer.Findings); err == nil && any && worst >= limit {
				return findingsError{worst: worst, limit: limit}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&rulesFile, "rules", "", "rules file")
	cmd.Flags().StringVar(&source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to check against (env UNDERSTUDY_SOURCE)")
	cmd.Flags().StringVar(&failOn, "fail-on", "high", "severity from which findings make the exit code 4")
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON")
	return cmd
}

func (d *door) planCommand() *cobra.Command {
	var rulesFile, source string
	cmd := &cobra.Command{
		Use:   "plan --rules FILE --source DSN",
		Short: "Print the ledger: every column's decision, and why",
		Long:  "Prints one line a column: decision, masker, reason, who decided. Reads the catalog, and no row." + exitHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := d.logger()
			if err != nil {
				return err
			}
			if rulesFile == "" {
				return usagef("--rules is missing")
			}
			rules, err := pipeline.LoadRules(rulesFile)
			if err != nil {
				return err
			}
			p, err := pipeline.Plan(cmd.Context(), rules, source, log)
			if err != nil {
				return err
			}
			if d.json {
				return writeJSON(cmd.OutOrStdout(), p)
			}
			return writeLedger(cmd, p)
		},
	}
	cmd.Flags().StringVar(&rulesFile, "rules", "", "rules file")
	cmd.Flags().StringVar(&source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to plan for (env UNDERSTUDY_SOURCE)")
	cmd.Flags().BoolVar(&d.json, "json", false, "print the whole plan as JSON")
	return cmd
}

func writeLedger(cmd *cobra.Command, p *plan.Plan) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"column", "type", "decision", "masker", "domain", "stand-ins", "reason", "by"})
	for _, e := range p.Ledger {
		by := e.By
		if e.Line > 0 {
			by += fmt.Sprintf(" %s:%d", e.File, e.Line)
		}
		decision := e.Decision
		if e.When != "" {
			decision += " when " + e.When + ", else " + e.Else
		}
		t.AppendRow(table.Row{
			report.Clean(e.Schema + "." + e.Table + "." + e.Column), report.Clean(e.Type), report.Clean(decision), e.Masker, report.Clean(e.Domain),
			e.Safety, report.Clean(e.Reason), report.Clean(by),
		})
	}
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Format.Header = text.FormatDefault
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), t.Render()); err != nil {
		return err
	}
	var why []string
	for i := range p.Tables {
		if p.Tables[i].Why != "" {
			why = append(why, fmt.Sprintf("%s: %s", p.Tables[i].Name, p.Tables[i].Why))
		}
	}
	for _, w := range why {
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), report.Clean(w))
	}
	return report.WriteFindings(cmd.OutOrStdout(), p.Findings)
}

func (d *door) scanCommand() *cobra.Command {
	var o pipeline.ScanOptions
	var failOn string
	cmd := &cobra.Command{
		Use:   "scan --source DSN",
		Short: "Look through any database for personal data and placeholders",
		Long: `Reads every text, document, array and date, and reports what looks like personal data or
like a placeholder, with counts and the SELECT that shows a few of the rows, never a value.
Nothing is changed.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, err := report.ParseSeverity(failOn)
			if err != nil {
				return usagef("--fail-on: %v", err)
			}
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			if o.Sample < 0 || o.Jobs < 0 {
				return usagef("--sample and --jobs take 0 or more")
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
	cmd.Flags().StringVar(&failOn, "fail-on", "high", "severity from which findings make the exit code 4")
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON")
	return cmd
}
