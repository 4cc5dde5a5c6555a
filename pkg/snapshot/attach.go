package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Ticket is what another session needs to hold the same snapshot. It is plain JSON and
// holds no password.
type Ticket struct {
	ID      string    `json:"id"`  // the exported snapshot
	PID     int32     `json:"pid"` // of the session that exported it
	Time    string    `json:"time"`
	LSN     string    `json:"lsn"`
	Standby bool      `json:"standby"`
	Host    string    `json:"host"`
	Port    uint16    `json:"port"`
	Since   time.Time `json:"since"`
	Tables  []Locked  `json:"tables"`
}

// Ticket returns the ticket of this holder's snapshot, good for as long as it lives.
func (h *Holder) Ticket() Ticket {
	return Ticket{
		ID: h.id, PID: h.pid, Time: h.at, LSN: h.lsn, Standby: h.standby,
		Host: h.cfg.Host(), Port: h.cfg.Port(), Since: h.since, Tables: h.tables,
	}
}

// Attach holds the snapshot of a ticket in one more session, with every lock, and exports
// it again: from then on it lives without the ticket's own session. [Gone] tells when
// that is gone already. cfg may name several hosts: the ticket's is taken.
func Attach(ctx context.Context, cfg *session.Config, t Ticket, o Options) (*Holder, error) {
	o = o.withDefaults()
	role := o.role()
	conn, err := session.Connect(ctx, cfg.Pin(t.Host, t.Port), role)
	if err != nil {
		return nil, err
	}
	h := newHolder(cfg, conn, o)
	h.at, h.lsn, h.since, h.tables = t.Time, t.LSN, t.Since, t.Tables
	if err := h.join(ctx, role, t); err != nil {
		h.closeConns(ctx)
		return nil, err
	}
	go h.run() // ends with Close
	return h, nil
}

// join imports the ticket's snapshot, locks its tables and exports it again.
func (h *Holder) join(ctx context.Context, role session.Role, t Ticket) error {
	const doing = "hold the snapshot in a further session"
	if len(t.Tables) == 0 || t.ID == "" {
		return &report.Fault{Side: report.Source, Doing: doing, Err: errors.New("the ticket names no snapshot or no table")}
	}
	var room int64
	var user string
	if err := h.conn.QueryRow(ctx, query("room")).Scan(&room, &user); err != nil {
		return session.Fault(report.Source, doing, err)
	}
	// The holder, this session and pg_dump have a lock on each; production needs some as well.
	if int64(len(t.Tables))*3 > room*9/10 {
		return &report.Fault{
			Side: report.Source, Doing: doing, Err: fmt.Errorf("%d tables, and the server has room for %d locks", len(t.Tables), room),
			Hint: "raise max_locks_per_transaction on the source",
		}
	}
	tx, err := h.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return session.Fault(report.Source, doing, err)
	}
	// the connection is closed when this fails, and with it the transaction
	if _, err := h.conn.PgConn().Exec(ctx, "SET TRANSACTION SNAPSHOT "+session.Literal(t.ID)+"; "+role.Settings(session.Version(h.conn), true)).ReadAll(); err != nil {
		if session.SnapshotUnknown(err) {
			return &report.Fault{Side: report.Source, Doing: doing, Err: fmt.Errorf("%w: %w", errGone, session.Reduce(err))}
		}
		return session.Fault(report.Source, doing, err)
	}
	for part := range slices.Chunk(t.Tables, batch) {
		// At once or not at all: whoever waits for one of them waits for the session that has them.
		if _, err := h.conn.PgConn().Exec(ctx, lockStatement(names(part), true)).ReadAll(); err != nil {
			return session.Fault(report.Source, "lock "+some(part), err)
		}
	}
	var at, lsn string
	var readOnly bool
	if err := tx.QueryRow(ctx, query("export")).Scan(&h.id, &at, &lsn, &readOnly, &h.pid, &h.standby); err != nil {
		return session.Fault(report.Source, doing, err)
	}
	// The ticket's session must still have its locks now that we have ours: else a table
	// may have been rewritten in between, and the snapshot would not show it.
	var held int
	if err := tx.QueryRow(ctx, query("overlap"), oids(t.Tables), t.PID).Scan(&held); err != nil {
		return session.Fault(report.Source, doing, err)
	}
	if held != len(t.Tables) {
		return &report.Fault{Side: report.Source, Doing: doing, Err: errGone}
	}
	h.tx = tx
	return nil
}

var errGone = errors.New("the session that held the snapshot is gone, and the snapshot with it")

// Gone reports whether an error of Attach means that nobody holds the snapshot any more.
func Gone(err error) bool { return errors.Is(err, errGone) }
