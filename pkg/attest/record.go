package attest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"golang.org/x/crypto/ssh"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// RecordVersion is the version of a record's predicate; its type ends in it.
const RecordVersion = 1

// RecordNamespace is what a line of the allowed signers may restrict a runner's key to.
const RecordNamespace = "understudy-run"

const (
	payloadType     = "application/vnd.in-toto+json"
	predicatePrefix = "https://github.com/understudy-db/understudy/run/v"
)

// Record is what a run says of itself: the predicate of its in-toto statement.
type Record struct {
	Number     int               `json:"number"` // 1 is the first of its chain
	Previous   *Link             `json:"previous,omitempty"`
	Run        string            `json:"run"`
	Tool       string            `json:"tool"`
	Started    time.Time         `json:"started"`
	Finished   time.Time         `json:"finished"`
	Outcome    string            `json:"outcome"`
	Exit       int               `json:"exit"`
	Source     string            `json:"source"`
	Target     string            `json:"target"`
	Snapshot   string            `json:"snapshot,omitempty"` // the source's clock
	LSN        string            `json:"lsn,omitempty"`
	Rules      string            `json:"rules_digest,omitempty"`
	Catalog    string            `json:"catalog_digest,omitempty"`
	Key        string            `json:"key_id"`
	DomainKeys map[string]string `json:"domain_key_ids,omitempty"` // by domain, of those with a key of their own
	Generation string            `json:"generation,omitempty"`
	Approval   *RecordApproval   `json:"approval,omitempty"`
}

// RecordApproval names the approval under which a run was made.
type RecordApproval struct {
	Reviewer string    `json:"reviewer"`
	Key      string    `json:"key"` // fingerprint
	Signed   time.Time `json:"signed"`
	Expires  time.Time `json:"expires"`
}

// Link names a record by the SHA-256 of its envelope's bytes.
type Link struct {
	Number int    `json:"number"`
	Run    string `json:"run"`
	SHA256 string `json:"sha256"`
}

// Runner is the key that signs records.
type Runner struct{ key ed25519.PrivateKey }

// ReadRunner reads a runner's key: an Ed25519 key without a passphrase, as `ssh-keygen -t ed25519` makes it.
func ReadRunner(file []byte) (*Runner, error) {
	raw, err := ssh.ParseRawPrivateKey(file)
	var missing *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &missing):
		return nil, errors.New("it has a passphrase, and at night nobody is there to type it")
	case err != nil:
		return nil, errors.New("it is no private SSH key")
	}
	switch k := raw.(type) {
	case *ed25519.PrivateKey:
		return &Runner{*k}, nil
	case ed25519.PrivateKey:
		return &Runner{k}, nil
	}
	return nil, errors.New("it is no Ed25519 key")
}

// Sign signs for a DSSE envelope.
func (r *Runner) Sign(_ context.Context, data []byte) ([]byte, error) {
	return ed25519.Sign(r.key, data), nil
}

// KeyID returns the key's fingerprint, as ssh-keygen prints it.
func (r *Runner) KeyID() (string, error) {
	pub, err := ssh.NewPublicKey(r.key.Public())
	if err != nil {
		return "", err
	}
	return ssh.FingerprintSHA256(pub), nil
}

// Seal returns the signed envelope of a record over the run's files, by name.
func Seal(ctx context.Context, rec Record, files map[string][]byte, r *Runner) ([]byte, error) {
	plain, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	predicate := &structpb.Struct{}
	if err := protojson.Unmarshal(plain, predicate); err != nil {
		return nil, fmt.Errorf("write the record: %w", err)
	}
	st := &intoto.Statement{Type: intoto.StatementTypeUri, PredicateType: fmt.Sprint(predicatePrefix, RecordVersion), Predicate: predicate}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		st.Subject = append(st.Subject, &intoto.ResourceDescriptor{Name: name, Digest: map[string]string{"sha256": sum(files[name])}})
	}
	if err := st.Validate(); err != nil {
		return nil, fmt.Errorf("write the record: %w", err)
	}
	payload, err := protojson.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("write the record: %w", err)
	}
	signer, err := dsse.NewEnvelopeSigner(r)
	if err != nil {
		return nil, fmt.Errorf("sign the record: %w", err)
	}
	envelope, err := signer.SignPayload(ctx, payloadType, payload)
	if err != nil {
		return nil, fmt.Errorf("sign the record: %w", err)
	}
	return json.MarshalIndent(envelope, "", "  ")
}

// sum is the SHA-256 of b in hex.
func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// LinkTo returns the link to a sealed record, for the next one to name.
func (s *Sealed) LinkTo() Link { return Link{Number: s.Number, Run: s.Run, SHA256: s.digest} }

// Sealed is a record out of its envelope.
type Sealed struct {
	Record
	Files    map[string]string // name → hex SHA-256
	digest   string            // of the envelope's bytes
	envelope *dsse.Envelope
}

// ReadRecord reads an envelope. The signature is not verified yet.
func ReadRecord(file []byte) (*Sealed, error) {
	var envelope dsse.Envelope
	if err := json.Unmarshal(file, &envelope); err != nil {
		return nil, errors.New("it is no DSSE envelope, or cut off")
	}
	payload, err := envelope.DecodeB64Payload()
	if err != nil || envelope.PayloadType != payloadType {
		return nil, errors.New("its envelope holds no in-toto statement")
	}
	var st intoto.Statement
	if err := protojson.Unmarshal(payload, &st); err != nil || st.Validate() != nil {
		return nil, errors.New("its envelope holds no valid in-toto statement")
	}
	switch version, ours := strings.CutPrefix(st.GetPredicateType(), predicatePrefix); {
	case !ours:
		return nil, errors.New("its statement is not about a run of understudy")
	case version != fmt.Sprint(RecordVersion):
		return nil, fmt.Errorf("it has version %.8q, and this program knows up to %d: use a newer understudy", version, RecordVersion)
	}
	s := &Sealed{Files: map[string]string{}, digest: sum(file), envelope: &envelope}
	predicate, err := protojson.Marshal(st.GetPredicate())
	if err != nil {
		return nil, errors.New("its predicate cannot be read")
	}
	d := json.NewDecoder(bytes.NewReader(predicate))
	d.DisallowUnknownFields()
	if err := d.Decode(&s.Record); err != nil {
		return nil, errors.New("its predicate has keys or values that this program does not know")
	}
	for _, f := range st.GetSubject() {
		s.Files[f.GetName()] = f.GetDigest()["sha256"]
	}
	return s, nil
}

// Verify refuses an envelope that no allowed runner's key has signed, and returns the
// fingerprint of the one that has.
func (s *Sealed) Verify(ctx context.Context, allowed Signers) (string, error) {
	why := errors.New("no allowed key has signed it, or it was changed after it was signed")
	for _, l := range allowed {
		pub, ok := l.key.(ssh.CryptoPublicKey)
		if !ok {
			continue
		}
		key, ok := pub.CryptoPublicKey().(ed25519.PublicKey)
		if !ok {
			continue
		}
		verifier, err := dsse.NewEnvelopeVerifier(runnerPublic{key, ssh.FingerprintSHA256(l.key)})
		if err != nil {
			return "", err
		}
		if _, err := verifier.Verify(ctx, s.envelope); err != nil {
			continue
		}
		var wrong error
		for _, name := range l.principals {
			if wrong = allowedAs([]signer{l}, strings.NewReplacer("*", "x", "?", "x").Replace(name), RecordNamespace, s.Finished); wrong == nil {
				return ssh.FingerprintSHA256(l.key), nil
			}
		}
		why = wrong
	}
	return "", why
}

// runnerPublic verifies what a Runner signed.
type runnerPublic struct {
	key ed25519.PublicKey
	id  string
}

func (p runnerPublic) Verify(_ context.Context, data, sig []byte) error {
	if !ed25519.Verify(p.key, data, sig) {
		return errors.New("the signature does not hold")
	}
	return nil
}

func (p runnerPublic) KeyID() (string, error)   { return p.id, nil }
func (p runnerPublic) Public() crypto.PublicKey { return p.key }
