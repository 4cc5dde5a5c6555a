package seed

import (
	"strconv"

	"github.com/understudy-db/understudy/pkg/profile"
)

// fans draws how many children a parent has as the profile says.
type fans []profile.Fan

func (f fans) draw(d *draw, _ float64) float64 {
	u := d.share()
	for _, one := range f {
		if u -= one.Share; u < 0 {
			return float64(one.From) + float64(d.below(uint64(one.To-one.From+1)))
		}
	}
	return float64(f[len(f)-1].From)
}

// bins draws numbers as a histogram says.
type bins struct {
	from, to, until []float64 // until is the sum of the shares up to and with this bin
}

// newBins reads a histogram, of days when days; nil when it does not read as one.
func newBins(h []profile.Bin, days bool) *bins {
	b := &bins{}
	sum := 0.0
	read := func(s string) (float64, bool) {
		if days {
			t, ok := parseTime(s)
			return float64(t.Unix()), ok
		}
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil
	}
	for _, one := range h {
		from, ok1 := read(one.From)
		to, ok2 := read(one.To)
		if !ok1 || !ok2 || to <= from {
			return nil
		}
		sum += one.Share
		b.from, b.to, b.until = append(b.from, from), append(b.to, to), append(b.until, sum)
	}
	if sum <= 0 {
		return nil
	}
	return b
}

func (b *bins) low() float64  { return b.from[0] }
func (b *bins) high() float64 { return b.to[len(b.to)-1] }

func (b *bins) draw(d *draw) float64 {
	u := d.share() * b.until[len(b.until)-1]
	for i := range b.until {
		if u < b.until[i] {
			return b.from[i] + d.share()*(b.to[i]-b.from[i])
		}
	}
	return b.from[len(b.from)-1]
}

// choice draws one of some values by weight.
type choice struct {
	values []string
	until  []float64
}

func newChoice(shares []profile.Share) *choice {
	c := &choice{}
	sum := 0.0
	for _, s := range shares {
		sum += max(s.Share, 0.0002) // rounded to nothing is not nothing
		c.values, c.until = append(c.values, s.Value), append(c.until, sum)
	}
	return c
}

func (c *choice) draw(d *draw) string {
	u := d.share() * c.until[len(c.until)-1]
	lo, hi := 0, len(c.until)-1
	for lo < hi {
		if mid := (lo + hi) / 2; u < c.until[mid] {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return c.values[lo]
}

// rank is which share lies below x; quantile is its inverse.
func (b *bins) rank(x float64) float64 {
	below := 0.0
	for i := range b.until {
		if x < b.to[i] {
			if x > b.from[i] {
				below += (b.until[i] - below) * (x - b.from[i]) / (b.to[i] - b.from[i])
			}
			break
		}
		below = b.until[i]
	}
	return below / b.until[len(b.until)-1]
}

func (b *bins) quantile(u float64) float64 {
	u *= b.until[len(b.until)-1]
	below := 0.0
	for i := range b.until {
		if u < b.until[i] {
			return b.from[i] + (u-below)/(b.until[i]-below)*(b.to[i]-b.from[i])
		}
		below = b.until[i]
	}
	return b.high()
}
