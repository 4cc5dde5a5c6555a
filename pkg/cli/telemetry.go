package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/telemetry"
)

// watchers are several observers as one.
type watchers []pipeline.Observer

func (w watchers) Step(number int, name string) {
	for _, o := range w {
		o.Step(number, name)
	}
}

func (w watchers) StepDone(s report.Step) {
	for _, o := range w {
		o.StepDone(s)
	}
}

func (w watchers) Copying(p *plan.Plan, m *copier.Meter) {
	for _, o := range w {
		o.Copying(p, m)
	}
}

func (w watchers) Inspecting(n catalog.Name, bytes int64, finished bool) {
	for _, o := range w {
		o.Inspecting(n, bytes, finished)
	}
}

// watch adds to an observer those that tell other programs, as the flags and the
// environment ask. ended is called with the run's record.
func (f *copyFlags) watch(ctx context.Context, log zerolog.Logger, first pipeline.Observer) (_ pipeline.Observer, ended func(*report.Run, error) error, err error) {
	all := watchers{first}
	var ends []func(*report.Run, int) error
	if f.metricsAddr != "" || f.metricsFile != "" {
		m := telemetry.NewMetrics(tool())
		all = append(all, m)
		stop := func() {}
		if f.metricsAddr != "" {
			var at string
			if at, stop, err = m.Serve(ctx, f.metricsAddr); err != nil {
				return nil, nil, err
			}
			log.Info().Str("address", at).Msg("serving /metrics and /healthz")
		}
		ends = append(ends, func(run *report.Run, exit int) error {
			m.Ended(run, exit)
			stop()
			if f.metricsFile == "" {
				return nil
			}
			return m.WriteFile(f.metricsFile)
		})
	}
	if telemetry.Configured() {
		t, err := telemetry.NewTraces(context.WithoutCancel(ctx), tool())
		if err != nil {
			return nil, nil, err
		}
		all = append(all, t)
		ends = append(ends, func(run *report.Run, exit int) error {
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			t.Ended(end, run, exit)
			return nil
		})
	}
	return all, func(run *report.Run, err error) error {
		var trouble error
		for _, end := range ends {
			trouble = errors.Join(trouble, end(run, exitCode(err)))
		}
		return trouble
	}, nil
}

// tooLong is the cause of a run that --max-duration stopped.
type tooLong struct{ limit time.Duration }

func (e tooLong) Error() string {
	return fmt.Sprintf("it took longer than --max-duration %s", e.limit)
}

// bounded gives a context the run's longest time; 0 is no limit.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, tooLong{limit})
}

// lastLine writes the one line that a job's mail or log ends with: fields that a program
// can split, and nothing that needs a terminal.
func lastLine(w io.Writer, run *report.Run, exit int, asJSON bool) {
	open := 0
	for _, f := range run.Findings {
		if f.Accepted == nil {
			open++
		}
	}
	if asJSON {
		z := zerolog.New(w)
		z.Log().Str("result", string(run.Outcome)).Int("exit", exit).Str("run", run.ID).Str("staging", run.Target.Database).
			Int64("rows", run.Rows()).Float64("seconds", run.Elapsed().Round(100*time.Millisecond).Seconds()).Int("findings", open).Msg("ended")
		return
	}
	_, _ = fmt.Fprintf(w, "result=%s exit=%d run=%s staging=%q rows=%d seconds=%.1f findings=%d\n",
		run.Outcome, exit, run.ID, run.Target.Database, run.Rows(), run.Elapsed().Seconds(), open)
}
