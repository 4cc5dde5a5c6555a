package cli

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain lets a test run this program as main does, in a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("UNDERSTUDY_TEST_AS_MAIN") == "1" {
		os.Exit(Main(Harden(os.Args[1:]), os.Stdin, os.Stdout, os.Stderr)) //nolint:forbidigo // here it is main
	}
	m.Run() // whose code the testing package takes
}

// silent listens and never answers, so that whoever connects waits.
func silent(t *testing.T) (address string, connected <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	came := make(chan struct{})
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		close(came)
		t.Cleanup(func() { _ = c.Close() })
	}()
	return l.Addr().String(), came
}

func TestARunningProcessShowsNoPasswordAndLeavesNoCore(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return // only there it is promised
	}
	const canary = "canary-pw-of-production"
	file := write(t, t.TempDir(), "pw", canary+"\n", 0o600)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range [][]string{
		{"--source", "postgres://ann:" + canary + "@ADDRESS/shop?sslmode=disable"},
		{"--source=postgres://ann@ADDRESS/shop?sslmode=disable&password=" + canary},
		{"--source", "host=127.0.0.1 port=PORT user=ann dbname=shop password='" + canary + "'"},
		{"--source", "postgres://ann@ADDRESS/shop?sslmode=disable", "--source-password-file", file},
		{"--source", "postgres://ann@ADDRESS/shop?sslmode=disable", "--source-password-command", "cat " + file},
	} {
		address, connected := silent(t)
		_, port, _ := net.SplitHostPort(address)
		args := []string{"scan"}
		for _, a := range source {
			a = strings.NewReplacer("ADDRESS", address, "PORT", port).Replace(a)
			args = append(args, a)
		}
		cmd := exec.Command(self, args...)
		cmd.Env = append(os.Environ(), "UNDERSTUDY_TEST_AS_MAIN=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-connected:
		case <-time.After(20 * time.Second):
			t.Errorf("%v: it did not connect", source[0])
		}
		proc := fmt.Sprintf("/proc/%d/", cmd.Process.Pid)
		line, err := os.ReadFile(proc + "cmdline")
		if err != nil || strings.Contains(string(line), canary) || !strings.Contains(string(line), "scan") {
			t.Errorf("the list of processes shows %q (%v)", line, err)
		}
		limits, err := os.ReadFile(proc + "limits")
		if err != nil || !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0") {
			t.Errorf("a core file may be written: %s (%v)", limits, err)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func TestPasswordsComeFromFilesAndCommandsAndAreNotQuoted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := write(t, dir, "open", "canary-pw\n", 0o644)
	two := write(t, dir, "two", "canary-pw\nand more\n", 0o600)
	for _, args := range [][]string{
		{"--source-password-file", open},
		{"--source-password-file", two},
		{"--source-password-file", filepath.Join(dir, "nowhere")},
		{"--source-password-command", "echo canary-pw; exit 3"},
		{"--source-password-command", "true"},
		{"--source-password-command", "true", "--source-password-file", two},
	} {
		code, out, errs := run(t, "", append([]string{"scan", "--source", "postgres://ann@localhost:1/shop"}, args...)...)
		if code != exitUsage || strings.Contains(out+errs, "canary-pw") {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
	}
}

func TestPasswordsAreFoundInWhateverFormAnAddressHas(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return
	}
	for arg, want := range map[string]string{
		"postgres://ann:s3cret@db/shop":                          "s3cret",
		"--source=postgresql://ann:s3:c@ret@db,b/shop?x=1":       "s3:c@ret",
		"postgres://ann@db/shop?password=s3cret&sslmode=require": "s3cret",
		"host=db password = 's3 c\\'ret' user=ann":               `'s3 c\'ret'`,
		"host=db password=s3cret user=ann":                       "s3cret",
		"postgres://ann@db:5432/shop":                            "",
		"rules.yaml":                                             "",
	} {
		got := ""
		for _, s := range passwordsIn(arg) {
			got += arg[s[0]:s[1]]
		}
		if got != want {
			t.Errorf("%s: %q", arg, got)
		}
	}
}
