package cli

import (
	"context"
	"errors"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// subsetFlags are the flags of a subset.
type subsetFlags struct {
	on   bool
	size string
}

func (f *subsetFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.on, "subset", false, "only the rows that the rules' subset says, and what they refer to")
	cmd.Flags().StringVar(&f.size, "size", "", "a subset of about this size, such as 200MB: changes the percentages of the rules")
}

// parse returns whether there is a subset, and its size in bytes; 0 is as the rules say.
func (f *subsetFlags) parse() (bool, int64, error) {
	if f.size == "" {
		return f.on, 0, nil
	}
	n, err := humanize.ParseBytes(f.size)
	if err != nil || n < 1 || n > 1<<50 {
		return false, 0, usagef("--size takes a number of bytes, such as 200MB or 1.5GiB")
	}
	return true, int64(n), nil
}

// planSubset prints what a subset takes. Without a key the rows are drawn by the published
// test key: others than a copy's, and as many.
func (d *door) planSubset(ctx context.Context, cmd *cobra.Command, rules *ruleset.Rules, source string, key *keyFlags, size int64) error {
	log, err := d.logger()
	if err != nil {
		return err
	}
	k, drawn := prf.TestKey(), "the published test key: a copy draws other rows, about as many"
	if key.given() {
		if k, _, err = key.load(ctx, rules.File); err != nil {
			return err
		}
		defer k.Wipe()
		drawn = "key " + k.ID()
	}
	p, s, err := pipeline.PlanSubset(ctx, rules, source, k, size, log)
	if err != nil {
		return err
	}
	log.Info().Str("drawn_by", drawn).Msg("estimated; nothing was copied")
	if d.json {
		return writeJSON(cmd.OutOrStdout(), struct {
			*plan.Plan
			Estimate *report.Subset `json:"estimate"`
		}{p, s})
	}
	return errors.Join(report.WriteSubset(cmd.OutOrStdout(), s), report.WriteFindings(cmd.OutOrStdout(), p.Findings))
}
