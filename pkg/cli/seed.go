package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	measure "github.com/understudy-db/understudy/pkg/profile"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) profileCommand() *cobra.Command {
	var o pipeline.ProfileOptions
	var out string
	cmd := &cobra.Command{
		Use:   "profile --source DSN [--rules FILE] [-o FILE]",
		Short: "Measure a database for made-up data, without anything personal",
		Long: `Reads every table and writes down what made-up data needs to know: rows, NULLs, distinct
values, how many children parents have, histograms of numbers and times, lengths and
shapes of texts, and the shares of categories. What fewer than K different people share
is left out, counts are rounded, and of columns that the rules or their names call
personal only NULLs, lengths and shapes are told. It is JSON to be read before it is
shared. It is no differential privacy.

The database is only read, in one snapshot.` + exitHelp,
		Example: `  understudy profile --source postgres://reader@prod/shop --rules rules.yaml -o profile.json
  understudy seed --target postgres://localhost/shop_dev --profile profile.json --scale 0.01`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Source == "" {
				return usagef("--source is missing: the database to measure")
			}
			if o.K < 2 {
				return usagef("--k takes 2 or more")
			}
			var err error
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			p, err := pipeline.Profile(cmd.Context(), o)
			if err != nil {
				return err
			}
			b, err := p.Write()
			if err != nil {
				return err
			}
			if out == "" {
				_, err = cmd.OutOrStdout().Write(b)
				return err
			}
			if err := os.WriteFile(out, b, 0o644); err != nil { //nolint:gosec // made to be shared
				return &report.Fault{Side: report.Usage, Doing: "write the profile " + out, Err: errors.New("the file cannot be written")}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d tables, %s. Read it before you share it.\n", report.Clean(out), len(p.Tables), humanize.IBytes(uint64(len(b))))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to measure (env UNDERSTUDY_SOURCE)")
	flags.StringVar(&o.Rules, "rules", "", "rules file: what it masks is personal, and it names subjects")
	flags.IntVar(&o.K, "k", measure.DefaultK, "leave out what fewer than so many different people share")
	flags.StringVarP(&out, "output", "o", "", "file to write (default: standard output)")
	return cmd
}

// seedFlags are the flags of seed that need a look before they are options.
type seedFlags struct {
	rows, locales, until string
	tableRows            []string
	to, form, programs   string
}

func (d *door) seedCommand() *cobra.Command {
	var o pipeline.SeedOptions
	var f seedFlags
	cmd := &cobra.Command{
		Use:   "seed --target DSN [--rules FILE] [--profile FILE]",
		Short: "Fill a schema with made-up people and things",
		Long: `Fills the tables of an existing schema, or adds to what they hold: foreign keys, unique
and exclusion constraints, CHECKs, enums, domains, partitions and documents are kept;
people are invented, and their addresses and numbers reach nobody. Production is not
needed. With a profile of production the data is spread as it is there.

The same seed, schema and options give the same rows. A target that holds rows is
refused without --add, and one whose name sounds like production without --i-mean.
What cannot be made is told before anything is written; a failure leaves nothing behind.` + exitHelp,
		Example: `  understudy seed --target postgres://localhost/shop_dev --rows 10000 --locale en_GB,de_DE
  understudy seed --target postgres://localhost/shop_dev --profile profile.json --scale 0.01 --to shop.dump`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.options(&o); err != nil {
				return err
			}
			export := pipeline.ExportOptions{Source: o.Target, To: f.to, Form: f.form, Programs: f.programs}
			if f.to != "" {
				if err := export.Check(); err != nil {
					return err
				}
			}
			var err error
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			p := d.progress(&o.Log)
			o.Observer = p
			result, err := pipeline.Seed(cmd.Context(), o)
			p.close()
			if err != nil {
				return err
			}
			if f.to != "" {
				export.Log = o.Log
				if err := pipeline.Export(cmd.Context(), export); err != nil {
					return err
				}
			}
			if d.json {
				return writeJSON(cmd.OutOrStdout(), result)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s rows in %d tables, %s; loaded in %s (%s rows/s), %s in all; %s\n", humanize.Comma(result.Rows), result.Tables, humanize.IBytes(uint64(result.Bytes)),
				result.Loading.Round(time.Millisecond), humanize.Comma(int64(float64(result.Rows)/max(result.Loading.Seconds(), 0.001))), result.Took.Round(time.Millisecond), result.How)
			for _, n := range result.Notes {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "  %s: %s\n", report.Clean(n.Table), report.Clean(n.What))
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Target, "target", os.Getenv("UNDERSTUDY_TARGET"), "database to fill (env UNDERSTUDY_TARGET)")
	flags.StringVar(&o.Rules, "rules", "", "rules file: kinds of columns, places of documents, states")
	flags.StringVar(&o.Profile, "profile", "", "profile of production (understudy profile)")
	flags.StringVar(&f.rows, "rows", "", "rows of each table (default: the profile's, else 1000)")
	flags.StringArrayVar(&f.tableRows, "table-rows", nil, "SCHEMA.TABLE=N: rows of one table; may be given several times")
	flags.Float64Var(&o.Scale, "scale", 0, "multiply the profile's rows, or the default's")
	flags.StringVar(&o.Seed, "seed", "1", "the same seed gives the same rows")
	flags.StringVar(&f.locales, "locale", "", "locales of people and places, as en_GB,de_DE (default: the rules', else en_US)")
	flags.StringVar(&f.until, "until", "", "the last day of made-up times, as 2026-07-01 (which is the default, so that a seed stays what it is)")
	flags.IntVarP(&o.Jobs, "jobs", "j", 0, "workers (default: one a core, from 2 to 8)")
	flags.BoolVar(&o.Add, "add", false, "the target may hold rows: add to them, in one transaction")
	flags.BoolVar(&o.Again, "again", false, "empty a target that seed has filled, and fill it anew")
	flags.StringVar(&o.Mean, "i-mean", "", "the target's name once more, when it sounds like production")
	flags.StringVar(&f.to, "to", "", "also write the result: FILE.sql, FILE.dump or FOLDER/ (understudy export)")
	flags.StringVar(&f.form, "form", "", "form of --to: sql, archive or folder (default: by its name)")
	flags.StringVar(&f.programs, "pg-bin", "", "folder of pg_dump (default: PATH and the usual places)")
	flags.BoolVar(&d.json, "json", false, "print JSON")
	return cmd
}

// options checks the flags before anything is connected.
func (f *seedFlags) options(o *pipeline.SeedOptions) error {
	switch {
	case o.Target == "":
		return usagef("--target is missing: the database to fill")
	case o.Add && o.Again:
		return usagef("--add and --again exclude each other")
	case o.Scale < 0:
		return usagef("--scale takes a number above 0")
	case f.rows != "" && o.Scale > 0:
		return usagef("--rows and --scale exclude each other")
	case o.Jobs < 0:
		return usagef("--jobs takes 1 or more")
	}
	if f.rows != "" {
		n, err := strconv.ParseInt(f.rows, 10, 64)
		if err != nil || n < 1 {
			return usagef("--rows takes a number of 1 or more")
		}
		o.Rows = n
	}
	o.TableRows = map[string]int64{}
	for _, one := range f.tableRows {
		name, number, ok := strings.Cut(one, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || n < 0 || !strings.Contains(name, ".") {
			return usagef("--table-rows takes SCHEMA.TABLE=N")
		}
		o.TableRows[name] = n
	}
	if f.locales != "" {
		o.Locales = strings.Split(f.locales, ",")
	}
	if f.until != "" {
		day, err := time.Parse(time.DateOnly, f.until)
		if err != nil {
			return usagef("--until takes a day as 2026-07-01")
		}
		o.Until = day
	}
	return nil
}
