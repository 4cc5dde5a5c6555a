package pipeline

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/profile"
)

const canary = "Zyxwvutsrq"

// plant puts the canary into every text column of the shop that takes it.
func plant(t *testing.T, dsn string) (planted int) {
	t.Helper()
	conn := pgtest.Conn(t, dsn)
	rows, err := conn.Query(t.Context(), `SELECT format('UPDATE %s SET %I = ''%s'' WHERE ctid IN (SELECT ctid FROM %s LIMIT 19)', a.attrelid::regclass, a.attname, $1::text, a.attrelid::regclass)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname IN ('public', 'sales', 'support') AND a.attnum > 0 AND a.atttypid = 'text'::regtype AND a.attgenerated = ''`, canary)
	if err != nil {
		t.Fatal(err)
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err == nil { // a unique or checked one takes none
			planted++
		}
	}
	return planted
}

// The distances that docs/developers.md promises: shares of NULLs and categories, and of
// bins of histograms and fan-outs, summed over what differs and halved.
const (
	mostNulls = 0.03
	mostTotal = 0.10
)

func TestAProfileHasNothingPersonalAndSeedsTheShopAsItIs(t *testing.T) {
	t.Parallel()
	const customers = 2000
	production := pgtest.DSN(t)
	if err := fixtures.Load(t.Context(), fixtures.Into(pgtest.Conn(t, production).PgConn()), customers); err != nil {
		t.Fatal(err)
	}
	if n := plant(t, production); n < 15 {
		t.Fatalf("only %d columns took the canary", n)
	}
	// A value of a category that one person fewer than k has, in many rows, and one that k have.
	pgtest.Exec(t, production, `UPDATE public.messages SET body = 'few have this' WHERE customer_id IN (SELECT DISTINCT customer_id FROM messages ORDER BY 1 LIMIT 19);
		UPDATE sales.products SET name = CASE WHEN sku IN (SELECT sku FROM sales.products ORDER BY 1 LIMIT 19) THEN 'Rare thing' ELSE 'Common thing' END`)
	o := ProfileOptions{Source: production, Rules: "../../rules/examples/shop.yaml", K: profile.DefaultK, Log: zerolog.Nop()}
	p, err := Profile(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Write()
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, secret := range []string{canary, "few have this", "Rare thing", "@"} {
		if i := strings.Index(text, secret); i >= 0 && !strings.Contains(secret, "@") {
			t.Errorf("the profile holds %q", secret)
		}
	}
	if !strings.Contains(text, "Common thing") {
		t.Error("a value that many have is not in the profile")
	}
	if again, err := profile.Load(b); err != nil || again.Table("sales.orders") == nil {
		t.Fatal(err)
	}
	for _, table := range p.Tables {
		for _, c := range table.Columns {
			if c.Personal && (len(c.Values) > 0 || len(c.Histogram) > 0 || c.Distinct > 0) {
				t.Errorf("%s.%s is personal and has values", table.Name, c.Name)
			}
		}
	}
	if !p.Table("public.customers").Column("last_name").Personal || !p.Table("public.customers").Column("birth_date").Personal {
		t.Error("a name or a birthday is not personal")
	}

	s := seedable(t, fixtures.Schema())
	s.Rules, s.Profile, s.Locales = o.Rules, filepath.Join(t.TempDir(), "profile.json"), []string{"en_GB", "de_DE"}
	if err := os.WriteFile(s.Profile, b, 0o600); err != nil {
		t.Fatal(err)
	}
	mustSeed(t, s)
	validateKeys(t, s.Target)
	if n := count(t, s.Target, "SELECT count(*) FROM customers c WHERE c::text LIKE '%"+canary+"%'"); n != 0 {
		t.Errorf("%d made-up customers hold the canary", n)
	}
	o.Source = s.Target
	made, err := Profile(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	compareProfiles(t, p, made)

	pgtest.Exec(t, s.Target, "ALTER TABLE sales.products ALTER price TYPE numeric(12,2), ADD colour text; TRUNCATE sales.products CASCADE")
	s.Again = true
	if _, err := Seed(t.Context(), s); err == nil || !strings.Contains(err.Error(), "sales.products.price is numeric(10,2) in the profile and numeric(12,2) here; the profile has no column sales.products.colour") {
		t.Errorf("a profile of another schema: %v", err)
	}
}

// compareProfiles holds the distances of two profiles of one schema.
func compareProfiles(t *testing.T, want, got *profile.Profile) {
	t.Helper()
	worst, where := 0.0, ""
	note := func(d, most float64, format string, args ...any) {
		if d > worst {
			worst, where = d, fmt.Sprintf(format, args...)
		}
		if d > most {
			t.Errorf("%s differs by %.3f", fmt.Sprintf(format, args...), d)
		}
	}
	for _, wt := range want.Tables {
		gt := got.Table(wt.Name)
		if wt.Rows < 200 {
			continue
		}
		if ratio := float64(gt.Rows) / float64(wt.Rows); ratio < 0.95 || ratio > 1.05 {
			t.Errorf("%s has %d rows, want %d", wt.Name, gt.Rows, wt.Rows)
		}
		for _, wc := range wt.Columns {
			gc := gt.Column(wc.Name)
			note(math.Abs(wc.Nulls-gc.Nulls), mostNulls, "NULLs of %s.%s", wt.Name, wc.Name)
			if len(wc.Values) > 0 && sumOf(wc.Values) > 0.9 {
				note(variation(wc.Values, gc.Values), mostTotal, "values of %s.%s", wt.Name, wc.Name)
			}
			if len(wc.Histogram) > 1 {
				note(distance(wc.Histogram, gc.Histogram), mostTotal, "histogram of %s.%s", wt.Name, wc.Name)
			}
		}
		for i, wk := range wt.Keys {
			if len(wk.FanOut) > 0 && len(gt.Keys[i].FanOut) > 0 {
				note(math.Abs(meanOf(wk.FanOut)-meanOf(gt.Keys[i].FanOut))/max(1, meanOf(wk.FanOut)), 0.15, "mean children by %v of %s", wk.Columns, wt.Name)
				note(math.Abs(zeroOf(wk.FanOut)-zeroOf(gt.Keys[i].FanOut)), mostTotal, "childless by %v of %s", wk.Columns, wt.Name)
			}
		}
	}
	t.Logf("the largest distance is %.3f, of %s", worst, where)
}

func sumOf(list []profile.Share) (sum float64) {
	for _, s := range list {
		sum += s.Share
	}
	return sum
}

func variation(a, b []profile.Share) float64 {
	left, sum := map[string]float64{}, 0.0
	for _, s := range a {
		left[s.Value] += s.Share
	}
	for _, s := range b {
		left[s.Value] -= s.Share
	}
	for _, d := range left {
		sum += math.Abs(d)
	}
	return sum / 2
}

// distance is the largest difference of two cumulated histograms at a bound of the first.
func distance(a, b []profile.Bin) (worst float64) {
	at := func(h []profile.Bin, x float64) (sum float64) {
		for _, bin := range h {
			from, to := boundOf(bin.From), boundOf(bin.To)
			switch {
			case x >= to:
				sum += bin.Share
			case x > from:
				sum += bin.Share * (x - from) / (to - from)
			}
		}
		return sum
	}
	for _, bin := range a {
		x := boundOf(bin.To)
		worst = max(worst, math.Abs(at(a, x)-at(b, x)))
	}
	return worst
}

func boundOf(s string) float64 {
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return f
	}
	var y, m, d int
	_, _ = fmt.Sscanf(s, "%d-%d-%d", &y, &m, &d)
	return float64(y)*372 + float64(m)*31 + float64(d)
}

func meanOf(f []profile.Fan) (mean float64) {
	for _, one := range f {
		mean += one.Share * float64(one.From+one.To) / 2
	}
	return mean
}

func zeroOf(f []profile.Fan) float64 {
	if len(f) > 0 && f[0].To == 0 {
		return f[0].Share
	}
	return 0
}
