package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) exportCommand() *cobra.Command {
	var o pipeline.ExportOptions
	cmd := &cobra.Command{
		Use:   "export --source DSN --to FILE.sql|FILE.dump|FOLDER/",
		Short: "Write a staging or a seeded database as a file that developers load",
		Long: `Writes a database that copy published or seed filled: as SQL for psql, as an archive for
pg_restore, or as a folder that the official PostgreSQL image loads when it starts, with a
compose file. Owners and privileges are left out. A database that neither copy nor seed
wrote is refused: it may hold originals.` + exitHelp,
		Example: `  understudy export --source postgres://owner@stage/shop --to shop.dump
  understudy export --source postgres://localhost/shop_dev --to ./shop-dev/ && docker compose -f shop-dev/compose.yaml up --wait`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Source == "" || o.To == "" {
				return usagef("--source and --to are needed")
			}
			var err error
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			if err := pipeline.Export(cmd.Context(), o); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), report.Clean(o.To)+" written")
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Source, "source", "", "database to write")
	flags.StringVar(&o.To, "to", "", "file or folder, which must not exist")
	flags.StringVar(&o.Form, "form", "", "sql, archive or folder (default: by the name of --to)")
	flags.StringVar(&o.Programs, "pg-bin", "", "folder of pg_dump (default: PATH and the usual places)")
	flags.StringVar(&o.Mean, "i-mean", "", "the database's name once more, when neither copy nor seed wrote it")
	return cmd
}

func (d *door) resetCommand() *cobra.Command {
	var o pipeline.ResetOptions
	cmd := &cobra.Command{
		Use:   "reset --target DSN [--save]",
		Short: "Give a developer a clean copy of a database, from a template on the server",
		Long: `--save keeps a database that seed filled or copy published as NAME_template. Without it, the
database is dropped and made anew from that template: a copy of files on the server, which
takes seconds. Both need a role that may create databases.` + exitHelp,
		Example: `  understudy reset --save --target postgres://localhost/shop_dev
  understudy reset --target postgres://localhost/shop_dev`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Target == "" {
				return usagef("--target is missing: the developer's database")
			}
			if err := pipeline.Reset(cmd.Context(), o); err != nil {
				return err
			}
			done := "is as its template"
			if o.Save {
				done = "is saved as a template"
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "the database "+done)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Target, "target", os.Getenv("UNDERSTUDY_TARGET"), "the developer's database (env UNDERSTUDY_TARGET)")
	flags.StringVar(&o.Maintenance, "maintenance-db", "", "database of the server to work from (default postgres)")
	flags.BoolVar(&o.Save, "save", false, "make the template from the database as it is")
	flags.BoolVar(&o.Force, "force", false, "end the sessions in it")
	return cmd
}
