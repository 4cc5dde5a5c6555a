package journal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Schema is the schema that the journal lies in.
const Schema = "understudy_run"

// Version is what this program writes, and the only one that it reads: a run is resumed
// by the program that began it.
const Version = 3

// Head is what anybody who may read the journal can read of it.
type Head struct {
	Version int
	Run     string // id of the run
	Key     string // id of the key, from which the journal's own key is derived
}

// Journal seals and opens what one run keeps. It has no connection of its own and may be
// used by any goroutine.
type Journal struct {
	run  string
	seal cipher.AEAD
}

// New returns the journal of a run under a key of its own.
func New(run string, key [32]byte) (*Journal, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Journal{run: run, seal: seal}, nil
}

// tables are the journal's own. Sealed bytes do not compress: EXTERNAL spares the attempt.
const tables = `
CREATE SCHEMA ` + Schema + `;
CREATE TABLE ` + Schema + `.run (version int NOT NULL, run text NOT NULL, key text NOT NULL);
CREATE TABLE ` + Schema + `.chunk (relation oid, part int, body bytea NOT NULL, PRIMARY KEY (relation, part));
CREATE TABLE ` + Schema + `.evidence (relation oid, part int, segment int, body bytea NOT NULL, PRIMARY KEY (relation, part, segment));
CREATE TABLE ` + Schema + `.document (name text, segment int, segments int NOT NULL, body bytea NOT NULL, PRIMARY KEY (name, segment));
ALTER TABLE ` + Schema + `.chunk ALTER body SET STORAGE EXTERNAL;
ALTER TABLE ` + Schema + `.evidence ALTER body SET STORAGE EXTERNAL;
ALTER TABLE ` + Schema + `.document ALTER body SET STORAGE EXTERNAL`

// Create makes the schema in an incoming database.
func Create(ctx context.Context, conn *pgx.Conn, h Head) error {
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Conn().PgConn().Exec(ctx, tables).ReadAll(); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO "+Schema+".run VALUES ($1, $2, $3)", h.Version, h.Run, h.Key)
		return err
	})
	if session.Exists(err) {
		return &report.Fault{
			Side: report.Rules, Doing: "make the journal of the run", Err: fmt.Errorf("the source has a schema %s itself", Schema),
			Hint: "rename that schema: the name is the tool's own",
		}
	}
	return session.Fault(report.Target, "make the journal of the run", err)
}

// ReadHead returns the head of the journal in a database, or nil when it has none.
func ReadHead(ctx context.Context, conn *pgx.Conn) (*Head, error) {
	var h Head
	err := conn.QueryRow(ctx, "SELECT version, run, key FROM "+Schema+".run").Scan(&h.Version, &h.Run, &h.Key)
	if errors.Is(err, pgx.ErrNoRows) || session.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, session.Fault(report.Target, "read the journal of a run", err)
	}
	return &h, nil
}

// Drop removes the journal with all that is in it. One that is not there is no error.
func Drop(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+Schema+" CASCADE")
	return session.Fault(report.Target, "drop the journal of the run", err)
}

// ErrRecorded says that the journal has the chunk's entry already.
var ErrRecorded = errors.New("the journal has this chunk already")

// errDamaged is all that is said of state that does not open: what it held is nobody's business.
var errDamaged = errors.New("the journal is damaged, or of another run")

// Record writes a chunk's entry, and the parts that evidence hands to put, within tx.
func (j *Journal) Record(ctx context.Context, tx pgx.Tx, relation uint32, part int, body []byte, evidence func(put func([]byte) error) error) error {
	const doing = "record a chunk in the journal"
	segments := 0
	if evidence != nil {
		err := evidence(func(b []byte) error {
			sealed := j.seal.Seal(nil, nil, b, j.place("evidence", relation, part, segments))
			_, err := tx.Exec(ctx, "INSERT INTO "+Schema+".evidence VALUES ($1, $2, $3, $4)", relation, part, segments, sealed)
			segments++
			return recorded(doing, err)
		})
		if err != nil {
			return err
		}
	}
	sealed := j.seal.Seal(nil, nil, append(appendInt(nil, segments), body...), j.place("chunk", relation, part, 0))
	_, err := tx.Exec(ctx, "INSERT INTO "+Schema+".chunk VALUES ($1, $2, $3)", relation, part, sealed)
	return recorded(doing, err)
}

func recorded(doing string, err error) error {
	if session.Duplicate(err) {
		return ErrRecorded
	}
	return session.Fault(report.Target, doing, err)
}

// Has reports whether a chunk has an entry.
func Has(ctx context.Context, conn *pgx.Conn, relation uint32, part int) (bool, error) {
	var yes bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+Schema+".chunk WHERE relation = $1 AND part = $2)", relation, part).Scan(&yes)
	return yes, session.Fault(report.Target, "look a chunk up in the journal", err)
}

// Chunk is a committed chunk's entry.
type Chunk struct {
	Relation uint32
	Part     int
	Segments int // of evidence
	Body     []byte
}

// Chunks returns all entries, ordered. A damaged one is an error.
func (j *Journal) Chunks(ctx context.Context, conn *pgx.Conn) ([]Chunk, error) {
	const doing = "read the journal"
	rows, err := conn.Query(ctx, "SELECT relation, part, body FROM "+Schema+".chunk ORDER BY 1, 2")
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	var out []Chunk
	var c Chunk
	var body []byte
	_, err = pgx.ForEachRow(rows, []any{&c.Relation, &c.Part, &body}, func() error {
		open, err := j.seal.Open(nil, nil, body, j.place("chunk", c.Relation, c.Part, 0))
		if err != nil {
			return damaged(doing)
		}
		var ok bool
		if c.Segments, c.Body, ok = readInt(open); !ok {
			return damaged(doing)
		}
		out = append(out, c)
		return nil
	})
	return out, session.Fault(report.Target, doing, err)
}

// Evidence returns a function that returns the parts of a chunk's evidence in their
// order, and nil after the last.
func (j *Journal) Evidence(ctx context.Context, conn *pgx.Conn, c Chunk) func() ([]byte, error) {
	const doing = "read the journal's evidence"
	next := 0
	return func() ([]byte, error) {
		if next == c.Segments {
			return nil, nil
		}
		var body []byte
		err := conn.QueryRow(ctx, "SELECT body FROM "+Schema+".evidence WHERE relation = $1 AND part = $2 AND segment = $3", c.Relation, c.Part, next).Scan(&body)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, damaged(doing)
		}
		if err != nil {
			return nil, session.Fault(report.Target, doing, err)
		}
		// nil is the end: a part may be empty
		open, err := j.seal.Open([]byte{}, nil, body, j.place("evidence", c.Relation, c.Part, next))
		if err != nil {
			return nil, damaged(doing)
		}
		next++
		return open, nil
	}
}

func damaged(doing string) error {
	return &report.Fault{Side: report.Target, Doing: doing, Err: errDamaged, Hint: "start over: run without --resume"}
}
