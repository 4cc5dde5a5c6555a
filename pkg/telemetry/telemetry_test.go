package telemetry

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/understudy-db/understudy/pkg/report"
)

var tool = report.Tool{Version: "test", WordLists: "v1", Go: "go"}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, answer.Status, err)
	}
	return string(b)
}

func TestARunCanBeWatchedWhileItLastsAndReadAfterwards(t *testing.T) {
	t.Parallel()
	m := NewMetrics(tool)
	at, stop, err := m.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.Step(9, "copy data")
	if got := get(t, "http://"+at+"/metrics"); !strings.Contains(got, `understudy_step{step="copy data"} 1`) || !strings.Contains(got, "understudy_exit_code -1") {
		t.Errorf("%s", got)
	}
	if got := get(t, "http://"+at+"/healthz"); !strings.Contains(got, `"step":"copy data"`) {
		t.Errorf("%s", got)
	}
	m.StepDone(report.Step{Name: "copy data", Millis: 1500, Done: true})
	m.Ended(&report.Run{Findings: []report.Finding{{Severity: report.High}, {Severity: report.High, Accepted: &report.Accepted{}}, {Severity: report.Low}}}, 4)
	stop()
	file := filepath.Join(t.TempDir(), "understudy.prom")
	if err := m.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`understudy_step_seconds{step="copy data"} 1.5`, `understudy_findings{severity="high"} 1`, `understudy_findings{severity="low"} 1`, "understudy_exit_code 4"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	if problems, err := testutil.GatherAndLint(m.registry); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	if err := m.WriteFile(filepath.Join(file, "nowhere")); report.SideOf(err) != report.Usage {
		t.Errorf("%v", err)
	}
	if _, _, err := m.Serve(t.Context(), "256.0.0.1:1"); report.SideOf(err) != report.Usage {
		t.Errorf("%v", err)
	}
}

func TestARunIsASpanWithItsStepsInside(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	tr, err := newTraces(t.Context(), tool, sdktrace.WithSyncer(spans))
	if err != nil {
		t.Fatal(err)
	}
	tr.Step(1, "check rules")
	tr.StepDone(report.Step{Number: 1, Name: "check rules", Done: true})
	tr.Step(2, "guard")
	tr.StepDone(report.Step{Number: 2, Name: "guard"})
	tr.Step(3, "export snapshot")
	tr.mu.Lock()
	tr.step.End()
	tr.mu.Unlock()
	keep := spans.GetSpans()
	tr.Ended(context.WithoutCancel(t.Context()), &report.Run{ID: "r1", Outcome: report.Failed}, 5)
	if len(keep) != 3 {
		t.Fatalf("%d spans", len(keep))
	}
	for _, s := range keep {
		if s.Parent.SpanID() != tr.run.SpanContext().SpanID() {
			t.Errorf("%s is not inside of the run", s.Name)
		}
	}
	if keep[0].Status.Code == codes.Error || keep[1].Status.Code != codes.Error {
		t.Errorf("%+v %+v", keep[0].Status, keep[1].Status)
	}
}

func TestTracesAreMadeWhereTheEnvironmentAsks(t *testing.T) {
	for _, name := range []string{"OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		t.Setenv(name, "")
	}
	if Configured() {
		t.Error("nobody asked")
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
	if !Configured() {
		t.Error("somebody asked")
	}
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	if Configured() {
		t.Error("somebody asked for none")
	}
}
