package attest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// person is somebody with a key.
type person struct {
	name   string
	signer ssh.Signer
	file   []byte // the private key, as ssh-keygen writes it
}

func newPerson(t *testing.T, name string) person {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, name)
	if err != nil {
		t.Fatal(err)
	}
	return person{name, signer, pem.EncodeToMemory(block)}
}

func (p person) line(options string) string {
	return strings.TrimSpace(p.name+" "+options) + " " + string(ssh.MarshalAuthorizedKey(p.signer.PublicKey()))
}

func signersOf(t *testing.T, lines ...string) Signers {
	t.Helper()
	s, err := ReadSigners([]byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var day = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func approval(reviewer string) Approval {
	return Approval{
		Rules: "aa", Catalog: "bb", Reviewer: reviewer, Signed: day, Expires: day.AddDate(0, 0, 90), Columns: map[string]int{"mask": 1},
		Decisions: map[string]map[string]string{"public.people": {"email": "mask email"}},
		Structure: Structure{Tables: map[string]Table{"public.people": {Columns: map[string]string{"email": "text"}}}},
	}
}

func TestAnApprovalHoldsForWhomTheAllowedSignersName(t *testing.T) {
	t.Parallel()
	ann, bob := newPerson(t, "ann@example.com"), newPerson(t, "bob@example.com")
	file, err := Sign(approval(ann.name), ann.signer)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Sign(approval("somebody@example.com"), ann.signer)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		file    []byte
		allowed []string
		authors []string
		now     time.Time
		want    string // part of the refusal; empty is accepted
	}{
		{name: "as signed", file: file, allowed: []string{ann.line("")}, now: day},
		{name: "by a pattern", file: file, allowed: []string{strings.Replace(ann.line(""), ann.name, "*@example.com", 1)}, now: day},
		{name: "of this namespace", file: file, allowed: []string{ann.line(`namespaces="git,understudy-approval"`)}, now: day},
		{name: "of another namespace", file: file, allowed: []string{ann.line(`namespaces="git"`)}, now: day, want: "not allowed to sign"},
		{name: "another's key", file: file, allowed: []string{bob.line("")}, now: day, want: "not among the allowed signers"},
		{name: "an excluded principal", file: file, allowed: []string{strings.Replace(ann.line(""), ann.name, "*,!ann@*", 1)}, now: day, want: "does not belong to"},
		{name: "another's name", file: other, allowed: []string{ann.line("")}, now: day, want: "does not belong to somebody@example.com"},
		{name: "an author", file: file, allowed: []string{ann.line("")}, authors: []string{"Ann@example.com"}, now: day, want: "author"},
		{name: "an author under another name", file: other, allowed: []string{ann.line(""), strings.Replace(ann.line(""), ann.name, "somebody@example.com", 1)}, authors: []string{ann.name}, now: day, want: "author"},
		{name: "not an author", file: file, allowed: []string{ann.line("")}, authors: []string{bob.name}, now: day},
		{name: "on the last day", file: file, allowed: []string{ann.line("")}, now: day.AddDate(0, 0, 89)},
		{name: "expired", file: file, allowed: []string{ann.line("")}, now: day.AddDate(0, 0, 90), want: "expired on 2026-08-30"},
		{name: "from the future", file: file, allowed: []string{ann.line("")}, now: day.Add(-time.Hour), want: "still to come"},
		{name: "a key that was not valid yet", file: file, allowed: []string{ann.line(`valid-after="20260602Z"`)}, now: day, want: "not valid when it signed"},
		{name: "a key that was not valid any more", file: file, allowed: []string{ann.line(`valid-before="20260531Z"`)}, now: day, want: "not valid when it signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := ReadApproval(c.file)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Verify(signersOf(t, c.allowed...), c.authors, c.now)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, and not: %s", err, c.want)
			}
		})
	}
}

func TestOneByteOfAnApprovalChangedIsRefused(t *testing.T) {
	t.Parallel()
	ann := newPerson(t, "ann@example.com")
	file, err := Sign(approval(ann.name), ann.signer)
	if err != nil {
		t.Fatal(err)
	}
	allowed := signersOf(t, ann.line(""))
	body := bytes.Index(file, []byte(armourBegin))
	refused := 0
	for i := range file {
		changed := bytes.Clone(file)
		changed[i] ^= 1
		s, err := ReadApproval(changed)
		if err != nil || s.Verify(allowed, nil, day) != nil {
			refused++
			continue
		}
		// the armour may be broken into lines anyhow; what it says is the same signature
		if i < body {
			t.Errorf("byte %d of the statement was changed, and it still holds", i)
		}
	}
	if refused < body {
		t.Errorf("only %d of %d changes were refused", refused, len(file))
	}
	for _, cut := range []int{0, 10, body - 1, body, body + 40, len(file) - 40} {
		if s, err := ReadApproval(file[:cut]); err == nil && s.Verify(allowed, nil, day) == nil {
			t.Errorf("cut off at %d it still holds", cut)
		}
	}
}

func TestAnApprovalOfANewerVersionIsRefusedByName(t *testing.T) {
	t.Parallel()
	ann := newPerson(t, "ann@example.com")
	file, err := Sign(approval(ann.name), ann.signer)
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.Replace(file, []byte(`"version": 1`), []byte(`"version": 2`), 1)
	if _, err := ReadApproval(newer); err == nil || !strings.Contains(err.Error(), "version 2, and this program knows up to 1") {
		t.Error(err)
	}
	unknown := bytes.Replace(file, []byte(`"rules_digest"`), []byte(`"quorum": 2, "rules_digest"`), 1)
	if _, err := ReadApproval(unknown); err == nil {
		t.Error("a key that nobody knows was passed over")
	}
}

func TestAnotherNamespaceIsNoApproval(t *testing.T) {
	t.Parallel()
	ann := newPerson(t, "ann@example.com")
	file, err := Sign(approval(ann.name), ann.signer)
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Index(file, []byte(armourBegin))
	signature := keygen(t, file[:cut], "-Y", "sign", "-n", "git", "-f", write(t, "key", ann.file))
	s, err := ReadApproval(append(bytes.Clone(file[:cut]), signature...))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(signersOf(t, ann.line("")), nil, day); err == nil || !strings.Contains(err.Error(), `signed for "git"`) {
		t.Error(err)
	}
}

// OpenSSH is the other implementation: it accepts what Sign makes, and Verify accepts what it makes.
func TestOpenSSHAndWeAgreeOnASignature(t *testing.T) {
	t.Parallel()
	ann := newPerson(t, "ann@example.com")
	file, err := Sign(approval(ann.name), ann.signer)
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Index(file, []byte(armourBegin))
	allowed, sig := write(t, "allowed", []byte(ann.line("")+"\n")), write(t, "sig", file[cut:])
	out := keygen(t, file[:cut], "-Y", "verify", "-n", ApprovalNamespace, "-I", ann.name, "-f", allowed, "-s", sig)
	if !strings.HasPrefix(string(out), "Good") {
		t.Errorf("%s", out)
	}
	theirs := keygen(t, file[:cut], "-Y", "sign", "-n", ApprovalNamespace, "-f", write(t, "key", ann.file))
	s, err := ReadApproval(append(bytes.Clone(file[:cut]), theirs...))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(signersOf(t, ann.line("")), nil, day); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func keygen(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "ssh-keygen", args...)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ssh-keygen %v: %v", args, err)
	}
	return out
}

func TestAnAllowedSignersFileIsReadWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	ann := newPerson(t, "ann@example.com")
	for _, c := range []struct{ file, want string }{
		{"", "names nobody"},
		{"# nobody\n\n", "names nobody"},
		{ann.line("") + "\nbob@example.com\n", "line 3"},
		{"ann@example.com ssh-ed25519 AAAA\n", "no public key"},
		{ann.line("cert-authority"), "certificates"},
		{ann.line(`valid-after="soon"`), "a time is written"},
		{ann.line(`verify-required`), "verify-required is not known"},
	} {
		if _, err := ReadSigners([]byte(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, and not: %s", c.file, err, c.want)
		}
	}
	if got := signersOf(t, `"ann@example.com,a b" `+strings.TrimPrefix(ann.line(""), ann.name+" ")).Names(ann.signer.PublicKey()); len(got) != 2 || got[1] != "a b" {
		t.Errorf("%q", got)
	}
}

func TestWhatChangedIsSaidInWords(t *testing.T) {
	t.Parallel()
	was := Structure{Tables: map[string]Table{
		"public.people": {Columns: map[string]string{"id": "bigint not null", "email": "text", "fax": "text"}, Unique: []string{`["id"]`}},
		"public.old":    {Columns: map[string]string{"id": "bigint"}},
	}, Types: map[string]string{"public.mood": `enum ["sad"]`}}
	now := Structure{Tables: map[string]Table{
		"public.people": {Columns: map[string]string{"id": "bigint not null", "email": "citext", "nickname": "text"}},
		"public.pets":   {Columns: map[string]string{"id": "bigint", "name": "text"}},
	}, Types: map[string]string{"public.mood": `enum ["sad" "glad"]`}}
	var got []string
	for _, c := range was.Changes(now) {
		got = append(got, c.String())
	}
	want := []string{
		"public.old is gone",
		"public.people.email was text and is citext",
		"public.people.fax is gone",
		"public.people.nickname is new (text)",
		`public.people: unique was [["id"]] and is none`,
		"public.pets is new (a table of 2 columns)",
		`type public.mood: type was enum ["sad"] and is enum ["sad" "glad"]`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("\n%s", strings.Join(got, "\n"))
	}
	if was.Digest() == now.Digest() {
		t.Error("the digests do not tell them apart")
	}
	if len(was.Changes(was)) != 0 {
		t.Error("a structure differs from itself")
	}
}

func FuzzReadApproval(f *testing.F) {
	f.Add([]byte("{\n  \"version\": 1\n}\n" + armourBegin + "\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"))
	f.Add([]byte("{}\n" + armourBegin))
	f.Fuzz(func(t *testing.T, file []byte) {
		if s, err := ReadApproval(file); err == nil {
			if err := s.Verify(Signers{}, nil, day); err == nil {
				t.Error("nobody is allowed, and it was accepted")
			}
		}
	})
}

func FuzzReadSigners(f *testing.F) {
	f.Add([]byte("ann@example.com,*@x namespaces=\"git\",valid-after=\"20260101\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJGqUuJkFS8KkTcVFYQ9QzXKpOCsTqhoBTs7hPSMzfyz c\n"))
	f.Fuzz(func(_ *testing.T, file []byte) { _, _ = ReadSigners(file) })
}
