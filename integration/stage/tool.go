package stage

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tcexec "github.com/testcontainers/testcontainers-go/exec"
)

// Put writes a file into the container; its folder is made with it.
func (s *Server) Put(t testing.TB, name, content string, mode int64) {
	t.Helper()
	if err := s.container.CopyToContainer(t.Context(), []byte(content), name, mode); err != nil {
		t.Fatal(err)
	}
}

// Result is how a command ended.
type Result struct {
	Exit int
	Out  string // standard output and standard error, as they came
	Dir  string // a run of the tool: its folder in the container
	on   *Server
}

// Run runs a command in the container.
func (s *Server) Run(t testing.TB, env []string, args ...string) Result {
	t.Helper()
	code, reader, err := s.container.Exec(t.Context(), args, tcexec.Multiplexed(), tcexec.WithEnv(env))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := io.Copy(&b, reader); err != nil {
		t.Fatal(err)
	}
	return Result{Exit: code, Out: b.String(), on: s}
}

// Log is what the server wrote to its log so far.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	r, err := s.container.Logs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Dump is what pg_dump says of a database.
func (s *Server) Dump(t testing.TB, database string, args ...string) string {
	t.Helper()
	r := s.Run(t, nil, append([]string{"pg_dump", "-h", "/var/run/postgresql", "-U", "postgres", "-d", database}, args...)...)
	if r.Exit != 0 {
		t.Fatalf("pg_dump %s: %s", database, first(r.Out))
	}
	return r.Out
}

// Key and OtherKey are keys for stories, in hex; any other works as well.
const (
	Key      = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	OtherKey = "f0e0d0c0b0a090807060504030201000f1e1d1c1b1a191817161514131211101"
)

// Call is one command line of the tool.
type Call struct {
	Rules string   // content of the rules file; empty writes none
	Key   string   // hex; empty is [Key]
	Env   []string // more of the environment
	Args  []string // {rules}, {key}, {report} and {dir} stand for the run's own files and folders
}

// Understudy runs the tool in the server's container, in a folder of its own: rules/rules.yaml,
// key, report, and tmp, which is its TMPDIR.
func (s *Server) Understudy(t testing.TB, c Call) Result {
	t.Helper()
	return s.Watched(t, "", c)
}

// Watched is Understudy by way of a shell script, whose arguments are the command line.
// The file that $PEAK names is the run's file "peak".
func (s *Server) Watched(t testing.TB, script string, c Call) Result {
	t.Helper()
	s.install.Do(func() { // a source does without
		binary, err := s.binary()
		if err == nil {
			err = s.container.CopyFileToContainer(t.Context(), binary, "/usr/local/bin/understudy", 0o755)
		}
		if err != nil {
			t.Error(err)
		}
	})
	dir := fmt.Sprintf("/tmp/runs/%d", s.runs.Add(1))
	if c.Key == "" {
		c.Key = Key
	}
	s.Put(t, dir+"/rules/rules.yaml", c.Rules, 0o644)
	s.Put(t, dir+"/secret/key", c.Key+"\n", 0o600)
	s.Put(t, dir+"/tmp/.keep", "", 0o600)
	line := []string{"/usr/local/bin/understudy"}
	known := strings.NewReplacer("{rules}", dir+"/rules/rules.yaml", "{key}", dir+"/secret/key", "{report}", dir+"/report", "{dir}", dir)
	for _, a := range c.Args {
		line = append(line, known.Replace(a))
	}
	if script != "" {
		line = append([]string{"sh", "-c", script, "sh"}, line...)
	}
	r := s.Run(t, append([]string{"TMPDIR=" + dir + "/tmp", "PEAK=" + dir + "/peak"}, c.Env...), line...)
	r.Dir = dir
	return r
}

// CopyArgs are the arguments of a refresh of to, on this server, from source's database.
func (s *Server) CopyArgs(source *Server, from, to string, more ...string) []string {
	return append([]string{"copy", "--source", source.DSN(from), "--target", s.DSN(to), "--rules", "{rules}", "--key-file", "{key}", "--report", "{report}"}, more...)
}

// Copy refreshes to, on this server, from source's database, and fails the test when
// the run does not end with the exit code.
func (s *Server) Copy(t testing.TB, exit int, source *Server, from, to, rules string, more ...string) Result {
	t.Helper()
	r := s.Understudy(t, Call{Rules: rules, Args: s.CopyArgs(source, from, to, more...)})
	r.Must(t, exit)
	return r
}

// Must fails the test when the command did not end with the exit code, or did not say
// each of the words.
func (r Result) Must(t testing.TB, exit int, words ...string) {
	t.Helper()
	if r.Exit != exit {
		t.Fatalf("it ended with %d, expected %d:\n%s", r.Exit, exit, r.Out)
	}
	for _, w := range words {
		if !strings.Contains(r.Out, w) {
			t.Errorf("it does not say %q:\n%s", w, r.Out)
		}
	}
}

// File reads a file of the run; a * in its name stands for the run's id.
func (r Result) File(t testing.TB, name string) string {
	t.Helper()
	got := r.on.Run(t, nil, "sh", "-c", "cat "+r.Dir+"/"+name)
	if got.Exit != 0 {
		t.Fatalf("read %s: %s", name, got.Out)
	}
	return got.Out
}

// Left lists the temporary files that the run left behind.
func (r Result) Left(t testing.TB) []string {
	t.Helper()
	return strings.Fields(r.on.Run(t, nil, "find", r.Dir+"/tmp", "-mindepth", "1", "-not", "-name", ".keep").Out)
}

// Example reads a rules file that ships with the tool.
func Example(t testing.TB, name string) string { return Read(t, "rules", "examples", name) }

// Read reads a file of the repository.
func Read(t testing.TB, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Clean(Root(parts...)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Tree is everything in one of the run's folders: each file's name and its content.
func (r Result) Tree(t testing.TB, folder string) string {
	t.Helper()
	return r.on.Run(t, nil, "sh", "-c", "cd "+r.Dir+" && find "+folder+" -type f -print -exec cat {} +").Out
}
