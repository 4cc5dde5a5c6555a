package session

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
)

// Kinship says how two connections relate.
type Kinship struct {
	Cluster  bool   // one server: proven by a lock
	Database bool   // one database of that server
	Suspect  bool   // not proven, but the clusters have one origin: a standby and its primary, or a restored base backup
	How      string // a sentence for the report
}

// SameCluster tells whether two connections lead to one server, whatever their
// addresses, aliases and poolers. It takes a random advisory lock on the source and
// looks for it on the target: that works read-only and needs no right. A standby does
// not show its primary's locks, so the clusters' identifiers are compared too, where
// the roles may read them; alike without the lock means Suspect.
func SameCluster(ctx context.Context, source, target *pgx.Conn) (Kinship, error) {
	const doing = "compare source and target"
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	key := int64(binary.BigEndian.Uint64(raw[:]))

	// The lock of a transaction ends with it even when a pooler gives the session away.
	if source.PgConn().TxStatus() == 'I' {
		if _, err := source.Exec(ctx, "BEGIN"); err != nil {
			return Kinship{}, Fault(report.Source, doing, err)
		}
		defer source.Exec(context.WithoutCancel(ctx), "ROLLBACK") //nolint:errcheck // only a lock is in it
	}
	var locked bool
	var sourceDB uint32
	err := source.QueryRow(ctx, `SELECT pg_catalog.pg_try_advisory_xact_lock($1::bigint),
		(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`, key).Scan(&locked, &sourceDB)
	if err != nil {
		return Kinship{}, Fault(report.Source, doing, err)
	}
	if !locked {
		return Kinship{}, &report.Fault{Side: report.Source, Doing: doing, Err: fmt.Errorf("the server did not give a free lock"), Hint: "run again"}
	}
	var seen int
	var here bool
	// A 64-bit key is shown in two halves with objsubid 1.
	err = target.QueryRow(ctx, `SELECT pg_catalog.count(*), coalesce(pg_catalog.bool_or(l.database = d.oid), false)
		FROM pg_catalog.pg_locks l, pg_catalog.pg_database d
		WHERE d.datname = pg_catalog.current_database() AND l.locktype = 'advisory' AND l.objsubid = 1
		AND l.classid::bigint = $1::bigint AND l.objid::bigint = $2::bigint AND l.database = $3::bigint::oid`,
		int64(binary.BigEndian.Uint32(raw[:4])), int64(binary.BigEndian.Uint32(raw[4:])), int64(sourceDB)).Scan(&seen, &here)
	if err != nil {
		return Kinship{}, Fault(report.Target, doing, err)
	}
	switch {
	case seen > 0 && here:
		return Kinship{Cluster: true, Database: true, How: "a lock taken on the source is seen in the target: they are one database"}, nil
	case seen > 0:
		return Kinship{Cluster: true, How: "a lock taken on the source is seen on the target's server: they are two databases of one server"}, nil
	}
	a, err := identifier(ctx, source)
	if err != nil {
		return Kinship{}, Fault(report.Source, doing, err)
	}
	b, err := identifier(ctx, target)
	if err != nil {
		return Kinship{}, Fault(report.Target, doing, err)
	}
	switch {
	case a == "" || b == "":
		return Kinship{How: "a lock taken on the source is not seen on the target's server; the clusters' identifiers may not be read"}, nil
	case a == b:
		return Kinship{Suspect: true, How: "the clusters have the same identifier: one is the other's standby, or was restored from its base backup"}, nil
	}
	return Kinship{How: "a lock taken on the source is not seen on the target's server, and the clusters' identifiers differ"}, nil
}

// identifier returns the cluster's identifier, or "" where the role may not read it.
// The right is asked for first: an error would end the transaction that holds the lock.
func identifier(ctx context.Context, conn *pgx.Conn) (string, error) {
	var may bool
	err := conn.QueryRow(ctx, `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')`).Scan(&may)
	if err != nil || !may {
		return "", err
	}
	var id string
	err = conn.QueryRow(ctx, `SELECT system_identifier::text FROM pg_catalog.pg_control_system()`).Scan(&id)
	return id, err
}
