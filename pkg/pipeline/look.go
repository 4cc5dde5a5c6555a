package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Catalog reads a database's catalog in a read-only transaction and changes nothing.
func Catalog(ctx context.Context, source string, log zerolog.Logger) (*catalog.Catalog, error) {
	c, _, err := readOnly(ctx, source, log)
	return c, err
}

// readOnly returns the catalog and the time at which it was read.
func readOnly(ctx context.Context, source string, log zerolog.Logger) (*catalog.Catalog, string, error) {
	var found *catalog.Catalog
	var at string
	err := inSnapshot(ctx, source, log, func(_ *pgx.Conn, c *catalog.Catalog, now string) error { found, at = c, now; return nil })
	return found, at, err
}

// inSnapshot reads the catalog in a read-only transaction of one snapshot, and calls do with it,
// its time, and the connection that the transaction is on.
func inSnapshot(ctx context.Context, source string, log zerolog.Logger, do func(conn *pgx.Conn, c *catalog.Catalog, now string) error) error {
	cfg, err := session.Parse(source)
	if err != nil {
		return fmt.Errorf("--source: %w", err)
	}
	role := session.Source("look")
	role.Timeouts.Statement = lookTime
	conn, err := session.Connect(ctx, cfg, role)
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return session.Fault(report.Source, "begin", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	c, now, err := readCatalog(ctx, tx)
	if err != nil {
		return session.Fault(report.Source, "read the catalog", err)
	}
	log.Debug().Int("tables", len(c.Tables)).Msg("catalog read")
	return do(conn, c, now)
}

// readCatalog returns a transaction's catalog and time.
func readCatalog(ctx context.Context, tx pgx.Tx) (c *catalog.Catalog, now string, err error) {
	if err := tx.QueryRow(ctx, "SELECT pg_catalog.transaction_timestamp()::text").Scan(&now); err != nil {
		return nil, "", err
	}
	c, err = catalog.Read(ctx, tx)
	return c, now, err
}

// ScanOptions says what to look through.
type ScanOptions struct {
	Source string
	Locale string
	Sample int64 // rows per table at the most; 0 is all
	Jobs   int
	Rate   int64 // megabytes a second at the most; 0 is no limit
	Log    zerolog.Logger

	State  string // file that says how far the reading has come; "" keeps none
	Resume bool   // go on where State stands
}

// Scan looks through any database as inspect looks through staging, with every column
// taken as kept. It returns the findings and the rows read.
func Scan(ctx context.Context, o ScanOptions) ([]report.Finding, int64, error) {
	c, _, err := readOnly(ctx, o.Source, o.Log)
	if err != nil {
		return nil, 0, err
	}
	cfg, err := session.Parse(o.Source)
	if err != nil {
		return nil, 0, err
	}
	var tables []inspect.Table
	for i := range c.Tables {
		t := &c.Tables[i]
		if !t.Leaf() || t.Extension != "" {
			continue
		}
		table := inspect.Table{Name: t.Name, Pages: t.Pages, Filenode: t.Filenode}
		if c.Database.Version < 140000 {
			table.Pages = 0 // a range of blocks reads the whole table there
		}
		for _, col := range t.Columns {
			class := plan.ClassOf(c, col.Type)
			kind, confidence, _ := detect.Classify(detect.ColumnInfo{Table: t.Name.Name, Column: col.Name, Class: string(class)})
			if confidence < detect.Threshold {
				kind = ""
			}
			if inspect.Looks(class, detect.Personal(kind)) {
				table.Columns = append(table.Columns, inspect.Column{Name: col.Name, Type: plan.BuiltIn(c, col.Type), Class: class, Array: plan.IsArray(c, col.Type), Kind: kind})
			}
		}
		tables = append(tables, table)
	}
	if o.Jobs <= 0 {
		o.Jobs = min(runtime.NumCPU(), 4)
	}
	options := inspect.Options{
		Generation: c.Database.Name, Tables: tables, Locale: o.Locale, Jobs: o.Jobs, Sample: o.Sample, Rate: o.Rate * 1e6, Unknown: true,
		Open: func(ctx context.Context) (inspect.Reader, func(), error) {
			role := session.Source("scan")
			role.Timeouts.Statement = lookTime
			conn, err := session.Connect(ctx, cfg, role)
			if err != nil {
				return nil, nil, err
			}
			return &reader{conn: conn, side: report.Source}, func() { shut(ctx, conn) }, nil
		},
	}
	if o.State == "" {
		return inspect.Run(ctx, options)
	}
	kept, err := openScanState(&o, cfg.Redacted())
	if err != nil {
		return nil, 0, err
	}
	options.PartPages, options.Resume, options.Save = statePages, kept.state, kept.save
	findings, rows, err := inspect.Run(ctx, options)
	if err = errors.Join(err, kept.close(err == nil)); err != nil {
		return nil, 0, err
	}
	return findings, rows, nil
}
