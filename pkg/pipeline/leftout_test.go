package pipeline

import (
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
)

func TestWhatThePlanReportsIsNotReportedTwice(t *testing.T) {
	t.Parallel()
	found := leftOut([]schema.Dropped{
		{Desc: "PUBLICATION TABLE", Name: "public.pub t"},
		{Desc: "FOREIGN TABLE", Name: "public.ft"},
		{Desc: "USER MAPPING", Name: "USER MAPPING ann SERVER s"},
		{Desc: "VIEW", Name: "public.v", Why: "it depends on FOREIGN TABLE public.ft"},
		{Desc: "COMMENT", Name: "EXTENSION hstore", Why: "only an extension's owner may comment on it"},
	})
	if len(found) != 2 || found[0].Subject != "public.v" || found[0].Severity != report.Low || found[1].Severity != report.Info {
		t.Errorf("%+v", found)
	}
	for _, f := range found {
		if f.Code != "left-out" {
			t.Errorf("%+v", f)
		}
	}
}
