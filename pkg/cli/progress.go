package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/rs/zerolog"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// progress shows a run: bars on a terminal, else a log line now and then.
type progress struct {
	bars  *mpb.Progress // nil when nobody watches
	log   zerolog.Logger
	stop  chan struct{}
	wait  sync.WaitGroup
	line  *mpb.Bar // of the step
	every time.Duration
}

// barsAtOnce is how many tables have a bar of their own: a screen's worth.
const barsAtOnce = 12

// progress returns an observer that fits the terminal. On one, the log is quieted to
// warnings, which would tear the bars.
func (d *door) progress(log *zerolog.Logger) *progress {
	p := &progress{every: 10 * time.Second}
	if terminal(d.err) && !d.logJSON && log.GetLevel() == zerolog.InfoLevel {
		*log = log.Level(zerolog.WarnLevel)
		p.bars = mpb.New(mpb.WithOutput(d.err), mpb.WithRefreshRate(150*time.Millisecond))
		*log = log.Output(zerolog.ConsoleWriter{Out: p.bars, TimeFormat: "15:04:05"})
	}
	p.log = *log
	return p
}

func (p *progress) Step(number int, name string) {
	if p.bars == nil {
		return
	}
	p.line = p.bars.New(1, mpb.NopStyle(), mpb.BarPriority(number), mpb.PrependDecorators(
		decor.OnComplete(decor.Spinner(nil, decor.WCSyncSpaceR), "✓ "), decor.Name(fmt.Sprintf("%2d %s", number, name), decor.WCSyncSpaceR), decor.Elapsed(decor.ET_STYLE_GO)))
}

func (p *progress) StepDone(s report.Step) {
	p.halt()
	if p.line == nil {
		return
	}
	if s.Done {
		p.line.Increment()
	} else {
		p.line.Abort(false)
	}
	p.line = nil
}

// Copying follows the counters until the step ends.
func (p *progress) Copying(pl *plan.Plan, meter *copier.Meter) {
	p.stop = make(chan struct{})
	stop := p.stop
	p.wait.Go(func() {
		if p.bars != nil {
			p.showBars(pl, meter, stop)
		} else {
			p.showLines(pl, meter, stop)
		}
	})
}

func (p *progress) showBars(pl *plan.Plan, meter *copier.Meter, stop chan struct{}) {
	bars := map[int]*mpb.Bar{}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	chunks := map[int]int64{}
	for _, c := range pl.Chunks {
		chunks[c.Table]++
	}
	for {
		select {
		case <-tick.C:
			p.update(pl, meter, bars, chunks)
		case <-stop:
			for _, b := range bars {
				b.Abort(true)
			}
			return
		}
	}
}

// update gives a bar to each table that has begun, and ends those of tables that are done.
func (p *progress) update(pl *plan.Plan, meter *copier.Meter, bars map[int]*mpb.Bar, chunks map[int]int64) {
	for i := range pl.Tables {
		m := meter.Table(i)
		done := m.Chunks.Load() == chunks[i]
		bar := bars[i]
		if bar == nil {
			if m.Read.Load() == 0 || done || len(bars) >= barsAtOnce {
				continue
			}
			bar = p.bars.AddBar(max(pl.Tables[i].Bytes, 1), mpb.BarRemoveOnComplete(),
				mpb.PrependDecorators(decor.Name("   "+report.Clean(pl.Tables[i].Name.String()), decor.WCSyncSpaceR)),
				mpb.AppendDecorators(
					decor.Any(func(decor.Statistics) string { return humanize.Comma(m.Decoded.Load()) + " rows" }, decor.WCSyncSpace),
					decor.AverageSpeed(decor.SizeB1000(0), "% .1f", decor.WCSyncSpace),
					decor.AverageETA(decor.ET_STYLE_GO, decor.WCSyncSpace)))
			bars[i] = bar
		}
		// the size on disk and the bytes of the stream differ: never full before the end
		bar.SetCurrent(min(m.Read.Load(), max(pl.Tables[i].Bytes, 1)-1))
		if done {
			bar.SetCurrent(max(pl.Tables[i].Bytes, 1)) // a bar with a total ends when it is reached, and in no other way
			delete(bars, i)
		}
	}
}

func (p *progress) showLines(pl *plan.Plan, meter *copier.Meter, stop chan struct{}) {
	var total int64
	for _, c := range pl.Chunks {
		total += c.Bytes
	}
	start := time.Now()
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			var rows, read int64
			for i := range pl.Tables {
				rows += max(meter.Table(i).Decoded.Load(), meter.Table(i).Stored.Load())
				read += meter.Table(i).Read.Load()
			}
			elapsed := time.Since(start)
			left := time.Duration(0)
			if read > 0 && total > read {
				left = time.Duration(float64(elapsed) * float64(total-read) / float64(read)).Round(time.Second)
			}
			p.log.Info().Str("step", "copy data").Int64("rows", rows).Int64("bytes", read).
				Int64("rows_per_s", int64(float64(rows)/elapsed.Seconds())).Str("speed", humanize.Bytes(uint64(float64(read)/elapsed.Seconds()))+"/s").
				Dur("elapsed", elapsed).Dur("left", left).Msg("copying")
		case <-stop:
			return
		}
	}
}

// Inspecting shows nothing: the step's own line and its time are enough.
func (p *progress) Inspecting(catalog.Name, int64, bool) {}

func (p *progress) halt() {
	if p.stop != nil {
		close(p.stop)
		p.stop = nil
		p.wait.Wait()
	}
}

func (p *progress) close() {
	p.halt()
	if p.bars != nil {
		if p.line != nil {
			p.line.Abort(false)
		}
		p.bars.Wait()
	}
}
