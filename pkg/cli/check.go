package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/review"
)

// against is what rules are held against: a database, or its saved catalog.
type against struct {
	source, catalog, approval, signers, format string
}

func (a *against) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&a.source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to hold the rules against (env UNDERSTUDY_SOURCE)")
	flags.StringVar(&a.catalog, "catalog", "", "its catalog, as `understudy show catalog` saved it, in place of --source")
	flags.StringVar(&a.approval, "approval", "", "the last approval, for what has changed since (default: the rules file's name and .approval)")
	flags.StringVar(&a.format, "format", "text", "text, json, sarif or junit")
}

// options reads what the flags say. A saved catalog wins over a source that comes from the environment.
func (a *against) options(cmd *cobra.Command, rules string) (pipeline.CheckOptions, error) {
	o := pipeline.CheckOptions{Rules: rules, Source: a.source, Catalog: a.catalog, Approval: a.approval, Signers: a.signers}
	switch {
	case rules == "":
		return o, usagef("--rules is missing")
	case a.catalog != "" && cmd.Flags().Changed("source"):
		return o, usagef("give one of --source and --catalog")
	case !slices.Contains([]string{"text", "json", "sarif", "junit"}, a.format):
		return o, usagef("--format takes text, json, sarif or junit")
	}
	if a.catalog != "" {
		o.Source = ""
	}
	return o, nil
}

func (d *door) checkCommand() *cobra.Command {
	var rulesFile, failOn string
	var a against
	cmd := &cobra.Command{
		Use:   "check --rules FILE [--source DSN | --catalog FILE]",
		Short: "Check rules: offline, or against a database or its saved catalog",
		Long: `By themselves: the file's form, its packs, maskers and their parameters, and its tests. Against
a database or its saved catalog: does every column have a decision, do keys and unique indexes
hold, what changed since the last approval, what is kept without a reason or looks personal,
which stand-ins are weak, what is kept that singles people out together. Nothing is changed.
With a catalog that "understudy show catalog" saved, a pull request is checked without production.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			limit, err := report.ParseSeverity(failOn)
			if err != nil {
				return usagef("--fail-on: %v", err)
			}
			o, err := a.options(cmd, rulesFile)
			if err != nil {
				return err
			}
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			checked, err := pipeline.Check(cmd.Context(), o)
			if checked == nil || err != nil && o.Source == "" && o.Catalog == "" {
				return err
			}
			out := cmd.OutOrStdout()
			var werr error
			switch {
			case a.format == "sarif":
				werr = report.WriteSARIF(out, tool(), checked.Findings)
			case a.format == "junit":
				werr = report.WriteJUnit(out, "understudy check", checked.Findings, limit)
			case d.json || a.format == "json":
				werr = writeJSON(out, checked)
			default:
				_, werr = fmt.Fprintf(out, "%s: %d tables, %d tests passed\n", report.Clean(rulesFile), checked.Tables, checked.Tests)
				if checked.Plan != nil {
					_, _ = fmt.Fprintf(out, "%d columns, all decided\n", checked.Columns)
				}
				shown := checked.Findings
				if err != nil { // the misfit is told with the error, and rules to paste
					shown = slices.DeleteFunc(slices.Clone(shown), func(f report.Finding) bool { return f.Code == "misfit" || f.Code == "undecided" })
				}
				if len(shown) > 0 || checked.Plan != nil {
					werr = errors.Join(werr, report.WriteFindings(out, shown))
				}
			}
			if err = errors.Join(err, werr); err != nil {
				return err
			}
			if worst, any := report.Worst(checked.Findings); any && worst >= limit {
				return findingsError{worst: worst, limit: limit}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&rulesFile, "rules", "", "rules file")
	a.add(cmd)
	cmd.Flags().StringVar(&a.signers, "allowed-signers", "", "file of who may approve, outside of the rules' repository: an approval of anybody else, or none, is a finding")
	cmd.Flags().StringVar(&failOn, "fail-on", "high", "severity from which findings make the exit code 4")
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON: --format json")
	return cmd
}

func (d *door) planCommand() *cobra.Command {
	var rulesFile string
	var a against
	var part subsetFlags
	var key keyFlags
	var rotate []string
	cmd := &cobra.Command{
		Use:   "plan --rules FILE (--source DSN | --catalog FILE)",
		Short: "Print the ledger: every column's decision, and why",
		Long: `Prints one line a column: decision, masker, reason, who decided. Reads the catalog, and no row.

With --subset or --size: which rows a subset would take instead, by table, with their size and
what brought them. That reads keys along the foreign keys, and copies nothing.

With --rotate DOMAIN: which columns have other stand-ins when copy is given another key for
that domain (--domain-key), and which of them are keys. It needs no key.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := a.options(cmd, rulesFile)
			if err != nil {
				return err
			}
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			rules, err := pipeline.LoadRules(o.Rules)
			if err != nil {
				return err
			}
			if on, size, err := part.parse(); err != nil || on {
				if err != nil {
					return err
				}
				if o.Source == "" {
					return usagef("a subset is found in the database: give --source")
				}
				return d.planSubset(cmd.Context(), cmd, rules, o.Source, &key, size)
			}
			v, err := pipeline.Examine(cmd.Context(), rules, o.Source, o.Catalog, o.Log)
			if err != nil {
				return err
			}
			if len(rotate) > 0 {
				moved, err := v.Plan.Rotation(v.Catalog, rotate)
				if err != nil {
					return err
				}
				return d.writeRotation(cmd, a.format, moved)
			}
			switch {
			case a.format == "sarif":
				return report.WriteSARIF(cmd.OutOrStdout(), tool(), v.Plan.Findings)
			case a.format == "junit":
				return report.WriteJUnit(cmd.OutOrStdout(), "understudy plan", v.Plan.Findings, report.High)
			case d.json || a.format == "json":
				return writeJSON(cmd.OutOrStdout(), v.Plan)
			}
			return writeLedger(cmd, v.Plan)
		},
	}
	cmd.Flags().StringVar(&rulesFile, "rules", "", "rules file")
	a.add(cmd)
	cmd.Flags().BoolVar(&d.json, "json", false, "print the whole plan as JSON: --format json")
	cmd.Flags().StringArrayVar(&rotate, "rotate", nil, "print what another key for this domain changes; repeat for more")
	part.add(cmd)
	key.add(cmd)
	return cmd
}

// writeRotation prints what other keys for some domains change.
func (d *door) writeRotation(cmd *cobra.Command, format string, moved []plan.Rotated) error {
	switch {
	case format == "sarif" || format == "junit":
		return usagef("--rotate prints text or json")
	case d.json || format == "json":
		return writeJSON(cmd.OutOrStdout(), moved)
	}
	t := table.NewWriter()
	t.AppendHeader(table.Row{"domain", "column", "masker", "key"})
	keys := 0
	for _, m := range moved {
		if m.Key == "primary" || m.Key == "foreign" {
			keys++
		}
		t.AppendRow(table.Row{report.Clean(m.Domain), report.Clean(m.Schema + "." + m.Table + "." + m.Column), m.Masker, m.Key})
	}
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Format.Header = text.FormatDefault
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nColumns with other stand-ins: %d, in primary or foreign keys: %d. Within the new staging\nthey still join; earlier generations, other stagings, exports and bookmarks do not join with it by them.\n", t.Render(), len(moved), keys)
	return err
}

func (d *door) diffCommand() *cobra.Command {
	var o pipeline.CheckOptions
	cmd := &cobra.Command{
		Use:   "diff OLD.yaml NEW.yaml [--source DSN | --catalog FILE]",
		Short: "Say in words what other rules change for the people in the data",
		Long: `Compares two rules files: what arrives in staging that did not, what is replaced that was not,
which stand-ins change. What protects less comes first. With a source or a saved catalog the two
plans are compared, so that what packs and foreign keys decide is seen as well.` + exitHelp,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			if o.Source != "" && o.Catalog != "" {
				return usagef("give one of --source and --catalog")
			}
			differences, err := pipeline.Compare(cmd.Context(), args[0], args[1], o)
			if err != nil {
				return err
			}
			if d.json {
				return writeJSON(cmd.OutOrStdout(), append([]review.Difference{}, differences...))
			}
			for _, x := range differences {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), report.Clean(x.String())); err != nil {
					return err
				}
			}
			if len(differences) == 0 {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "nothing changes for the people in the data")
			}
			return err
		},
	}
	cmd.Flags().StringVar(&o.Source, "source", "", "database that both are for")
	cmd.Flags().StringVar(&o.Catalog, "catalog", "", "its catalog, as `understudy show catalog` saved it")
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON")
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
