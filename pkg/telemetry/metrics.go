package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// Metrics is an observer of one run. Its methods may be called from any goroutine.
type Metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.GaugeVec // by step
	findings *prometheus.GaugeVec // by severity
	finished prometheus.Gauge
	exit     prometheus.Gauge
	duration prometheus.Gauge

	mu    sync.Mutex
	step  string
	since time.Time
	begun time.Time
	plan  *plan.Plan
	meter *copier.Meter
}

var (
	stepNow     = prometheus.NewDesc("understudy_step", "1 for the step at work.", []string{"step"}, nil)
	rowsRead    = prometheus.NewDesc("understudy_rows_read_total", "Rows read from the source.", nil, nil)
	rowsWritten = prometheus.NewDesc("understudy_rows_written_total", "Rows committed to the incoming database.", nil, nil)
	bytesRead   = prometheus.NewDesc("understudy_bytes_read_total", "Bytes of the COPY streams read from the source.", nil, nil)
	chunks      = prometheus.NewDesc("understudy_chunks_total", "Chunks committed.", nil, nil)
	planned     = prometheus.NewDesc("understudy_chunks_planned", "Chunks of the plan.", nil, nil)
	elapsed     = prometheus.NewDesc("understudy_elapsed_seconds", "Seconds since the run began.", nil, nil)
)

// NewMetrics returns the metrics of a run that begins now.
func NewMetrics(tool report.Tool) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "understudy_" + name, Help: help})
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(), begun: time.Now(), since: time.Now(),
		seconds:  prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "understudy_step_seconds", Help: "Seconds that a step took."}, []string{"step"}),
		findings: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "understudy_findings", Help: "Findings that nobody accepted."}, []string{"severity"}),
		finished: gauge("finished_timestamp_seconds", "When the run ended; 0 while it lasts."),
		exit:     gauge("exit_code", "The run's exit code; -1 while it lasts."),
		duration: gauge("duration_seconds", "How long the run took; 0 while it lasts."),
	}
	m.exit.Set(-1)
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "understudy_build_info", Help: "1, with the versions.", ConstLabels: prometheus.Labels{"version": tool.Version, "word_lists": tool.WordLists, "go": tool.Go}})
	build.Set(1)
	m.registry.MustRegister(m, m.seconds, m.findings, m.finished, m.exit, m.duration, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Describe is of prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{stepNow, rowsRead, rowsWritten, bytesRead, chunks, planned, elapsed} {
		out <- d
	}
}

// Collect is of prometheus.Collector. It reads the counters that the workers write.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	step, p, meter := m.step, m.plan, m.meter
	m.mu.Unlock()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	if step != "" {
		send(stepNow, prometheus.GaugeValue, 1, step)
	}
	send(elapsed, prometheus.GaugeValue, time.Since(m.begun).Seconds())
	if p == nil {
		return
	}
	var read, written, bytes, done int64
	for i := range p.Tables {
		t := meter.Table(i)
		written += t.Stored.Load()
		read += max(t.Decoded.Load(), t.Stored.Load())
		bytes += t.Read.Load()
		done += t.Chunks.Load()
	}
	send(rowsRead, prometheus.CounterValue, float64(read))
	send(rowsWritten, prometheus.CounterValue, float64(written))
	send(bytesRead, prometheus.CounterValue, float64(bytes))
	send(chunks, prometheus.CounterValue, float64(done))
	send(planned, prometheus.GaugeValue, float64(len(p.Chunks)))
}

// Step is of pipeline.Observer.
func (m *Metrics) Step(_ int, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.step, m.since = name, time.Now()
}

// StepDone is of pipeline.Observer.
func (m *Metrics) StepDone(s report.Step) {
	m.seconds.WithLabelValues(s.Name).Set(float64(s.Millis) / 1000)
}

// Copying is of pipeline.Observer.
func (m *Metrics) Copying(p *plan.Plan, meter *copier.Meter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.plan, m.meter = p, meter
}

// Inspecting is of pipeline.Observer; the step's time says enough.
func (m *Metrics) Inspecting(catalog.Name, int64, bool) {}

// Ended takes the numbers of the run's end.
func (m *Metrics) Ended(run *report.Run, exit int) {
	m.mu.Lock()
	m.step = ""
	m.mu.Unlock()
	m.exit.Set(float64(exit))
	m.finished.SetToCurrentTime()
	m.duration.Set(time.Since(m.begun).Seconds())
	for s := report.Info; s <= report.High; s++ {
		n := 0
		for _, f := range run.Findings {
			if f.Severity == s && f.Accepted == nil {
				n++
			}
		}
		m.findings.WithLabelValues(s.String()).Set(float64(n))
	}
}

// WriteFile writes the metrics for a node exporter's textfile collector: whole or not at all.
func (m *Metrics) WriteFile(path string) error {
	if err := prometheus.WriteToTextfile(path, m.registry); err != nil {
		return &report.Fault{Side: report.Usage, Doing: "write the metrics " + path, Err: err, Hint: "give --metrics-file a path in a folder that can be written"}
	}
	return nil
}

// Serve answers /metrics and /healthz at an address until stop is called.
func (m *Metrics) Serve(ctx context.Context, address string) (at string, stop func(), err error) {
	fault := func(err error) error {
		return &report.Fault{Side: report.Usage, Doing: "serve metrics", Err: err, Hint: "give --metrics-addr an address of this machine, such as localhost:9187"}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return "", nil, fault(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", m.health)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = l.Close() // a run does not end because nobody can watch it
		}
	}()
	return l.Addr().String(), func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(end)
		<-done
	}, nil
}

// health says which step is at work and for how long. That it answers is the health.
func (m *Metrics) health(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	answer := map[string]string{"step": m.step, "step_for": fmt.Sprintf("%.0fs", time.Since(m.since).Seconds()), "running_for": fmt.Sprintf("%.0fs", time.Since(m.begun).Seconds())}
	m.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}
