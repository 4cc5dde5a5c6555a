package attest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// ApprovalVersion is the version of an approval's statement. A newer one is refused.
const ApprovalVersion = 1

// ApprovalNamespace is the SSHSIG namespace: a signature made for anything else, a git
// commit say, is no approval.
const ApprovalNamespace = "understudy-approval"

// Approval is the statement that a reviewer signs. Times are UTC.
type Approval struct {
	Version   int                          `json:"version"`
	Rules     string                       `json:"rules_digest"`   // hex SHA-256 of the rules file and its packs
	Catalog   string                       `json:"catalog_digest"` // of Structure
	Reviewer  string                       `json:"reviewer"`       // the principal that the file of allowed signers has to give the key
	Signed    time.Time                    `json:"signed"`
	Expires   time.Time                    `json:"expires"`
	Note      string                       `json:"note,omitempty"`
	Columns   map[string]int               `json:"columns"`   // decision → how many columns
	Decisions map[string]map[string]string `json:"decisions"` // schema.table → column → what becomes of it
	Structure Structure                    `json:"structure"`
}

// Signed is an approval with its signature, as it lies in its file.
type Signed struct {
	Approval
	statement []byte
	signature *sshsig.Signature
}

const armourBegin = "-----BEGIN SSH SIGNATURE-----"

// Sign returns the file of an approval: the statement, and the signature below it.
func Sign(a Approval, signer ssh.Signer) ([]byte, error) {
	a.Version = ApprovalVersion
	var statement bytes.Buffer
	e := json.NewEncoder(&statement)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		return nil, fmt.Errorf("write the approval: %w", err)
	}
	sig, err := sshsig.Sign(bytes.NewReader(statement.Bytes()), signer, sshsig.HashSHA512, ApprovalNamespace)
	if err != nil {
		return nil, fmt.Errorf("sign the approval: %w", err)
	}
	return append(statement.Bytes(), sshsig.Armor(sig)...), nil
}

// ReadApproval reads an approval's file. The signature is not verified yet; one of a
// newer version, one that is cut off and one with unknown keys are errors.
func ReadApproval(file []byte) (*Signed, error) {
	cut := bytes.Index(file, []byte("\n"+armourBegin))
	if cut < 0 {
		return nil, errors.New("it holds no SSH signature")
	}
	s := &Signed{statement: file[:cut+1]}
	if err := readVersioned(s.statement, ApprovalVersion, &s.Approval); err != nil {
		return nil, err
	}
	sig, err := sshsig.Unarmor(file[cut+1:])
	if err != nil {
		return nil, errors.New("its signature cannot be read")
	}
	s.signature = sig
	return s, nil
}

// readVersioned decodes JSON strictly after looking at its version.
func readVersioned(b []byte, newest int, into any) error {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return errors.New("it is not JSON, or cut off")
	}
	if head.Version < 1 || head.Version > newest {
		return fmt.Errorf("it has version %d, and this program knows up to %d: use a newer understudy", head.Version, newest)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New("it has keys or values that this program does not know")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}

// Fingerprint returns the SHA-256 fingerprint of the key that signed, as ssh-keygen prints it.
func (s *Signed) Fingerprint() string { return ssh.FingerprintSHA256(s.signature.PublicKey) }

// Intact refuses an approval that was changed after it was signed, or signed for something
// else. Whose signature it is, and whether that counts, Verify says.
func (s *Signed) Intact() error {
	if s.signature.HashAlgorithm != sshsig.HashSHA512 && s.signature.HashAlgorithm != sshsig.HashSHA256 {
		return fmt.Errorf("its signature uses the hash %q", s.signature.HashAlgorithm)
	}
	if err := sshsig.Verify(bytes.NewReader(s.statement), s.signature, s.signature.PublicKey, s.signature.HashAlgorithm, ApprovalNamespace); err != nil {
		if errors.Is(err, sshsig.ErrNamespaceMismatch) {
			return fmt.Errorf("it was signed for %q and not for %q", s.signature.Namespace, ApprovalNamespace)
		}
		return errors.New("its signature does not belong to it: the file was changed after it was signed")
	}
	return nil
}

// Verify refuses a signature that does not hold, that nobody allowed has made, that an
// author of the rules has made, and that has expired or comes from the future. It does
// not compare the digests.
func (s *Signed) Verify(allowed Signers, authors []string, now time.Time) error {
	if err := s.Intact(); err != nil {
		return err
	}
	lines := allowed.with(s.signature.PublicKey)
	if len(lines) == 0 {
		return fmt.Errorf("the key %s is not among the allowed signers", s.Fingerprint())
	}
	// the key counts, whatever name the statement gives its owner
	for _, author := range authors {
		if slices.ContainsFunc(lines, func(l signer) bool { return l.is(author) }) {
			return fmt.Errorf("it is signed with the key of %s, whom the rules name as an author: somebody else has to approve", author)
		}
	}
	if slices.ContainsFunc(authors, func(author string) bool { return strings.EqualFold(author, s.Reviewer) }) {
		return fmt.Errorf("it is signed by %s, whom the rules name as an author: somebody else has to approve", s.Reviewer)
	}
	if err := allowedAs(lines, s.Reviewer, ApprovalNamespace, s.Signed); err != nil {
		return err
	}
	const skew = 10 * time.Minute // between the clocks of the reviewer and of this machine
	switch {
	case s.Signed.After(now.Add(skew)):
		return fmt.Errorf("it was signed at %s, which is still to come", s.Signed.Format(time.RFC3339))
	case !now.Before(s.Expires):
		return fmt.Errorf("it expired on %s", s.Expires.Format(time.DateOnly))
	}
	return nil
}
