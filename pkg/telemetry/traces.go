package telemetry

import (
	"context"
	"os"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// Traces is an observer of one run that makes spans of it.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	run      trace.Span
	ctx      context.Context //nolint:containedctx // holds the run's span, for the steps'

	mu   sync.Mutex
	step trace.Span
}

// Configured reports whether the environment asks for traces.
func Configured() bool {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// NewTraces begins the span of a run. The exporter, OTLP over HTTP, is configured by the
// environment alone; a collector that cannot be reached does not hold the run up.
func NewTraces(ctx context.Context, tool report.Tool) (*Traces, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "set up traces", Err: err, Hint: "see the OTEL_EXPORTER_OTLP_ variables"}
	}
	return newTraces(ctx, tool, sdktrace.WithBatcher(exporter))
}

func newTraces(ctx context.Context, tool report.Tool, to sdktrace.TracerProviderOption) (*Traces, error) {
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "understudy"), attribute.String("service.version", tool.Version)), resource.WithFromEnv())
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "set up traces", Err: err, Hint: "see OTEL_RESOURCE_ATTRIBUTES"}
	}
	t := &Traces{provider: sdktrace.NewTracerProvider(to, sdktrace.WithResource(about))}
	t.tracer = t.provider.Tracer("github.com/understudy-db/understudy")
	t.ctx, t.run = t.tracer.Start(ctx, "refresh")
	return t, nil
}

// Step is of pipeline.Observer.
func (t *Traces) Step(number int, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, t.step = t.tracer.Start(t.ctx, name, trace.WithAttributes(attribute.Int("understudy.step", number)))
}

// StepDone is of pipeline.Observer.
func (t *Traces) StepDone(s report.Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.step == nil {
		return
	}
	if !s.Done {
		t.step.SetStatus(codes.Error, "not done")
	}
	t.step.End()
	t.step = nil
}

// Copying is of pipeline.Observer.
func (t *Traces) Copying(*plan.Plan, *copier.Meter) {}

// Inspecting is of pipeline.Observer.
func (t *Traces) Inspecting(catalog.Name, int64, bool) {}

// Ended ends the run's span and sends what is left.
func (t *Traces) Ended(ctx context.Context, run *report.Run, exit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.step != nil { // the run ended before the step began to work
		t.step.SetStatus(codes.Error, "not done")
		t.step.End()
	}
	t.run.SetAttributes(
		attribute.String("understudy.run", run.ID), attribute.String("understudy.outcome", string(run.Outcome)), attribute.Int("understudy.exit", exit),
		attribute.Int64("understudy.rows", run.Rows()), attribute.Int64("understudy.bytes", run.Bytes()), attribute.Int("understudy.findings", len(run.Findings)),
	)
	if exit != 0 {
		t.run.SetStatus(codes.Error, string(run.Outcome))
	}
	t.run.End()
	_ = t.provider.Shutdown(ctx) // what the collector did not take is lost, and no reason to fail
}
