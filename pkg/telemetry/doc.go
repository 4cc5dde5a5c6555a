// Package telemetry tells other programs how a refresh goes.
//
//  1. [Metrics] watches a run and keeps its numbers for Prometheus: [Metrics.Serve] answers
//     GET /metrics and GET /healthz while the run lasts, [Metrics.WriteFile] leaves them
//     where a node exporter picks them up, since a nightly job is gone before it is asked.
//  2. [Traces] makes a span of the run and one of each step, where the environment
//     configures OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT and its kin).
//
// It sees counters, names of steps and outcomes. No name of a table or column, no address
// and no text of an error gets into a label or an attribute.
package telemetry
