package session

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/pkg/report"
)

// ServerError is what is kept of an error that PostgreSQL reported: the SQLSTATE and
// the names of what it concerns. The server's message, detail, hint and context can
// quote rows, and are gone.
type ServerError struct {
	SQLSTATE   string // five characters
	Schema     string // this and the next three are empty where the server names none
	Table      string
	Column     string
	Constraint string
}

// Error returns our words for the SQLSTATE, the names and the SQLSTATE.
func (e *ServerError) Error() string {
	var b strings.Builder
	b.WriteString(words(e.SQLSTATE))
	if e.Table != "" {
		b.WriteString(" (table ")
		if e.Schema != "" {
			b.WriteString(e.Schema + ".")
		}
		b.WriteString(e.Table)
		if e.Column != "" {
			b.WriteString(", column " + e.Column)
		}
		b.WriteString(")")
	}
	if e.Constraint != "" {
		b.WriteString(" (constraint " + e.Constraint + ")")
	}
	return b.String() + " [SQLSTATE " + e.SQLSTATE + "]"
}

// LinkError is trouble with the connection itself: it never came about, or it broke.
type LinkError struct {
	trouble trouble
	cause   error // context.Canceled, context.DeadlineExceeded or nil: nothing else is safe to show
}

// Error says what the trouble is.
func (e *LinkError) Error() string { return troubles[e.trouble].words }

// Unwrap returns the context's error where that was the cause.
func (e *LinkError) Unwrap() error { return e.cause }

// DriverError is an error of the driver that is none of the above. Its text may quote
// values (a number that would not parse), so only its Go type is kept.
type DriverError struct{ Type string }

// Error names the type.
func (e *DriverError) Error() string { return "the database driver failed (" + e.Type + ")" }

type trouble int

const (
	lost trouble = iota
	unknownHost
	refused
	unreachable
	noSocket
	slow
	silent
	noTLS
	badCertificate
)

var troubles = [...]struct{ words, hint string }{
	lost:           {"the connection was lost", "see whether the server or a proxy restarted, or ended the session; then run again"},
	unknownHost:    {"the host name is not known", "check the host in the connection string and the name service"},
	refused:        {"nothing listens at that address", "check host and port, that the server runs, and its listen_addresses"},
	unreachable:    {"the host cannot be reached", "check network, firewall and VPN"},
	noSocket:       {"there is no socket of a server in that directory", "check that the server runs here; a host name connects over the network"},
	slow:           {"the server did not answer in time", "check host, port and firewall; connect_timeout in the connection string allows more seconds"},
	silent:         {"the network or the server fell silent", "see whether the network between here and the server works, and whether the server is up; then run again"},
	noTLS:          {"the server does not offer TLS", "turn on ssl on the server; or, where the network is trusted, say sslmode=disable in the address, and the report will tell"},
	badCertificate: {"the server's certificate was not accepted", "name your authority's certificate with sslrootcert=FILE in the address, and check that the server's names the host; sslmode=require takes any certificate, and the report will tell"},
}

// Reduce turns an error of the driver into one that may be shown and logged. A
// report.Fault passes as it is, since it holds no value by its own promise; so does a
// reduced error. Errors of the context come back bare. nil stays nil.
func Reduce(err error) error {
	if err == nil {
		return nil
	}
	var (
		fault  *report.Fault
		server *ServerError
		link   *LinkError
		driver *DriverError
		pg     *pgconn.PgError
	)
	switch {
	case errors.As(err, &fault):
		return fault
	case errors.As(err, &server):
		return server
	case errors.As(err, &link):
		return link
	case errors.As(err, &driver):
		return driver
	case errors.As(err, &pg):
		return &ServerError{SQLSTATE: pg.Code, Schema: pg.SchemaName, Table: pg.TableName, Column: pg.ColumnName, Constraint: pg.ConstraintName}
	}
	var connecting *pgconn.ConnectError
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &connecting) {
		return context.DeadlineExceeded
	}
	if t, ok := diagnose(err); ok {
		e := &LinkError{trouble: t}
		if errors.Is(err, context.DeadlineExceeded) {
			e.cause = context.DeadlineExceeded
		}
		return e
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return pgx.ErrNoRows
	}
	return &DriverError{Type: fmt.Sprintf("%T", innermost(err))}
}

// innermost unwraps to the last error of the chain, whose type says the most.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// diagnose tells what kind of trouble a connection is in; false when it is none.
func diagnose(err error) (trouble, bool) {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		timeout   net.Error
		op        *net.OpError
		connect   *pgconn.ConnectError
	)
	switch {
	case errors.As(err, &dns):
		return unknownHost, true
	case errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid), errors.As(err, &verify), errors.As(err, &alert):
		return badCertificate, true
	case errors.As(err, &record), strings.Contains(err.Error(), "server refused TLS connection"): // the driver's own words, untyped
		return noTLS, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return refused, true
	case errors.Is(err, syscall.ENOENT):
		return noSocket, true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EACCES):
		return unreachable, true
	case errors.Is(err, syscall.ETIMEDOUT) && !errors.As(err, &connect):
		return silent, true
	case errors.As(err, &timeout) && timeout.Timeout(), pgconn.Timeout(err):
		return slow, true
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, pgconn.ErrConnClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.As(err, &op):
		return lost, true
	case errors.As(err, &connect):
		return unreachable, true
	}
	return lost, false
}

// State returns the SQLSTATE in an error, reduced or not; empty when the server did not report it.
func State(err error) string {
	var server *ServerError
	if errors.As(err, &server) {
		return server.SQLSTATE
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// Position returns where in a statement's text the server saw the error, in characters
// from 1; 0 when it did not say, or when the error has been reduced.
func Position(err error) int {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return int(pg.Position)
	}
	return 0
}

// Transient reports whether the same work may succeed on a new connection: a broken
// link, a deadlock, a server that restarts or has no free connection. A conflict with a
// standby's recovery (40001) is not: the next attempt conflicts as well. Neither is the
// end of our own context.
func Transient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	switch state := State(err); {
	case state == "":
	case strings.HasPrefix(state, "08"), state == "40P01", state == "53300", state == "55P03",
		state == "57P01", state == "57P02", state == "57P03", state == "57P05":
		return true
	default:
		return false
	}
	var link *LinkError
	if errors.As(err, &link) {
		return passes(link.trouble)
	}
	var driver *DriverError
	if errors.As(err, &driver) {
		return false
	}
	t, ok := diagnose(err)
	return ok && passes(t)
}

// passes reports whether a trouble may be over with the next connection.
func passes(t trouble) bool {
	return t == lost || t == refused || t == slow || t == silent || t == unreachable
}

// Missing reports whether the server said that something does not exist: a database,
// a schema, a table, a column, a function or another object.
func Missing(err error) bool {
	switch State(err) {
	case "3D000", "3F000", "42P01", "42703", "42883", "42704":
		return true
	}
	return false
}

// Exists reports whether the server said that a schema, a table, a database, a constraint
// or another object exists already.
func Exists(err error) bool {
	switch State(err) {
	case "42P04", "42P06", "42P07", "42710", "42P16": // the last is a second primary key
		return true
	}
	return false
}

// Duplicate reports whether a value that must be unique was there already.
func Duplicate(err error) bool { return State(err) == "23505" }

// LockTimeout reports whether a lock was not to be had: in time, or at once with NOWAIT.
func LockTimeout(err error) bool { return State(err) == "55P03" }

// Denied reports whether the role has no right to do it.
func Denied(err error) bool { return State(err) == "42501" }

// SnapshotUnknown reports whether SET TRANSACTION SNAPSHOT was refused because the
// server does not have that snapshot (22023, or 42704 on later versions), or has it in
// another database (0A000).
func SnapshotUnknown(err error) bool {
	switch State(err) {
	case "22023", "42704", "0A000":
		return true
	}
	return false
}
