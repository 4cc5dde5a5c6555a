package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) showCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what there is: maskers, detectors, kinds, a catalog",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var source string
	catalog := &cobra.Command{
		Use:   "catalog --source DSN",
		Short: "Print what a database consists of, as JSON",
		Long:  "The saved catalog serves check, plan and approve in place of the source: --catalog FILE." + exitHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := d.logger()
			if err != nil {
				return err
			}
			c, err := pipeline.Catalog(cmd.Context(), source, log)
			if err != nil {
				return err
			}
			return writeJSON(cmd.OutOrStdout(), pipeline.SavedCatalog{Version: pipeline.CatalogVersion, Catalog: c})
		},
	}
	catalog.Flags().StringVar(&source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database to read (env UNDERSTUDY_SOURCE)")
	maskers := &cobra.Command{
		Use:   "maskers [NAME]",
		Short: "List the maskers, or say all of one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if d.json {
					return writeJSON(cmd.OutOrStdout(), mask.All())
				}
				for _, info := range mask.All() {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%-16s %s\n", info.Name, info.Summary)
				}
				return nil
			}
			info, ok := mask.Lookup(args[0])
			if !ok {
				return usagef("there is no masker %q: `understudy show maskers` lists them", args[0])
			}
			if d.json {
				return writeJSON(cmd.OutOrStdout(), info)
			}
			return describe(cmd.OutOrStdout(), info)
		},
	}
	detectors := &cobra.Command{
		Use:   "detectors",
		Short: "List what the detectors recognise, and the least evidence that each takes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.json {
				return writeJSON(cmd.OutOrStdout(), detect.Detectors())
			}
			for _, x := range detect.Detectors() {
				country := x.Country
				if country == "" {
					country = "-"
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%-20s %-3s %s (%s)\n", x.Kind, country, x.Summary, x.Evidence)
			}
			return nil
		},
	}
	kinds := &cobra.Command{
		Use:   "kinds",
		Short: "List the kinds of column that classification knows",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printList(cmd.OutOrStdout(), detect.ColumnKinds(), d.json)
		},
	}
	for _, c := range []*cobra.Command{maskers, detectors, kinds, catalog} { // a catalog has no other form; the flag says so
		c.Flags().BoolVar(&d.json, "json", false, "print JSON")
	}
	cmd.AddCommand(maskers, detectors, kinds, catalog)
	return cmd
}

func printList(w io.Writer, names []string, asJSON bool) error {
	if asJSON {
		return writeJSON(w, names)
	}
	_, err := fmt.Fprintln(w, strings.Join(names, "\n"))
	return err
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// describe prints all that the registry knows of a masker.
func describe(w io.Writer, info mask.Info) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\ntakes columns of class ", info.Name, info.Summary)
	for i, c := range info.Classes {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(c))
	}
	b.WriteString("\n")
	if info.Subject {
		b.WriteString("can be drawn from the row's subject (from: subject)\n")
	}
	if len(info.Params) > 0 {
		b.WriteString("\nparameters\n")
	}
	for _, p := range info.Params {
		fmt.Fprintf(&b, "  %-14s %-9s %s", p.Name, p.Type, p.Summary)
		if len(p.Allowed) > 0 {
			fmt.Fprintf(&b, "; one of %s", strings.Join(p.Allowed, ", "))
		}
		if p.Default != "" {
			fmt.Fprintf(&b, "; default %s", p.Default)
		}
		if p.Column {
			b.WriteString("; may be {column: name}")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nexample\n  %s\n", info.Example)
	if t, err := mask.Check(mask.Spec{Name: info.Name, Domain: "example", Locale: "en_US", Column: mask.Column{Class: info.Classes[0], TypeName: string(info.Classes[0])}}); err == nil {
		fmt.Fprintf(&b, "\nwith its defaults\n  safety     %s\n  technique  %s\n", t.Safety, t.Technique)
		if t.Injective {
			b.WriteString("  unique     injective: two values never share a stand-in\n")
		} else {
			fmt.Fprintf(&b, "  unique     %.3g stand-ins; a collision among a million values: %.2g\n", t.Capacity, t.Collision(1e6))
		}
		if len(t.Keeps) > 0 {
			fmt.Fprintf(&b, "  keeps      %s\n", strings.Join(t.Keeps, ", "))
		}
	}
	_, err := io.WriteString(w, report.CleanLines(b.String()))
	return err
}
