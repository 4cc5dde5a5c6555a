package preflight_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/localpg"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/preflight"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

// site connects to both sides as doctor does.
func site(t *testing.T, source, target string) *preflight.Site {
	t.Helper()
	ctx := t.Context()
	s := &preflight.Site{Jobs: 2, Keep: 1}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.SourceConfig, err = session.Parse(source)
	must(err)
	s.TargetConfig, err = session.ParseTarget(target)
	must(err)
	s.Source, err = session.Connect(ctx, s.SourceConfig, session.Source("guard"))
	must(err)
	s.Admin, err = publish.Open(ctx, s.TargetConfig, "")
	must(err)
	s.Status, err = s.Admin.Inspect(ctx, s.TargetConfig.Name())
	must(err)
	s.Target, err = session.Connect(ctx, s.TargetConfig.Database(s.Admin.Maintenance()), session.Target("guard"))
	must(err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(ctx)
		_, _, _ = s.Source.Close(ctx), s.Target.Close(ctx), s.Admin.Close(ctx)
	})
	must(pgx.BeginTxFunc(ctx, s.Source, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		s.Catalog, err = catalog.Read(ctx, tx)
		return err
	}))
	return s
}

// ask runs one check by name.
func ask(t *testing.T, s *preflight.Site, name string) preflight.Result {
	t.Helper()
	all := slices.Concat(preflight.Servers, preflight.Standing, preflight.Schema)
	i := slices.IndexFunc(all, func(c preflight.Check) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no check %q", name)
	}
	return preflight.Run(t.Context(), s, all[i:i+1])[0]
}

func stops(t *testing.T, r preflight.Result, side report.Side, words ...string) {
	t.Helper()
	if r.Err == nil {
		t.Fatalf("%s found nothing: %s", r.Check, r.Seen)
	}
	if got := report.SideOf(r.Err); got != side {
		t.Errorf("%s blames %s: %v", r.Check, got, r.Err)
	}
	text := r.Err.Error() + " " + report.HintOf(r.Err)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q: %s", r.Check, w, text)
		}
	}
}

// stagingName gives a target that is not there yet, and drops whatever comes of it.
func stagingName(t *testing.T, source string) string {
	t.Helper()
	c, err := pgx.ParseConfig(source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pgtest.Drop(t, c.Database+"_stg") })
	return pgtest.With(t, source, c.Database+"_stg")
}

func TestAHealthyPairPassesEveryCheckAndIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, "CREATE TABLE t (id int PRIMARY KEY, name text COLLATE \"C\")")
	s := site(t, source, stagingName(t, source))
	for _, r := range preflight.Run(t.Context(), s, slices.Concat(preflight.Servers, preflight.Standing, preflight.Schema)) {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Check, r.Err)
		}
		for _, f := range r.Findings {
			if f.Severity > report.Low {
				t.Errorf("%s: %+v", r.Check, f)
			}
		}
	}
	var left bool
	if err := s.Target.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'understudy_probe') OR EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.TargetConfig.Name()).Scan(&left); err != nil || left {
		t.Errorf("the checks left something: %v", err)
	}
}

func TestARoleThatCouldWriteIsToldApartFromOneThatCannot(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, "CREATE TABLE t (id int)", "GRANT USAGE ON SCHEMA public TO public")
	name, reader := pgtest.Role(t, source, "")
	pgtest.Exec(t, source, fmt.Sprintf("GRANT SELECT ON t TO %q", name))
	s := site(t, reader, stagingName(t, source))
	if r := ask(t, s, "source is only read"); r.Err != nil || len(r.Findings) > 0 {
		t.Errorf("a reader: %+v", r)
	}
	pgtest.Exec(t, source, fmt.Sprintf("GRANT UPDATE ON t TO %q", name))
	if r := ask(t, s, "source is only read"); r.Err != nil || len(r.Findings) != 1 || r.Findings[0].Code != "may-write" || r.Findings[0].Count != 1 {
		t.Errorf("a writer: %+v", r)
	}
}

func TestMissingRightsComeWithTheirGrants(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, "CREATE SCHEMA apart; CREATE TABLE apart.withheld (id int)")
	name, reader := pgtest.Role(t, source, "")
	s := site(t, reader, stagingName(t, source))
	stops(t, ask(t, s, "source rights"), report.Source, "apart.withheld",
		fmt.Sprintf(`GRANT USAGE ON SCHEMA "apart" TO %q;`, name), fmt.Sprintf(`GRANT SELECT ON "apart"."withheld" TO %q;`, name))
	pgtest.Exec(t, source, fmt.Sprintf(`GRANT USAGE ON SCHEMA "apart" TO %[1]q; GRANT SELECT ON "apart"."withheld" TO %[1]q`, name))
	if r := ask(t, s, "source rights"); r.Err != nil {
		t.Errorf("what was printed is not enough: %v", r.Err)
	}
	pgtest.Exec(t, source, "ALTER TABLE apart.withheld ENABLE ROW LEVEL SECURITY")
	stops(t, ask(t, s, "source rights"), report.Source, "apart.withheld", "BYPASSRLS")
}

func TestTooFewConnectionsAreFound(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	_, reader := pgtest.Role(t, source, "CONNECTION LIMIT 5")
	s := site(t, reader, stagingName(t, source))
	stops(t, ask(t, s, "source connections"), report.Source, "2 jobs", "CONNECTION LIMIT")
	s.Jobs = 5000
	stops(t, ask(t, s, "target connections"), report.Target, "5000 jobs", "max_connections")
}

func TestUntrustedAndMissingExtensionsAreFoundAndATemplateHelps(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, "CREATE EXTENSION amcheck; CREATE EXTENSION citext")
	_, owner := pgtest.Role(t, source, "CREATEDB")
	target := pgtest.With(t, owner, "never_made")
	s := site(t, source, target)
	stops(t, ask(t, s, "extensions"), report.Target, "amcheck", "superuser", "--template")
	template := pgtest.DSN(t)
	pgtest.Exec(t, template, "CREATE EXTENSION amcheck")
	s.Template = template[strings.LastIndexByte(template, '/')+1:]
	s.Template, _, _ = strings.Cut(s.Template, "?")
	if r := ask(t, s, "extensions"); r.Err != nil {
		t.Errorf("with a template: %v", r.Err)
	}
	s.Catalog.Extensions = append(s.Catalog.Extensions, catalog.Extension{Name: "nobody_has_this", Version: "1"}, catalog.Extension{Name: "citext", Version: "0.1"})
	stops(t, ask(t, s, "extensions"), report.Target, "nobody_has_this", "packages")
	s.Catalog.Extensions = s.Catalog.Extensions[:0]
	s.Catalog.Extensions = append(s.Catalog.Extensions, catalog.Extension{Name: "citext", Version: "0.1"})
	if r := ask(t, s, "extensions"); r.Err != nil || len(r.Findings) != 1 || r.Findings[0].Code != "extension-version" {
		t.Errorf("another version: %+v", r)
	}
}

func TestWhatTheTargetCannotTakeIsFound(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, "CREATE TABLE t (id int)")
	s := site(t, source, stagingName(t, source))
	s.Catalog.Database.Provider, s.Catalog.Database.Collate = "c", "tlh_QX.UTF-8"
	stops(t, ask(t, s, "locale"), report.Target, "tlh_QX.UTF-8", "locale")
	s.Catalog.Database.Encoding = "SQL_ASCII"
	stops(t, ask(t, s, "encoding"), report.Source, "SQL_ASCII")
	s.Catalog.Tables[0].Bytes = 1 << 62
	if s.TargetConfig.Link(s.Target).Socket {
		stops(t, ask(t, s, "disk"), report.Target, "are free")
	}
}

func TestARoleOfAPolicyHasToBeThereOrMapped(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	name, _ := pgtest.Role(t, source, "")
	pgtest.Exec(t, source, "CREATE TABLE t (id int)", fmt.Sprintf("CREATE POLICY p ON t TO %q USING (true)", name))
	s := site(t, source, stagingName(t, source))
	if r := ask(t, s, "roles"); r.Err != nil {
		t.Errorf("the role is there: %v", r.Err)
	}
}

func TestTheSourceByAnotherNameAndASecondRunAreFound(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	s := site(t, source, source)
	stops(t, ask(t, s, "target is not the source"), report.Usage, "the target is the source")

	staging := stagingName(t, source)
	s = site(t, source, staging)
	other, err := publish.Open(t.Context(), s.TargetConfig, "")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	if err := other.Lock(t.Context(), s.TargetConfig.Name()); err != nil {
		t.Fatal(err)
	}
	stops(t, ask(t, s, "target is free"), report.Target, "another run", "pid")
	if err := s.Admin.Lock(t.Context(), s.TargetConfig.Name()); !errors.Is(err, publish.ErrLocked) {
		t.Errorf("the lock was given twice: %v", err)
	}
}

// server starts a server of the test's own.
func server(t *testing.T) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), localpg.Options{})
	if errors.Is(err, localpg.ErrNotFound) && os.Getenv("CI") != "true" && os.Getenv("UNDERSTUDY_NO_SKIP") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func TestAServerThatKeepsNewDatabasesOutIsFound(t *testing.T) {
	t.Parallel()
	dsn := server(t).DSN("postgres")
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	s := site(t, dsn, pgtest.With(t, dsn, "shop"))
	if r := ask(t, s, "target lets the new database in"); r.Err != nil {
		t.Errorf("at first: %v", r.Err)
	}
	conn := pgtest.Conn(t, dsn)
	var file string
	if err := conn.QueryRow(t.Context(), "SHOW hba_file").Scan(&file); err != nil {
		t.Fatal(err)
	}
	method := "scram-sha-256"
	if _, ok := u.User.Password(); !ok {
		method = "trust"
	}
	sql := fmt.Sprintf("COPY (VALUES ('local postgres,template1,shop all %[1]s'), ('host postgres,template1,shop all all %[1]s')) TO '%[2]s'", method, file)
	for _, q := range []string{sql, "SELECT pg_reload_conf()"} {
		if _, err := conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for { // the postmaster reads the file when it comes to it
		r := ask(t, s, "target lets the new database in")
		if r.Err != nil {
			stops(t, r, report.Target, "pg_hba.conf")
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("nothing was found")
		}
	}
}

func TestALoadBalancerBeforeTwoServersIsFound(t *testing.T) {
	t.Parallel()
	var addresses []string
	var dsn string
	for range 2 {
		s := server(t)
		dsn = s.DSN("postgres")
		c, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Exec(t, dsn, "CREATE ROLE probe LOGIN SUPERUSER PASSWORD 'probe'")
		addresses = append(addresses, network(c.Host, int(c.Port)))
	}
	balancer := balance(t, addresses)
	source := fmt.Sprintf("postgres://probe:probe@%s/postgres?sslmode=disable", balancer)
	s := site(t, source, pgtest.With(t, dsn, "shop"))
	stops(t, ask(t, s, "source is one server"), report.Source, "load balancer", "one server")
}

// network returns an address as net.Dial takes it, of a socket's folder or a host.
func network(host string, port int) string {
	if strings.HasPrefix(host, "/") {
		return fmt.Sprintf("%s/.s.PGSQL.%d", host, port)
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// balance passes connections to the addresses in turn.
func balance(t *testing.T, addresses []string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var turn atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			to := addresses[int(turn.Add(1))%len(addresses)]
			kind := "tcp"
			if strings.HasPrefix(to, "/") {
				kind = "unix"
			}
			out, err := net.Dial(kind, to)
			if err != nil {
				_ = in.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
				wg.Go(func() {
					_, _ = io.Copy(pair[0], pair[1])
					_, _ = pair[0].Close(), pair[1].Close()
				})
			}
		}
	})
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func TestAPoolerIsToldAndOneInTransactionModeRefused(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		if path = "/usr/sbin/pgbouncer"; !exists(path) {
			if os.Getenv("CI") == "true" || os.Getenv("UNDERSTUDY_NO_SKIP") == "1" {
				t.Fatal("pgbouncer is not installed")
			}
			t.Skip("pgbouncer is not installed")
		}
	}
	dsn := server(t).DSN("postgres")
	pgtest.Exec(t, dsn, "CREATE ROLE probe LOGIN SUPERUSER PASSWORD 'probe'")
	for _, mode := range []string{"session", "transaction"} {
		pooled := pool(t, path, dsn, mode)
		s := site(t, pooled, pgtest.With(t, dsn, "shop"))
		r := ask(t, s, "source connection")
		if mode == "transaction" {
			stops(t, r, report.Source, "transaction mode", "past the pooler")
			continue
		}
		if r.Err != nil || !slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Code == "pooler" }) {
			t.Errorf("%s: %+v", mode, r)
		}
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// pool runs a pgbouncer before the server and returns its DSN.
func pool(t *testing.T, program, dsn, mode string) string {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("[databases]\n* = host=%s port=%d\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = plain\nauth_file = %s/users\npool_mode = %s\nserver_reset_query = DISCARD ALL\nignore_startup_parameters = extra_float_digits\n",
		c.Host, c.Port, port, dir, mode)
	for name, text := range map[string]string{"users": "\"probe\" \"probe\"\n", "ini": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, filepath.Join(dir, "ini"))
	if os.Geteuid() == 0 { // it refuses to run as root
		nobody, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
		gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	pooled := fmt.Sprintf("postgres://probe:probe@127.0.0.1:%d/postgres", port)
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(t.Context(), pooled)
		if err == nil {
			_ = conn.Close(t.Context())
			return pooled
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the pooler does not answer: %v", err)
		}
	}
}

func TestAConnectionThatOthersCouldReadIsAFinding(t *testing.T) {
	t.Parallel()
	// a server is on this machine in every test: that is said, and no finding
	source := pgtest.DSN(t)
	s := site(t, source, stagingName(t, source))
	r := ask(t, s, "source connection")
	if r.Err != nil || slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Code == "tls" }) || !strings.Contains(r.Seen, "this machine") {
		t.Errorf("%+v", r)
	}
}

// authority makes a certificate authority and a certificate of its for 127.0.0.1.
func authority(t *testing.T) (root string, cert, key []byte) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "stage authority"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	must(err)
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "stage"}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &serverKey.PublicKey, caKey)
	must(err)
	keyDER, err := x509.MarshalECPrivateKey(serverKey)
	must(err)
	root = filepath.Join(t.TempDir(), "root.crt")
	must(os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o600))
	return root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
}

func TestACertificateIsCheckedAndWhatIsNotCheckedIsSaid(t *testing.T) {
	t.Parallel()
	root, cert, key := authority(t)
	other, _, _ := authority(t)
	dsn := server(t).DSN("postgres")
	pgtest.Exec(t, dsn, "CREATE TABLE t (id int)")
	conn := pgtest.Conn(t, dsn)
	for name, text := range map[string][]byte{"stage.crt": cert, "stage.key": key} {
		// the server writes it itself: its key must belong to the account that it runs under
		sql := fmt.Sprintf("COPY (SELECT unnest(string_to_array(%s, E'\\n'))) TO PROGRAM 'umask 077; cat > %s'", session.Literal(strings.TrimSpace(string(text))), name)
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	pgtest.Exec(t, dsn, "ALTER SYSTEM SET ssl_cert_file = 'stage.crt'", "ALTER SYSTEM SET ssl_key_file = 'stage.key'", "ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()")
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	with := func(query string) *session.Config {
		t.Helper()
		u.RawQuery = query
		c, err := session.Parse(u.String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	checked := with("sslmode=verify-full&sslrootcert=" + root)
	var secure *pgx.Conn
	for deadline := time.Now().Add(20 * time.Second); ; { // until the server has read its settings
		if secure, err = session.Connect(t.Context(), checked, session.Source("doctor")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	defer secure.Close(t.Context())
	if l := checked.Link(secure); !l.Encrypted || !l.Verified {
		t.Errorf("%+v", l)
	}
	found, err := schema.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	programs, err := schema.Choose(found, session.Version(secure), session.Version(secure))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := schema.Dump(t.Context(), checked, programs, schema.DumpOptions{})
	if err != nil {
		t.Errorf("pg_dump is not let in: %v", err)
	} else {
		defer archive.Close()
	}
	if _, err := session.Connect(t.Context(), with("sslmode=verify-full&sslrootcert="+other), session.Source("doctor")); err == nil || !strings.Contains(report.HintOf(err), "sslrootcert") {
		t.Errorf("another authority: %v", err)
	}
	loose := with("sslmode=require")
	lax, err := session.Connect(t.Context(), loose, session.Source("doctor"))
	if err != nil {
		t.Fatal(err)
	}
	defer lax.Close(t.Context())
	if l := loose.Link(lax); !l.Encrypted || l.Verified {
		t.Errorf("%+v", l)
	}
}
