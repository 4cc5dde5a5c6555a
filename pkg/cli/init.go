package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) initCommand() *cobra.Command {
	var o pipeline.InitOptions
	cmd := &cobra.Command{
		Use:   "init --source DSN [-o rules.yaml]",
		Short: "Propose rules for a database, or for what is new of it",
		Long: `Classifies every column from its name, its type and a sample of its values, and writes
rules: a decision for each with a comment on why and how sure, domains for what holds the
same thing, subjects and undeclared keys, special categories marked, and undecided where
nobody can tell. No value is written. Without -o the rules go to standard output.

A file that is there is added to: what a person wrote stays as it is, byte for byte, and
only columns that nothing decides yet are put in. A proposal is a beginning: read it.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			if o.Catalog != "" && !cmd.Flags().Changed("source") {
				o.Source = "" // from the environment
			}
			if (o.Source == "") == (o.Catalog == "") && (o.Catalog != "" || os.Getenv("PGHOST") == "" && os.Getenv("PGSERVICE") == "" && os.Getenv("PGDATABASE") == "") {
				return usagef("give --source or --catalog: the database to propose rules for")
			}
			p, err := pipeline.Init(cmd.Context(), &o)
			if err != nil {
				return err
			}
			if o.Rules == "" {
				if _, err := cmd.OutOrStdout().Write(p.Rules); err != nil {
					return err
				}
			} else if err := pipeline.WriteRules(o.Rules, p.Rules); err != nil {
				return err
			}
			where := "standard output"
			if o.Rules != "" {
				where = report.Clean(o.Rules)
			}
			w := cmd.ErrOrStderr()
			_, _ = fmt.Fprintf(w, "%s: %d columns of %d tables proposed: %d masked, %d kept, %d undecided; %d undeclared keys\n",
				where, p.Masked+p.Kept+len(p.Undecided), p.Tables, p.Masked, p.Kept, len(p.Undecided), p.Keys)
			for _, list := range []struct {
				what    string
				columns []string
			}{{"special category", p.Special}, {"undecided", p.Undecided}} {
				for i, c := range list.columns {
					if i == 20 {
						_, _ = fmt.Fprintf(w, "%s: and %d more\n", list.what, len(list.columns)-i)
						break
					}
					_, _ = fmt.Fprintf(w, "%s: %s\n", list.what, report.Clean(c))
				}
			}
			if p.Unread > 0 {
				_, _ = fmt.Fprintf(w, "%d tables could not be sampled: their rules say why\n", p.Unread)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to propose rules for (env UNDERSTUDY_SOURCE)")
	flags.StringVar(&o.Catalog, "catalog", "", "its catalog, as `understudy show catalog` saved it: from names and types alone")
	flags.StringVarP(&o.Rules, "output", "o", "", "rules file; one that is there is added to (default: standard output)")
	flags.StringVar(&o.Locale, "locale", "en_US", "locale of the data, in a new file")
	flags.StringVar(&o.Purpose, "purpose", "", "what staging is for, in a new file")
	flags.IntVar(&o.Rows, "sample", 0, "rows to read of each table (default 200; below 0: none)")
	flags.IntVarP(&o.Jobs, "jobs", "j", 0, "connections (default 2)")
	return cmd
}
