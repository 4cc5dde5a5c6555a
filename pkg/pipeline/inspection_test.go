package pipeline

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask"
)

func TestKindsOfInspectionAreRead(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Inspection{"full": InspectFull, "stream": InspectStream, "none": InspectNone} {
		if got, err := ParseInspection(s); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "Full", "off"} {
		if _, err := ParseInspection(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestARunThatInspectsLessSaysSo(t *testing.T) {
	t.Parallel()
	for kind, flag := range map[Inspection]string{InspectStream: "--inspect stream", InspectNone: "--inspect none"} {
		s := newStory(t, peopleRules, people)
		s.o.Inspect = kind
		run := s.run(t)
		if _, any := found(run, "not-inspected", ""); !any || !strings.Contains(run.NotCovered[0], flag) {
			t.Errorf("%s: not inspected is found: %t; not covered: %q", flag, any, run.NotCovered[0])
		}
	}
}

func TestTheStreamAloneShowsThatAMaskerDidNothing(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	s.o.Inspect = InspectStream
	s.o.remask = func(real func(mask.Spec) (mask.Masker, error)) func(mask.Spec) (mask.Masker, error) {
		return func(spec mask.Spec) (mask.Masker, error) {
			if spec.Name != "email" {
				return real(spec)
			}
			return maskerFunc(func(dst []byte, in mask.Input) ([]byte, error) { return append(dst, in.Value...), nil }), nil
		}
	}
	if _, any := found(s.run(t), "unchanged", "public.people.email"); !any {
		t.Error("an identity in the place of a masker was not found")
	}
}
