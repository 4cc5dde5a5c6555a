package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/demo"
)

func (d *door) demoCommand() *cobra.Command {
	o := demo.Options{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See a refresh: two throw-away servers, a sample shop, a report",
		Long: `Starts two throw-away servers from this machine's PostgreSQL programs (or in containers),
loads a sample shop into one, refreshes staging on the other, shows shapes before and
after, and leaves the report. Everything else is gone afterwards.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Customers < 100 {
				return usagef("--customers takes 100 or more")
			}
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			p := d.progress(&o.Log)
			o.Observer, o.Tool, o.Out, o.ExitCode = p, tool(), cmd.OutOrStdout(), exitCode
			run, err := demo.Run(cmd.Context(), o)
			p.close()
			if run != nil {
				err = errors.Join(err, run.WriteText(cmd.OutOrStdout()))
				folder, aerr := filepath.Abs(filepath.Join(o.ReportDir, run.ID))
				if aerr != nil {
					folder = o.ReportDir
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "\nreport: %s\n", filepath.Join(folder, "report.html"))
			}
			return err
		},
	}
	cmd.Flags().IntVar(&o.Customers, "customers", 2000, "size of the shop")
	cmd.Flags().IntVarP(&o.Jobs, "jobs", "j", 0, "workers (default: one a core, from 2 to 8)")
	cmd.Flags().StringVar(&o.ReportDir, "report", "understudy-report", "folder for rules and report")
	cmd.Flags().BoolVar(&o.Keep, "keep", false, "keep the servers until interrupted, and print their addresses")
	return cmd
}
