package publish

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/session"
)

// State says what a marked database is.
type State string

// The states.
const (
	Incoming State = "incoming" // being built, or left behind by a dead run; may hold originals
	Staging  State = "staging"  // in use
	Previous State = "previous" // a generation before
)

// Mark says that a database is ours, and what it is. It lies in the database's comment, for everybody to read.
type Mark struct {
	Version      int       `json:"v"`
	RunID        string    `json:"run"`
	Staging      string    `json:"staging"`            // the name it is for
	Source       string    `json:"source,omitempty"`   // Fingerprint of the source database
	State        State     `json:"state"`              //
	Created      time.Time `json:"created"`            //
	Published    time.Time `json:"published,omitzero"` //
	Retired      time.Time `json:"retired,omitzero"`   // when it became a generation
	Rules        string    `json:"rules,omitempty"`    // digest of the rules
	Masked       int       `json:"masked"`             // columns whose values were replaced or nulled
	Columns      string    `json:"columns,omitempty"`  // which they are, and which are kept: PackColumns
	Record       string    `json:"record,omitempty"`   // SHA-256 of the run's signed record: the head of its chain
	RecordNumber int       `json:"record_number,omitempty"`
}

// markVersion is the version that we write.
const markVersion = 1

const markPrefix = "understudy: "

// Fingerprint returns a short hash of a cluster's system identifier and a database's
// OID: enough to recognise a source again, useless to find it.
func Fingerprint(systemIdentifier string, database uint32) string {
	h := sha256.New()
	h.Write([]byte("understudy/source/1/" + systemIdentifier + "/"))
	h.Write(binary.BigEndian.AppendUint32(nil, database))
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// joinComment puts the mark on a line of its own below the user's comment.
func joinComment(comment string, m Mark) (string, error) {
	m.Version = markVersion
	b, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	line := markPrefix + string(b)
	if comment == "" {
		return line, nil
	}
	return comment + "\n" + line, nil
}

// MarkStatement writes the statement that marks the database which its comment is of.
func MarkStatement(comment string, m Mark) (string, error) {
	text, err := joinComment(comment, m)
	return "COMMENT ON DATABASE " + quote(m.Staging) + " IS " + session.Literal(text), err
}

// splitComment takes the mark off a comment. What does not read as a mark stays part of the comment.
func splitComment(text string) (comment string, m *Mark) {
	head, line := "", text
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		head, line = text[:i], text[i+1:]
	}
	body, ok := strings.CutPrefix(line, markPrefix)
	if !ok {
		return text, nil
	}
	var got Mark
	if json.Unmarshal([]byte(body), &got) != nil || got.Version < 1 || got.Staging == "" {
		return text, nil
	}
	return head, &got
}

// MarkOf returns the mark in a database's comment, nil when there is none.
func MarkOf(comment string) *Mark {
	_, m := splitComment(comment)
	return m
}
