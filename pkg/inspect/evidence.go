package inspect

import (
	"fmt"
	"math"

	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
)

// Evidence knows the originals that were masked on the way, without holding one.
type Evidence interface {
	// Look calls found for each original in value. A hit that is not certain is a short
	// number; chance is how many of those there would be in value by chance alone. The
	// error says that the evidence could not be asked.
	Look(value []byte, found func(hit []byte, certain bool)) (chance float64, err error)
}

// Holds reports whether a column of the class can hold an identifier at all.
func Holds(class mask.Class) bool {
	switch class {
	case mask.ClassBool, mask.ClassEnum, mask.ClassDate, mask.ClassTimestamp, mask.ClassTime:
		return false
	default:
		return true
	}
}

// What a survived finding is about, in key.what.
const (
	identifier = "identifier"
	number     = "number" // may be there by chance
)

// survived asks the evidence for one value.
func (e *eye) survived(value []byte) error {
	chance, err := e.worker.evidence.Look(value, e.original)
	e.chance += chance
	e.spoke = e.spoke || chance > 0 // it adds up, value by value
	return err
}

// found counts one original.
func (e *eye) found(hit []byte, certain bool) {
	if certain {
		e.note("survived", report.High, identifier, hit)
		return
	}
	if e.column.Masked && detect.StandInLooks(e.column.Kind, hit) {
		return // no register has it: a stand-in may equal an original of that sort
	}
	e.note("survived", report.Info, number, hit)
}

// Numbers are not evenly spread: phones of one network, keys of one year and days share
// their first digits. Chance is taken for this many times of what even digits give.
const uneven = 50

// byChance is the probability below which hits are no accident. It is per column, and
// only where short numbers meet at all, so a run of a thousand such columns has one alarm
// that a person must look at.
const byChance = 1e-3

// exceeds reports whether so many hits are more than chance gives.
func exceeds(count int64, chance float64) bool {
	return tail(count, uneven*chance) < byChance
}

// tail is the probability of at least count events where mean are expected (Poisson).
func tail(count int64, mean float64) float64 {
	if count <= 0 {
		return 1
	}
	if mean <= 0 {
		return 0
	}
	k := float64(count)
	if mean > 1e4 { // the sum would be long, and the normal bound is exact enough
		if k <= mean {
			return 1
		}
		return math.Exp(-(k*math.Log(k/mean) - k + mean))
	}
	term, below := math.Exp(-mean), 0.0
	if term == 0 { // far from the beginning: Chernoff's bound
		if k <= mean {
			return 1
		}
		return math.Exp(-(k*math.Log(k/mean) - k + mean))
	}
	for i := int64(0); i < count && i < 100_000; i++ {
		below += term
		term *= mean / float64(i+1)
	}
	if below > 0.5 && mean < k { // 1-below would be rounding: sum the tail itself
		sum := 0.0
		for i := count; i < count+1000 && term > sum*1e-12; i++ {
			sum += term
			term *= mean / float64(i+1)
		}
		return min(sum, 1)
	}
	return max(0, 1-below)
}

// judge decides over the short numbers of one column: an excess is high.
func judge(f *report.Finding, all int64, chance float64) {
	if exceeds(all, chance) {
		f.Severity = report.High
		f.Message = "short numbers equal originals that were masked, more often than chance allows"
		f.Hint = "look at the rows: mask the column, or accept the finding with a reason"
		return
	}
	f.Message = fmt.Sprintf("short numbers equal originals that were masked; chance alone gives up to %.0f", math.Ceil(uneven*chance))
	f.Hint = "nothing needs to be done unless the rows show otherwise"
}
