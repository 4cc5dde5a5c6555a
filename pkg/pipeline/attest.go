package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/pkg/attest"
	"github.com/understudy-db/understudy/pkg/report"
)

// Attestation says what a run has to show before it begins, and what it leaves behind.
type Attestation struct {
	RequireApproval bool
	AllowedSigners  string // file; outside of the rules' repository
	Approval        string // file; empty is the one beside the rules
	SigningKey      string // file of the runner's Ed25519 key; empty leaves no record
}

// ApprovalFile is where the approval of a rules file lies unless told otherwise.
func ApprovalFile(rules string) string { return rules + ".approval" }

// ReadSigners reads a file of allowed signers. One inside of the rules' repository is
// refused: whoever changes the rules could name himself in it.
func ReadSigners(path, rules string) (attest.Signers, error) {
	doing := "read the allowed signers " + path
	if path == "" {
		return nil, &report.Fault{
			Side: report.Usage, Doing: "read the allowed signers", Err: errors.New("--allowed-signers is missing"),
			Hint: "a file of lines `principal key-type key`, as ssh-keygen -Y verify takes it, kept outside of the rules' repository",
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: cause(err), Hint: "--allowed-signers names a file that this user may read"}
	}
	if rules != "" && within(repository(rules), path) {
		return nil, &report.Fault{
			Side: report.Usage, Doing: doing, Err: errors.New("it lies in the rules' repository"),
			Hint: "move it to where the authors of the rules cannot write: they could name themselves in it",
		}
	}
	signers, err := attest.ReadSigners(b)
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: err, Hint: "the format is ssh-keygen's: see ALLOWED SIGNERS in its manual"}
	}
	return signers, nil
}

// cause takes the path off a file's error: the message has it already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// repository is the topmost folder that shares a version control with the file, else the file's own folder.
func repository(file string) string {
	start := filepath.Dir(resolve(file))
	for dir := start; ; dir = filepath.Dir(dir) {
		for _, mark := range []string{".git", ".hg", ".svn"} {
			if _, err := os.Stat(filepath.Join(dir, mark)); err == nil {
				return dir
			}
		}
		if dir == filepath.Dir(dir) {
			return start
		}
	}
}

// resolve follows links as far as the path is there.
func resolve(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

func within(dir, file string) bool {
	rel, err := filepath.Rel(dir, resolve(file))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// ReadApproval reads the approval beside the rules, nil when there is none.
func ReadApproval(path string) (*attest.Signed, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	doing := "read the approval " + path
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: cause(err)}
	}
	s, err := attest.ReadApproval(b)
	if err != nil {
		return nil, &report.Fault{Side: report.Rules, Doing: doing, Err: err, Hint: approveHint}
	}
	return s, nil
}

const approveHint = "have a reviewer look at the rules and sign them: understudy approve --rules FILE --source DSN --key KEY"

// requireApproval refuses rules that nobody allowed has approved as they are. Whether the
// catalog is the approved one, checkApproval says when it has been read.
func (r *refresh) requireApproval() error {
	if !r.RequireApproval {
		return nil
	}
	signers, err := ReadSigners(r.AllowedSigners, r.Rules)
	if err != nil {
		return err
	}
	path := r.Approval
	if path == "" {
		path = ApprovalFile(r.Rules)
	}
	refuse := func(err error) error {
		return &report.Fault{Side: report.Rules, Doing: "look for an approval of " + r.Rules, Err: err, Hint: approveHint}
	}
	signed, err := ReadApproval(path)
	if err != nil {
		return err
	}
	if signed == nil {
		return refuse(fmt.Errorf("there is none: %s does not exist", path))
	}
	if err := signed.Verify(signers, r.rules.Authors, time.Now()); err != nil {
		return refuse(fmt.Errorf("%s: %w", path, err))
	}
	if signed.Rules != r.rules.Digest {
		return refuse(fmt.Errorf("the rules were changed after %s approved them on %s: %s is not what was signed (sha256 %.12s, approved %.12s)",
			signed.Reviewer, signed.Signed.Format(time.DateOnly), r.Rules, r.rules.Digest, signed.Rules))
	}
	r.approved = signed
	r.run.Approval = &report.Approval{Reviewer: signed.Reviewer, Key: signed.Fingerprint(), Signed: signed.Signed, Expires: signed.Expires, Note: signed.Note}
	return nil
}

// checkApproval refuses a catalog that is not the one that was approved, and names what changed.
func (r *refresh) checkApproval() error {
	if r.approved == nil || r.approved.Catalog == r.run.Catalog {
		return nil
	}
	changes := r.approved.Structure.Changes(r.catalog.Structure())
	lines := make([]string, 0, len(changes))
	for i, c := range changes {
		if i == 20 {
			lines = append(lines, fmt.Sprintf("and %d more", len(changes)-i))
			break
		}
		lines = append(lines, c.String())
	}
	return &report.Fault{
		Side: report.Rules, Doing: "hold the source against the approval of " + r.approved.Signed.Format(time.DateOnly),
		Err:  fmt.Errorf("the source has changed since %s approved it:\n%s", r.approved.Reviewer, strings.Join(lines, "\n")),
		Hint: "decide over what is new, then approve again: understudy check --rules FILE --source DSN shows it",
	}
}

// readRunner reads the runner's key before anything is begun.
func (r *refresh) readRunner() error {
	if r.SigningKey == "" {
		return nil
	}
	doing := "read the runner's key " + r.SigningKey
	info, err := os.Stat(r.SigningKey)
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: doing, Err: cause(err), Hint: runnerHint}
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		return &report.Fault{Side: report.Usage, Doing: doing, Err: fmt.Errorf("others may read it (mode %04o)", info.Mode().Perm()), Hint: "chmod 600 " + r.SigningKey}
	}
	b, err := os.ReadFile(r.SigningKey)
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: doing, Err: cause(err), Hint: runnerHint}
	}
	defer clear(b)
	if r.runner, err = attest.ReadRunner(b); err != nil {
		return &report.Fault{Side: report.Usage, Doing: doing, Err: err, Hint: runnerHint}
	}
	return nil
}

const runnerHint = "make one with ssh-keygen -t ed25519 -N '' -f FILE; it belongs to the machine that runs understudy, not to a person"

// noteMissingRecord reports that the report folder does not hold the record that staging
// names: somebody took the end of the chain away, or the runs leave it elsewhere.
func (r *refresh) noteMissingRecord() {
	named := r.namedRecord()
	if r.runner == nil || r.ReportDir == "" || named == nil || r.holdsRecord(named.SHA256) {
		return
	}
	r.findings = append(r.findings, report.Finding{
		Code: "chain", Severity: report.Low, Subject: r.target.Name(), Count: 1,
		Message: fmt.Sprintf("staging names record %d (run %s), and the report folder does not hold it", named.Number, named.Run),
		Hint:    "a new report folder continues the chain; else find out who removed it: understudy report --verify DIR --head " + named.SHA256,
	})
}

// namedRecord is the record that staging's mark names, nil when it names none.
func (r *refresh) namedRecord() *attest.Link {
	if r.status == nil || !r.status.Exists || r.status.Database.Mark == nil || r.status.Database.Mark.Record == "" {
		return nil
	}
	m := r.status.Database.Mark
	return &attest.Link{Number: m.RecordNumber, Run: m.RunID, SHA256: m.Record}
}

// chain finds the record that this run's follows: the last of the report folder, or the
// one that staging names when the folder is new. The caller holds the folder's lock.
func (r *refresh) chain() error {
	key, err := r.runner.KeyID()
	if err != nil {
		return err
	}
	if r.previous, err = attest.ReadHead(os.DirFS(r.ReportDir)); err != nil {
		return &report.Fault{
			Side: report.Usage, Doing: "read the head of the chain in " + r.ReportDir, Err: err,
			Hint: "understudy report --verify says where the chain is broken; put the damaged folder away as evidence and begin a new one",
		}
	}
	if r.previous == nil {
		r.previous = r.namedRecord()
	}
	r.run.Record = &report.Record{Number: 1, Key: key}
	if p := r.previous; p != nil {
		r.run.Record.Number, r.run.Record.PreviousRun, r.run.Record.Previous = p.Number+1, p.Run, p.SHA256
	}
	return nil
}

// holdsRecord reports whether one of the folder's records has the digest.
func (r *refresh) holdsRecord(digest string) bool {
	names, _ := filepath.Glob(filepath.Join(r.ReportDir, "*", attest.RecordFile)) // the pattern is well formed
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil {
			if s, err := attest.ReadRecord(b); err == nil && s.LinkTo().SHA256 == digest {
				return true
			}
		}
	}
	return false
}

// record writes the run's files and, when there is a runner's key, signs the record over
// them and chains it to the one before. Runs that share a folder do this one after the other.
func (r *refresh) record(ctx context.Context) error {
	if r.runner == nil || r.ReportDir == "" {
		return r.writeRecord()
	}
	if err := r.makeReportFolder(); err != nil {
		return err
	}
	unlock, err := lockFolder(r.ReportDir)
	if err != nil {
		return reportFault("chain", err)
	}
	defer unlock()
	if err := r.chain(); err != nil {
		return errors.Join(err, r.writeRecord())
	}
	if err := r.writeRecord(); err != nil {
		return err
	}
	return r.seal(ctx)
}

// lockFolder waits for the folder's lock, which goes with the process that holds it.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, cause(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// seal signs the record over the files that were written, and notes the new end of the
// chain in the folder and, when staging is this run's, there.
func (r *refresh) seal(ctx context.Context) error {
	dir := filepath.Join(r.ReportDir, r.run.ID)
	files := map[string][]byte{}
	for name := range r.forms() {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return reportFault(name, cause(err))
		}
		files[name] = b
	}
	rec := attest.Record{
		Number: r.run.Record.Number, Previous: r.previous, Run: r.run.ID, Tool: r.run.Tool.Version, Started: r.run.Started, Finished: r.run.Finished,
		Outcome: string(r.run.Outcome), Exit: r.run.Exit, Source: r.run.Source.Address, Target: r.run.Target.Address,
		Snapshot: r.run.Snapshot.Time, LSN: r.run.Snapshot.LSN, Rules: r.run.Rules.Digest, Catalog: r.run.Catalog, Key: r.run.Key.ID, Generation: r.run.Generation,
	}
	for _, d := range r.run.Key.Domains {
		if rec.DomainKeys == nil {
			rec.DomainKeys = map[string]string{}
		}
		rec.DomainKeys[d.Domain] = d.ID
	}
	if a := r.run.Approval; a != nil {
		rec.Approval = &attest.RecordApproval{Reviewer: a.Reviewer, Key: a.Key, Signed: a.Signed, Expires: a.Expires}
	}
	envelope, err := attest.Seal(ctx, rec, files, r.runner)
	if err != nil {
		return reportFault(attest.RecordFile, err)
	}
	sealed, err := attest.ReadRecord(envelope)
	if err != nil {
		return reportFault(attest.RecordFile, err)
	}
	link := sealed.LinkTo()
	head, err := attest.WriteHead(link)
	if err != nil {
		return reportFault(attest.HeadFile, err)
	}
	if err := replaceFile(filepath.Join(dir, attest.RecordFile), envelope); err != nil {
		return reportFault(attest.RecordFile, err)
	}
	if err := replaceFile(filepath.Join(r.ReportDir, attest.HeadFile), head); err != nil {
		return reportFault(attest.HeadFile, err)
	}
	if !r.swapped {
		return nil
	}
	if err := r.admin.SetRecord(ctx, r.target.Name(), link.SHA256, link.Number); err != nil {
		return fmt.Errorf("staging is published and the record is in %s, but staging does not name it: %w", dir, err)
	}
	return nil
}
