package mask

import (
	"fmt"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func timeOfDayInfo() Info {
	return Info{
		Name:    "time_of_day",
		Summary: "another time of the day or of the same hour, or the full hour; zone and precision stay",
		Classes: []Class{ClassTime, ClassText},
		Params:  []Param{{Name: "to", Type: String, Default: "any", Allowed: []string{"any", "same-hour", "hour"}, Summary: "any time, a time of the same hour, or the hour itself"}},
		Example: "called_at: {mask: time_of_day, to: same-hour}",
	}
}

func timeOfDayTraits(s Spec) (Traits, error) {
	t := Traits{Safety: NotContact, Technique: "randomization", Capacity: 1440, Keeps: []string{"zone", "precision"}}
	if s.Column.Class == ClassText && s.Column.MaxChars > 0 && s.Column.MaxChars < 5 {
		return t, fmt.Errorf("time_of_day: a time needs 5 characters, the column has %d", s.Column.MaxChars)
	}
	switch s.str("to") {
	case "same-hour":
		t.Capacity, t.Keeps = 60, append(t.Keeps, "hour")
	case "hour":
		t.Technique, t.Capacity, t.Keeps = "generalization", 1, append(t.Keeps, "hour")
	}
	return t, nil
}

type timeOfDay struct {
	p    *prf.PRF
	to   string
	frac []byte
}

func bindTimeOfDay(s Spec, b *Binder) (Masker, error) {
	return &timeOfDay{p: b.Key.PRF(prf.StandIn, s.Domain), to: s.str("to")}, nil
}

// Mask appends the time.
func (m *timeOfDay) Mask(dst []byte, in Input) ([]byte, error) {
	c, ok := readClock(in.Value)
	if !ok {
		c = clock{short: true}
	}
	b := m.p.Bits(in.Value)
	unit := 1 // seconds
	if c.short {
		unit = 60
	}
	from, span := 0, 86400/unit
	if ok && m.to != "any" {
		from, span = c.seconds/3600*3600, 3600/unit
		if from == 86400 {
			from = 82800 // 24:00:00 is the end of the last hour
		}
	}
	if ok && m.to == "hour" {
		return c.append(dst, from, nil), nil
	}
	i := int(b.Index(uint64(span)))
	if from+i*unit == c.seconds {
		i = (i + 1) % span
	}
	m.frac = m.frac[:0]
	for k := range c.frac {
		if k == 0 {
			m.frac = append(m.frac, '.')
		} else {
			m.frac = append(m.frac, byte('0'+b.Index(10)))
		}
	}
	return c.append(dst, from+i*unit, m.frac), nil
}
