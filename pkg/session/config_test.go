package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

// secret is what must occur in no error and no printed form.
const secret = "tr0ub4dor"

func TestParseForms(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"postgres://ann:" + secret + "@db.example:6000/shop?sslmode=disable":                   "ann@db.example:6000/shop",
		"postgresql://ann:" + secret + "@one.example:1,two.example:2/shop?sslmode=disable":     "ann@one.example:1/shop",
		"host=db.example port=6000 dbname='my shop' user=ann password=" + secret:               "ann@db.example:6000/my shop",
		`host = db.example user='o\'hara' dbname=shop port=6000 password = '` + secret + ` x'`: "o'hara@db.example:6000/shop",
		"host=/run/pg user=ann port=5433 dbname=shop":                                          "ann@/run/pg:5433/shop",
		"postgres://ann@[::1]:6000/shop":                                                       "ann@[::1]:6000/shop",
		"postgres://ann@db.example:6000":                                                       "ann@db.example:6000/ann",
	} {
		c, err := Parse(dsn)
		if err != nil {
			t.Errorf("form of %s: %v", want, err)
			continue
		}
		if got := c.Redacted(); got != want {
			t.Errorf("Redacted is %q, want %q", got, want)
		}
		text, _ := c.MarshalText()
		if all := fmt.Sprintf("%v %+v %#v %s", c, c, c, text); strings.Contains(all, secret) {
			t.Errorf("the password is shown in %s", want)
		}
	}
}

func TestATargetIsNamed(t *testing.T) {
	t.Parallel()
	for dsn, named := range map[string]bool{
		"postgres://ann@db.example/shop": true, "host=db.example user=ann dbname=shop": true,
		"postgres://ann@db.example/": false, "postgres://ann@db.example": false, "host=db.example user=ann": false,
	} {
		if _, err := ParseTarget(dsn); (err == nil) != named {
			t.Errorf("%s: %v", dsn, err)
		} else if err != nil && report.SideOf(err) != report.Usage {
			t.Errorf("%s: %v is no fault of usage", dsn, err)
		}
	}
}

func TestParseRefusesWithoutShowingThePassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://ann:" + secret + "@db:port/shop",
		"postgres://ann:x/" + secret + "@db/shop",
		"postgres://ann:%zz" + secret + "@db/shop",
		"postgres://ann@" + secret + ":x@db/shop",
		"mysql://ann:" + secret + "@db/shop",
		"postgres://ann:x@" + secret + "@db/shop",
		"postgres://ann:x@y/" + secret + "@db/shop",
		"host=db password='" + secret,
		"host=db port=70000 password=" + secret,
		"host=db sslmode=" + secret,
		"host=db sslrootcert=/nowhere/" + secret,
		"host=db target_session_attrs=" + secret,
		"postgres://ann@db/shop?sslcrl=" + secret,
		"postgres://ann@db/shop?" + secret,
		"service=" + secret + " servicefile=/nowhere",
		secret,
	} {
		c, err := Parse(dsn)
		if err == nil {
			t.Errorf("%s: accepted as %s", strings.ReplaceAll(dsn, secret, "…"), c)
			continue
		}
		if report.SideOf(err) != report.Usage || report.HintOf(err) == "" {
			t.Errorf("%v: no usage fault with a hint", err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", e, e, e), secret) {
				t.Errorf("the password is in the error for %s", strings.ReplaceAll(dsn, secret, "…"))
			}
		}
	}
}

func TestPinKeepsOneHostWithItsTLSFallback(t *testing.T) {
	t.Parallel()
	c, err := Parse("postgres://ann@one.example:1,two.example:2/shop?sslmode=prefer")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.candidates()); n != 2 {
		t.Fatalf("%d hosts, want 2", n)
	}
	p := c.Pin("two.example", 2)
	if p.Redacted() != "ann@two.example:2/shop" || len(p.candidates()) != 1 {
		t.Errorf("pinned to %s with %d hosts", p.Redacted(), len(p.candidates()))
	}
	if len(p.pg.Fallbacks) != 1 || p.pg.TLSConfig == nil || p.pg.TLSConfig.ServerName != "two.example" || p.pg.Fallbacks[0].TLSConfig != nil {
		t.Error("sslmode=prefer needs TLS for its own host first and plain second")
	}
	if c.Redacted() != "ann@one.example:1/shop" {
		t.Error("pinning changed the original")
	}
}

func TestDatabaseIsACopy(t *testing.T) {
	t.Parallel()
	c, err := Parse("postgres://ann@db/shop")
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Database("other"); d.Name() != "other" || c.Name() != "shop" || d.User() != "ann" {
		t.Errorf("copy names %s, original %s", d.Name(), c.Name())
	}
}

// Not parallel: it changes the environment.
func TestEnvironmentOfChildren(t *testing.T) {
	dir := t.TempDir()
	service := filepath.Join(dir, "services")
	text := "[prod]\nhost=svc.example\nport=6001\nuser=svc\ndbname=svcdb\nsslmode=require\npassword=" + secret + "\n"
	if err := os.WriteFile(service, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", service)
	t.Setenv("PGSERVICE", "prod")
	t.Setenv("PGSSLMODE", "disable")
	t.Setenv("PGOPTIONS", "-c geqo=off")
	t.Setenv("PGDATABASE", "elsewhere")
	t.Setenv("UNRELATED", "kept")
	t.Setenv("UNDERSTUDY_KEY", "our secret")
	c, err := Parse("user=ann")
	if err != nil {
		t.Fatal(err)
	}
	env := c.Env()
	if slices.ContainsFunc(env, func(kv string) bool { return strings.Contains(kv, "our secret") }) {
		t.Error("another program is given the key")
	}
	for _, want := range []string{
		"PGHOST=svc.example", "PGPORT=6001", "PGUSER=ann", "PGDATABASE=svcdb", "PGPASSWORD=" + secret,
		"PGSSLMODE=require", "PGOPTIONS=-c geqo=off", "UNRELATED=kept",
	} {
		if !slices.Contains(env, want) {
			t.Errorf("the environment lacks %s", strings.ReplaceAll(want, secret, "…"))
		}
	}
	for _, kv := range env {
		if strings.HasPrefix(kv, "PGSERVICE") {
			t.Error("a service in the environment would win over PGHOST")
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("postgres://u:", "@h:1/d?sslmode=disable")
	f.Add("host=h password='", "' user=u")
	f.Add("postgres://u:", "@h1,h2:2/d?x=%41")
	f.Add("password=", `\`)
	f.Fuzz(func(t *testing.T, before, after string) {
		const hidden = "Q7secretQ7" // long enough not to arise by chance
		c, err := Parse(before + hidden + after)
		if err != nil {
			if strings.Contains(err.Error(), hidden) || report.SideOf(err) != report.Usage {
				t.Error("an error shows what may be a password, or is no usage fault")
			}
			return
		}
		if c.pg.Password == hidden && strings.Contains(c.Redacted(), hidden) {
			t.Error("the password is shown")
		}
		if len(c.candidates()) == 0 {
			t.Error("no host")
		}
	})
}

func TestAHostThatIsNotThisMachineIsVerifiedUnlessToldOtherwise(t *testing.T) {
	for _, name := range []string{"PGSSLMODE", "PGSSLROOTCERT", "PGHOST", "SSL_CERT_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	for dsn, want := range map[string]string{
		"postgres://ann@db.example/shop":                   "verify-full",
		"postgres://ann@db.example/shop?connect_timeout=3": "verify-full",
		"host=db.example dbname=shop":                      "verify-full",
		"postgres://ann@localhost,db.example/shop":         "verify-full",
		"postgres://ann@10.1.2.3/shop":                     "verify-full",
		"postgres://ann@db.example/shop?sslmode=require":   "require",
		"postgres://ann@db.example/shop?sslmode=disable":   "disable",
		"postgres://ann@localhost/shop":                    "",
		"postgres://ann@127.0.0.1:5433/shop":               "",
		"postgres://ann@[::1]/shop":                        "",
		"host=/var/run/postgresql dbname=shop":             "",
	} {
		c, err := Parse(dsn)
		if err != nil {
			t.Fatalf("%s: %v", dsn, err)
		}
		if c.settings["sslmode"] != want {
			t.Errorf("%s: sslmode %q, expected %q", dsn, c.settings["sslmode"], want)
		}
		verified := want == "verify-full"
		for _, one := range c.candidates() {
			if verified && (one.TLSConfig == nil || one.TLSConfig.InsecureSkipVerify || len(one.Fallbacks) > 0) {
				t.Errorf("%s: %s is not verified, or may fall back", dsn, one.Host)
			}
		}
		env := strings.Join(c.Env(), "\n")
		if verified != strings.Contains(env, "PGSSLMODE=verify-full") {
			t.Errorf("%s: the children are told otherwise", dsn)
		}
	}
	t.Setenv("PGSSLMODE", "require")
	if c, err := Parse("postgres://ann@db.example/shop"); err != nil || c.settings["sslmode"] != "require" {
		t.Errorf("the environment is not heard: %v", err)
	}
}

func TestAKeywordIsAddedToEitherForm(t *testing.T) {
	t.Parallel()
	const odd = `p' a\s&s=w%o+rd`
	for _, dsn := range []string{"postgres://ann@localhost/shop", "postgres://ann@localhost/shop?sslmode=disable", "host=localhost user=ann dbname=shop", "postgres://ann:old@localhost/shop"} {
		c, err := Parse(With(dsn, "password", odd))
		if err != nil || c.pg.Password != odd || c.Name() != "shop" || c.User() != "ann" {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
