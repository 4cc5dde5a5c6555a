package mask

import (
	"fmt"
	"strings"
	"time"
)

// monthAndDay is what a date within the same year must not keep.
func monthAndDay(in string) string {
	if len(in) < 10 {
		return in
	}
	return in[5:10]
}

// civilTime reads a stand-in with the standard library, which knows no BC and no year above 9999.
func civilTime(s string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("no date")
}

func sameYear(in, out string) error {
	a, err := civilTime(in)
	if err != nil {
		return nil // BC and the like have a test of their own
	}
	b, err := civilTime(out)
	if err != nil {
		return err
	}
	if a.Year() != b.Year() || a.YearDay() == b.YearDay() {
		return fmt.Errorf("another year or the same day")
	}
	return sameClock(in, out)
}

func sameClock(in, out string) error {
	if _, a, ok := strings.Cut(in, " "); ok && !strings.HasSuffix(out, a) {
		return fmt.Errorf("another time of day")
	}
	return nil
}

func within(days int) func(in, out string) error {
	return func(in, out string) error {
		a, err := civilTime(in)
		if err != nil {
			return nil
		}
		b, err := civilTime(out)
		if err != nil {
			return err
		}
		if d := b.Sub(a).Abs(); d == 0 || d > time.Duration(days)*24*time.Hour {
			return fmt.Errorf("moved by %v", d)
		}
		return sameClock(in, out)
	}
}

func suiteTime() []suiteRow {
	date := Column{Class: ClassDate, TypeName: "date"}
	stamp := Column{Class: ClassTimestamp, TypeName: "timestamp with time zone"}
	dates := []string{"1984-02-29", "2001-12-31", "1969-07-20", "2024-01-01", "0044-03-15 BC", "12024-05-05"}
	stamps := []string{"2024-02-29 13:05:11.123456+00", "1999-12-31 23:59:59+00", "2010-06-15 00:00:00+05:30", "0044-03-15 12:00:00+00 BC"}
	kept := func(string) string { return "" } // the period or the interval is kept: what moves has tests of its own
	day := instead("1984-02-29", "1984-07-17", "2001-12-31", "2001-07-17", "1969-07-20", "1969-03-05", "2024-01-01", "2024-07-17", "0044-03-15", "0044-07-17", "12024-05-05", "12024-07-17")
	month := instead("02-29", "02-11", "12-31", "12-05", "2024-01-01", "2024-01-17", "03-15", "03-30", "05-05", "05-31", "06-15", "06-28")
	band := instead("1984-02-29", "1988-07-17", "2001-12-31", "2009-01-01", "1969-07-20", "1961-07-17", "2024-01-01", "2022-07-17", "0044-03-15", "0042-07-17", "12024-05-05", "12021-07-17")
	return []suiteRow{
		{spec: Spec{Name: "date", Column: date}, in: dates, twin: day, valid: sameYear, secret: monthAndDay, allocFree: true},
		{spec: Spec{Name: "date", Column: date, Params: map[string]any{"to": "same-month", "birth": true}}, in: dates, twin: month, secret: kept, allocFree: true},
		{spec: Spec{Name: "date", Column: date, Params: map[string]any{"to": "age-band", "band": 10.0}}, in: dates, twin: band, valid: matches(`^(\d*0-0?1-0?1|\d{3}00101|\d*1-0?1-0?1 BC)$`), secret: kept, keyless: true, allocFree: true},
		{spec: Spec{Name: "date", Column: stamp}, in: stamps, twin: month, valid: sameYear, secret: kept, allocFree: true},
		{spec: Spec{Name: "date", Column: stamp, Params: map[string]any{"shift": "30d"}}, in: stamps, ranked: true, valid: within(30), secret: kept, allocFree: true},
		{spec: Spec{Name: "date", Column: stamp, Params: map[string]any{"shift": "2h"}}, in: stamps, ranked: true, secret: kept, allocFree: true},
		{spec: Spec{Name: "date", Column: stamp, Params: map[string]any{"to": "month"}}, in: stamps, twin: month, valid: matches(`^\d{4,}-\d\d?-0?1( |$)`), secret: kept, keyless: true, allocFree: true},
		{spec: Spec{Name: "date", Locale: "en_US"}, in: []string{"12/31/1999", "2024-02-29T13:05:11Z", "29.2.2024", "20240229", "31/12/1999", "long ago"}, twin: instead("12/31/1999", "07/17/1999", "02-29", "07-17", "29.2.2024", "17.7.2024", "20240229", "20240717", "31/12/1999", "17/07/1999", "long ago", "soon yes"), secret: kept, allocFree: true},
		{spec: Spec{Name: "date", Column: date, Params: map[string]any{"shift": "30d", "per": "domain"}}, in: dates, ranked: true, valid: within(30), secret: kept, refuses: true, allocFree: true},
		{spec: Spec{Name: "date", Column: stamp, Params: map[string]any{"shift": "2h", "per": "domain"}}, in: stamps, ranked: true, secret: kept, refuses: true, allocFree: true},
		{spec: Spec{Name: "time_of_day", Column: Column{Class: ClassTime, TypeName: "time"}}, in: []string{"13:05:11.123456", "00:00:00", "24:00:00", "07:30:00+02"}, twin: instead("13:05:11.123456", "04:59:01.654321", "00:00:00", "21:12:13", "24:00:00", "21:12:13", "07:30:00", "21:12:13"), secret: kept, allocFree: true},
		{spec: Spec{Name: "time_of_day", Params: map[string]any{"to": "same-hour"}}, in: []string{"13:05", "23:59:59", "07:30:00.5Z", "noon"}, twin: instead("13:05", "13:44", "23:59:59", "23:01:17", "07:30:00.5Z", "07:12:01.9Z", "noon", "dusk"), secret: kept, allocFree: true},
	}
}
