package session

import (
	"context"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

func TestWhatNoticesSilenceIsLibpqs(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]string{
		"":                              "tcp_user_timeout=120000 keepalives_idle=30 keepalives_interval=10 keepalives_count=6",
		"keepalives_idle=5":             "tcp_user_timeout=120000 keepalives_idle=5 keepalives_interval=10 keepalives_count=6",
		"keepalives=0":                  "tcp_user_timeout=120000 keepalives=0",
		"keepalives=1&keepalives_idle=": "tcp_user_timeout=120000 keepalives_idle=30 keepalives_interval=10 keepalives_count=6",
		"tcp_user_timeout=0&keepalives_idle=0&keepalives_interval=2&keepalives_count=3": "tcp_user_timeout=0 keepalives_idle=0 keepalives_interval=2 keepalives_count=3",
	} {
		c, err := Parse("postgres://ann:" + secret + "@db.example/shop?sslmode=disable&" + params)
		if err != nil {
			t.Errorf("%s: %v", params, err)
			continue
		}
		if got := c.Database("x y").Pin("db.example", 5432).Conninfo(); got != "dbname='x y' "+want {
			t.Errorf("%s: %s", params, got)
		}
	}
	for _, params := range []string{"keepalives_idle=soon", "tcp_user_timeout=-1", "keepalives_count=99999999999"} {
		_, err := Parse("postgres://ann@db.example/shop?" + params)
		key, _, _ := strings.Cut(params, "=")
		if err == nil || report.SideOf(err) != report.Usage || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", params, err)
		}
	}
	if c, err := Parse(`host=db.example user=ann dbname='it\'s a \\ db=x'`); err != nil || !strings.HasPrefix(c.Conninfo(), `dbname='it\'s a \\ db=x' `) {
		t.Errorf("a name with everything: %v", err)
	}
}

func TestBothEndsNoticeSilence(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	for params, want := range map[string]map[string]string{
		"": {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "6", "tcp_user_timeout": "120000"},
		"keepalives_idle=7&keepalives_interval=2&keepalives_count=3&tcp_user_timeout=4000": {
			"tcp_keepalives_idle": "7", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3", "tcp_user_timeout": "4000",
		},
	} {
		with := dsn
		for pair := range strings.SplitSeq(params, "&") {
			if key, value, ok := strings.Cut(pair, "="); ok {
				with = With(with, key, value)
			}
		}
		c, err := Parse(with)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := Connect(t.Context(), c, Target("test"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		for name, value := range want {
			var got string
			if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil || got != value {
				t.Errorf("%q: the server's %s is %q, want %q: %v", params, name, got, value, err)
			}
		}
		ours(t, c, conn.PgConn().Conn())
	}
}

func TestAGreetingOfAnotherVersionIsFoundOut(t *testing.T) {
	t.Parallel()
	c, err := Parse(pgtest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := Connect(t.Context(), c, Target("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	right := Version(conn)
	for greeting, guess := range map[string]int{"15.18 (Debian 15.18-1)": 150000, "9.6.24": 90000, "18beta1": 180000, "": oldest, "PgBouncer": oldest} {
		if got := greeted(greeting); got != guess {
			t.Errorf("%q is taken for %d", greeting, got)
		}
	}
	// A guess that is too new has the server refuse a setting, and the version comes all the same.
	version, _, err := settle(t.Context(), conn.PgConn(), Target("guess"), defaultSilence, 990000)
	if version != right || right < 170000 && State(err) != "42704" {
		t.Errorf("version %d, %v", version, err)
	}
	if version, refused, err := settle(t.Context(), conn.PgConn(), Target("again"), defaultSilence, 120000); version != right || err != nil || len(refused) != 0 {
		t.Errorf("version %d, refused %v, %v", version, refused, err)
	}
	var name string
	if err := conn.QueryRow(t.Context(), "SHOW application_name").Scan(&name); err != nil || name != "understudy/again" {
		t.Errorf("the session is called %q, %v", name, err)
	}
}
