package session

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

func TestServersBeforeTwelveAreRefused(t *testing.T) {
	t.Parallel()
	for version, name := range map[int]string{90624: "9.6.24", 110022: "11.22"} {
		err := tooOld(report.Source, version)
		if err == nil || !strings.Contains(err.Error(), name) || report.SideOf(err) != report.Source || !strings.Contains(report.HintOf(err), "12 and later") {
			t.Errorf("%d: %v", version, err)
		}
	}
	for _, version := range []int{120000, 150018, 180001} {
		if err := tooOld(report.Target, version); err != nil {
			t.Errorf("%d: %v", version, err)
		}
	}
}
