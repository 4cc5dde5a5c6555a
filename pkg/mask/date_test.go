package mask

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// The calendar is compared with the standard library's, and with itself where that ends.
func TestCalendarIsTheGregorianOne(t *testing.T) {
	t.Parallel()
	for day := int64(-800_000); day < 3_000_000; day += 37 {
		want := time.Unix(day*86400, 0).UTC()
		y, m, d := dateOf(day)
		if int(y) != want.Year() || m != int(want.Month()) || d != want.Day() || daysOf(y, m, d) != day {
			t.Fatalf("day %d: %d-%d-%d, want %s", day, y, m, d, want.Format(time.DateOnly))
		}
	}
	for _, day := range []int64{minDay, maxDate, maxTimestamp} {
		if y, m, d := dateOf(day); daysOf(y, m, d) != day {
			t.Errorf("day %d does not lead back", day)
		}
	}
	for y := int64(-4712); y < 3000; y++ {
		for m := 1; m <= 12; m++ {
			next := daysOf(y, m+1, 1)
			if m == 12 {
				next = daysOf(y+1, 1, 1)
			}
			if n := next - daysOf(y, m, 1); n != int64(daysIn(y, m)) {
				t.Fatalf("%d-%d has %d days, not %d", y, m, daysIn(y, m), n)
			}
		}
	}
}

func dateSpec(class Class, params map[string]any) Spec {
	return Spec{Name: "date", Domain: "d", Column: Column{Class: class}, Params: params}
}

func TestEveryDayMovesWithinItsPeriod(t *testing.T) {
	t.Parallel()
	for to, layout := range map[string]string{"same-year": "2006", "same-month": "2006-01"} {
		mask := mustMask(t, dateSpec(ClassDate, map[string]any{"to": to}))
		for day := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2005; day = day.AddDate(0, 0, 1) {
			in := day.Format(time.DateOnly)
			out, err := time.Parse(time.DateOnly, mask(in))
			if err != nil {
				t.Fatal(err)
			}
			if out.Equal(day) || out.Format(layout) != day.Format(layout) {
				t.Errorf("%s: %s became %s", to, in, out.Format(time.DateOnly))
			}
		}
	}
}

func TestPeriodsBegin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ to, in, want string }{
		{"month", "2024-02-29", "2024-02-01"},
		{"year", "2024-02-29", "2024-01-01"},
		{"age-band", "1984-02-29", "1980-01-01"},
		{"age-band", "1985-01-01", "1985-01-01"},
		{"month", "0044-03-15 BC", "0044-03-01 BC"},
		{"year", "4713-11-24 BC", "4713-01-01 BC"},
	} {
		if out := mustMask(t, dateSpec(ClassDate, map[string]any{"to": c.to}))(c.in); out != c.want {
			t.Errorf("%s of %s: %s, want %s", c.to, c.in, out, c.want)
		}
	}
	month := mustMask(t, dateSpec(ClassTimestamp, map[string]any{"to": "month"}))
	if out := month("2024-02-29 13:05:11.5+00"); out != "2024-02-01 00:00:00+00" {
		t.Errorf("month of a timestamp: %s", out)
	}
}

func TestShiftsAreEvenAndNeverZero(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, dateSpec(ClassDate, map[string]any{"shift": "3d"}))
	count := map[int]int{}
	start := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)
	const n = 12000
	for i := range n {
		day := start.AddDate(0, 0, i)
		out, err := time.Parse(time.DateOnly, mask(day.Format(time.DateOnly)))
		if err != nil {
			t.Fatal(err)
		}
		count[int(math.Round(out.Sub(day).Hours()/24))]++
	}
	for shift := -3; shift <= 3; shift++ {
		c := count[shift]
		if shift == 0 && c > 0 || shift != 0 && (c < 1800 || c > 2200) { // 5 standard deviations
			t.Errorf("shift %d came %d times in %d", shift, c, n)
		}
		delete(count, shift)
	}
	if len(count) > 0 {
		t.Errorf("shifts beyond three days: %d kinds", len(count))
	}
}

func TestIntervalsSurviveWithinASubject(t *testing.T) {
	t.Parallel()
	bind := func(s Spec) func(v, subject string) string {
		s.Subject = "customers.id"
		m, err := New(s, &Binder{Key: prf.TestKey()})
		if err != nil {
			t.Fatal(err)
		}
		return func(v, subject string) string {
			out, err := m.Mask(nil, Input{Value: []byte(v), Subject: []byte(subject)})
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
	}
	event := bind(dateSpec(ClassDate, map[string]any{"shift": "90d"}))
	stamp := bind(dateSpec(ClassTimestamp, map[string]any{"shift": "90d"}))
	birth := bind(dateSpec(ClassDate, map[string]any{"shift": "90d", "birth": true}))
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s[:10])
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	apart := 0
	for i := range 200 {
		who := fmt.Sprint(i)
		a, b := day(event("2024-02-20", who)), day(event("2024-03-10", who))
		if b.Sub(a) != 19*24*time.Hour {
			t.Errorf("subject %d: 19 days became %v", i, b.Sub(a))
		}
		if c := day(stamp("2024-02-20 23:59:59+00", who)); !c.Equal(a) {
			t.Errorf("subject %d: a timestamp moved otherwise than a date", i)
		}
		if !day(birth("2024-02-20", who)).Equal(a) {
			apart++
		}
	}
	if apart < 180 {
		t.Errorf("birth dates share the events' shift: only %d of 200 are apart", apart)
	}
}

func TestDatesAtTheEndsOfTheTypes(t *testing.T) {
	t.Parallel()
	for _, params := range []map[string]any{{}, {"to": "same-month"}, {"shift": "30d"}, {"to": "age-band"}, {"shift": "36500d"}} {
		for class, values := range map[Class][]string{
			ClassDate:      {"5874897-12-31", "4713-01-01 BC", "0001-01-01", "0001-12-31 BC", "9999-12-31", "10000-01-01"},
			ClassTimestamp: {"294276-12-31 23:59:59.999999+00", "4713-01-01 00:00:00+00 BC", "0001-01-01 00:00:00", "0001-12-31 23:59:59 BC"},
		} {
			mask := mustMask(t, dateSpec(class, params))
			for _, v := range values {
				s, ok := readStamp([]byte(mask(v)), false)
				last := map[Class]int64{ClassDate: maxDate, ClassTimestamp: maxTimestamp}[class]
				if !ok || s.day < minDay || s.day > last {
					t.Errorf("%v of %s: %s", params, v, mask(v))
				}
			}
			for _, v := range []string{"infinity", "-infinity"} {
				if mask(v) != v {
					t.Errorf("%s became %s", v, mask(v))
				}
			}
		}
	}
}

func TestDateRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	for _, s := range []Spec{
		dateSpec(ClassDate, map[string]any{"to": "same-year", "shift": "3d"}),
		dateSpec(ClassDate, map[string]any{"shift": "12h"}),
		dateSpec(ClassDate, map[string]any{"shift": "0d"}),
		dateSpec(ClassTimestamp, map[string]any{"shift": "-3d"}),
		dateSpec(ClassTimestamp, map[string]any{"shift": "40000d"}),
		dateSpec(ClassDate, map[string]any{"to": "age-band", "band": 0.0}),
		dateSpec(ClassDate, map[string]any{"to": "decade"}),
		{Name: "date", Column: Column{Class: ClassText, MaxChars: 8}},
	} {
		if _, err := Check(s); err == nil {
			t.Errorf("%v was taken", s.Params)
		}
	}
}

func FuzzReadStamp(f *testing.F) {
	for _, v := range []string{"2024-02-29", "0044-03-15 BC", "2024-02-29 13:05:11.123456+00", "5874897-12-31", "29.2.2024", "2/9/2024", "20240229", "2024-02-29T24:00:00-00:44:30", "infinity", "24:00:00.000001"} {
		f.Add(v, true)
	}
	masks := map[Class]func(string) string{}
	for _, class := range []Class{ClassDate, ClassTimestamp, ClassText} {
		masks[class] = mustMask(f, dateSpec(class, nil))
	}
	clock := mustMask(f, Spec{Name: "time_of_day"})
	f.Fuzz(func(t *testing.T, v string, us bool) {
		if v == "" {
			return
		}
		for class, mask := range masks {
			out := mask(v)
			if _, ok := readStamp([]byte(out), class == ClassText); !ok && out != strings.TrimSpace(v) {
				t.Fatalf("%s: %q became %q, which is no date", class, v, out)
			}
		}
		if _, ok := readClock([]byte(clock(v))); !ok {
			t.Fatalf("%q became %q, which is no time", v, clock(v))
		}
		s, ok := readStamp([]byte(v), us)
		if !ok {
			return
		}
		// What is read is written back alike, but for zeros at the front of a year.
		again, ok := readStamp(s.append(nil, s.day), us)
		if !ok || again.day != s.day || string(again.tail) != string(s.tail) {
			t.Fatalf("%q is not written back: %q", v, s.append(nil, s.day))
		}
	})
}

func TestOneShiftForADomainKeepsOrderAndGaps(t *testing.T) {
	t.Parallel()
	one := map[string]any{"shift": "30d", "per": "domain"}
	date := newTestMasker(t, Spec{Name: "date", Domain: "stay", Params: one, Column: Column{Class: ClassDate}})
	stamp := newTestMasker(t, Spec{Name: "date", Domain: "stay", Params: one, Column: Column{Class: ClassTimestamp}})
	fine := newTestMasker(t, Spec{Name: "date", Domain: "stay", Params: map[string]any{"shift": "5h", "per": "domain"}, Column: Column{Class: ClassTimestamp}})
	by := func(m Masker, in, layout string) time.Duration {
		a, err1 := time.Parse(layout, in)
		b, err2 := time.Parse(layout, maskedText(t, m, in))
		if err1 != nil || err2 != nil {
			t.Fatal("no times")
		}
		return b.Sub(a)
	}
	days := by(date, "2024-02-28", "2006-01-02")
	seconds := by(fine, "2024-02-28 23:30:00", "2006-01-02 15:04:05")
	if days == 0 || seconds == 0 || days.Abs() > 30*24*time.Hour || seconds.Abs() > 5*time.Hour {
		t.Fatalf("moved by %v and %v", days, seconds)
	}
	for _, day := range []string{"0001-01-31", "1999-12-31", "2000-02-29", "2024-03-01", "9990-01-01"} {
		if by(date, day, "2006-01-02") != days || by(stamp, day+" 12:00:00", "2006-01-02 15:04:05") != days || by(fine, day+" 23:59:59.5", "2006-01-02 15:04:05.9") != seconds {
			t.Errorf("%s moved by another time", day)
		}
	}
	if got := maskedText(t, date, "infinity"); got != "infinity" {
		t.Error("infinity moved")
	}
	for _, in := range []string{"4714-11-24 BC", "5874897-12-31", "soon"} {
		_, up := date.Mask(nil, Input{Value: []byte(in)})
		other := newTestMasker(t, Spec{Name: "date", Domain: "stays", Params: one, Column: Column{Class: ClassDate}})
		if _, down := other.Mask(nil, Input{Value: []byte(in)}); up == nil && down == nil {
			t.Errorf("%s moved out of the type", in)
		}
	}
	for _, params := range []map[string]any{{"per": "domain"}, {"per": "domain", "shift": "3d", "birth": true}, {"per": "table", "shift": "3d"}} {
		if _, err := Check(Spec{Name: "date", Params: params, Column: Column{Class: ClassDate}}); err == nil {
			t.Errorf("%v is taken", params)
		}
	}
}
