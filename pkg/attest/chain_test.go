package attest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/ssh"
)

// chainOf makes a folder with a chain of n records.
func chainOf(t *testing.T, n int, runner person, before *Link) fstest.MapFS {
	t.Helper()
	key, err := ReadRunner(runner.file)
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{}
	for i := range n {
		run := fmt.Sprintf("run-%d", i+1)
		files := map[string][]byte{"run.json": fmt.Appendf(nil, `{"id": %q}`, run), "report.html": []byte("<p>" + run)}
		rec := Record{Number: 1, Run: run, Finished: day.Add(time.Duration(i) * time.Hour), Outcome: "published"}
		if before != nil {
			rec.Number, rec.Previous = before.Number+1, before
		}
		envelope, err := Seal(t.Context(), rec, files, key)
		if err != nil {
			t.Fatal(err)
		}
		for name, b := range files {
			folder[run+"/"+name] = &fstest.MapFile{Data: b}
		}
		folder[run+"/"+RecordFile] = &fstest.MapFile{Data: envelope}
		s, err := ReadRecord(envelope)
		if err != nil {
			t.Fatal(err)
		}
		link := s.LinkTo()
		before = &link
	}
	head, err := WriteHead(*before)
	if err != nil {
		t.Fatal(err)
	}
	folder[HeadFile] = &fstest.MapFile{Data: head}
	return folder
}

func TestAChainHoldsAndEachHarmIsNamed(t *testing.T) {
	t.Parallel()
	runner, other := newPerson(t, "runner@prod"), newPerson(t, "mallory@prod")
	allowed := runner.line(`namespaces="understudy-run"`)
	reseal := func(t *testing.T, folder fstest.MapFS, run string, change func(*Record), by person) {
		t.Helper()
		s, err := ReadRecord(folder[run+"/"+RecordFile].Data)
		if err != nil {
			t.Fatal(err)
		}
		change(&s.Record)
		key, err := ReadRunner(by.file)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for name := range s.Files {
			files[name] = folder[run+"/"+name].Data
		}
		if folder[run+"/"+RecordFile].Data, err = Seal(t.Context(), s.Record, files, key); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		harm   func(t *testing.T, folder fstest.MapFS)
		before *Link
		head   string
		place  string // empty: it holds
		why    string
	}{
		{name: "as it was left", harm: func(*testing.T, fstest.MapFS) {}},
		{name: "continued from another folder", harm: func(*testing.T, fstest.MapFS) {}, before: &Link{Number: 7, Run: "elsewhere", SHA256: "aa"}},
		{name: "a run's numbers changed", harm: func(_ *testing.T, f fstest.MapFS) { f["run-2/run.json"].Data = []byte(`{"id": "run-3"}`) }, place: "record 2 (run run-2)", why: "run.json was changed"},
		{name: "a report removed", harm: func(_ *testing.T, f fstest.MapFS) { delete(f, "run-3/report.html") }, place: "record 3 (run run-3)", why: "report.html is missing"},
		{name: "a byte of an envelope", harm: func(_ *testing.T, f fstest.MapFS) {
			b := f["run-2/"+RecordFile].Data
			i := bytes.Index(b, []byte(`"payload":"`)) + bytes.Index(b, []byte(`payload"`)) + 60
			b[i] ^= 2
		}, place: "run-2", why: ""},
		{name: "signed again by somebody else", harm: func(t *testing.T, f fstest.MapFS) {
			reseal(t, f, "run-2", func(r *Record) { r.Outcome = "withheld" }, other)
		}, place: "record 2 (run run-2)", why: "no allowed key"},
		{name: "written again by the runner", harm: func(t *testing.T, f fstest.MapFS) {
			reseal(t, f, "run-2", func(r *Record) { r.Outcome = "withheld" }, runner)
		}, place: "record 2 (run run-2)", why: "it was changed or replaced"},
		{name: "one taken out", harm: func(_ *testing.T, f fstest.MapFS) { delete(f, "run-2/"+RecordFile) }, place: "record 2", why: "it is missing"},
		{name: "the first cut off", harm: func(_ *testing.T, f fstest.MapFS) { delete(f, "run-1/"+RecordFile) }},
		{name: "the last cut off", harm: func(_ *testing.T, f fstest.MapFS) { delete(f, "run-4/"+RecordFile) }, place: "the head", why: "names record 4"},
		{name: "the head removed", harm: func(_ *testing.T, f fstest.MapFS) { delete(f, HeadFile) }, place: "the head", why: "is missing"},
		{name: "another's head in staging", harm: func(*testing.T, fstest.MapFS) {}, head: "abcd", place: "the head", why: "staging names a record"},
		{name: "two of one number", harm: func(t *testing.T, f fstest.MapFS) {
			reseal(t, f, "run-3", func(r *Record) { r.Number = 2 }, runner)
		}, place: "record 2", why: "another record of this number"},
		{name: "a record under another run's name", harm: func(_ *testing.T, f fstest.MapFS) {
			f["copy/"+RecordFile], f["copy/run.json"] = f["run-4/"+RecordFile], f["run-4/run.json"]
		}, place: "copy", why: "another run, run-4"},
		{name: "a record of a newer version", harm: func(_ *testing.T, f fstest.MapFS) {
			f["run-2/"+RecordFile].Data = newer(t, f["run-2/"+RecordFile].Data)
		}, place: "run-2", why: `it has version "2", and this program knows up to 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := chainOf(t, 4, runner, c.before)
			c.harm(t, folder)
			v, err := VerifyFolder(t.Context(), folder, signersOf(t, allowed), c.head)
			if c.place == "" {
				if err != nil {
					t.Fatal(err)
				}
				if c.before != nil && v.Before.Run != c.before.Run {
					t.Errorf("%+v", v.Before)
				}
				return
			}
			var broken *BrokenError
			if !errors.As(err, &broken) || !strings.Contains(broken.Place, c.place) || !strings.Contains(broken.Why, c.why) {
				t.Errorf("%v, and not: %s … %s", err, c.place, c.why)
			}
		})
	}
}

// newer is the envelope with a statement of the next version; who signed does not matter.
func newer(t *testing.T, envelope []byte) []byte {
	t.Helper()
	var e struct {
		PayloadType string            `json:"payloadType"`
		Payload     []byte            `json:"payload"`
		Signatures  []json.RawMessage `json:"signatures"`
	}
	if err := json.Unmarshal(envelope, &e); err != nil {
		t.Fatal(err)
	}
	e.Payload = bytes.Replace(e.Payload, []byte("/run/v1"), []byte("/run/v2"), 1)
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestARunnersKeyThatMaySignOnlyForGitSignsNoRecord(t *testing.T) {
	t.Parallel()
	runner := newPerson(t, "runner@prod")
	folder := chainOf(t, 1, runner, nil)
	_, err := VerifyFolder(t.Context(), folder, signersOf(t, runner.line(`namespaces="git"`)), "")
	if err == nil || !strings.Contains(err.Error(), "not allowed to sign for "+RecordNamespace) {
		t.Error(err)
	}
	if _, err := VerifyFolder(t.Context(), fs.FS(fstest.MapFS{}), signersOf(t, runner.line("")), ""); err == nil {
		t.Error("an empty folder holds")
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":""}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		if s, err := ReadRecord(file); err == nil {
			if _, err := s.Verify(t.Context(), nil); err == nil {
				t.Error("nobody is allowed, and it was accepted")
			}
		}
	})
}

// The envelope as DSSE's specification words it, with nothing but the standard library.
func TestTheEnvelopeIsDSSE(t *testing.T) {
	t.Parallel()
	runner := newPerson(t, "runner@prod")
	folder := chainOf(t, 1, runner, nil)
	var e struct {
		PayloadType string `json:"payloadType"`
		Payload     []byte `json:"payload"`
		Signatures  []struct {
			Sig []byte `json:"sig"`
		} `json:"signatures"`
	}
	if err := json.Unmarshal(folder["run-1/"+RecordFile].Data, &e); err != nil {
		t.Fatal(err)
	}
	public, ok := runner.signer.PublicKey().(ssh.CryptoPublicKey).CryptoPublicKey().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no Ed25519 key")
	}
	signed := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(e.Payload), e.Payload)
	if e.PayloadType != "application/vnd.in-toto+json" || len(e.Signatures) != 1 || !ed25519.Verify(public, signed, e.Signatures[0].Sig) {
		t.Error("the signature does not hold")
	}
	var st struct {
		Type      string `json:"_type"`
		Predicate string `json:"predicateType"`
		Subject   []struct {
			Name   string            `json:"name"`
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
	}
	if err := json.Unmarshal(e.Payload, &st); err != nil || st.Type != "https://in-toto.io/Statement/v1" || len(st.Subject) != 2 || len(st.Subject[0].Digest["sha256"]) != 64 {
		t.Errorf("%v %+v", err, st)
	}
}
