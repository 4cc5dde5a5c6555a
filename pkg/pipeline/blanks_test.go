package pipeline

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
)

// silent gives back nothing for some values, as a broken masker might.
type silent struct {
	mask.Masker
	n int
}

func (s *silent) Mask(dst []byte, in mask.Input) ([]byte, error) {
	if s.n++; s.n%50 == 0 {
		return dst, nil
	}
	return s.Masker.Mask(dst, in)
}

const guests = `
CREATE TABLE guests (id int UNIQUE NOT NULL, name text, tags text[], loose text);
INSERT INTO guests SELECT i, CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN '' ELSE 'Name' || i END, CASE WHEN i % 3 = 0 THEN NULL ELSE ARRAY['a' || i, '', NULL] END, 'x' FROM generate_series(1, 300) i;
CREATE TABLE keyless (name text);
INSERT INTO keyless SELECT 'Name' || i FROM generate_series(1, 10) i;
CREATE TABLE parted (k int, name text) PARTITION BY LIST (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
INSERT INTO parted SELECT 1 + i % 2, CASE WHEN i % 5 = 0 THEN NULL ELSE 'Name' || i END FROM generate_series(1, 100) i;
`

const guestsRules = `
version: 1
purpose: test of values that say nothing
locale: en_GB
undecided: refuse
tables:
  public.guests:
    columns:
      name: {mask: full_name}
      tags: {mask: text}
      loose: null
    keep:
      - {why: operational, columns: [id]}
  public.keyless:
    columns:
      name: {mask: last_name}
  public.parted:
    columns:
      name: {mask: last_name}
    keep:
      - {why: operational, columns: [k]}
`

func TestValuesThatSayNothingAreCountedOnBothSides(t *testing.T) {
	t.Parallel()
	s := newStory(t, guestsRules, guests)
	run := s.run(t)
	if _, any := found(run, "blanks", ""); any {
		t.Errorf("a clean refresh: %+v", run.Findings)
	}
	named := false
	for _, line := range run.NotCovered {
		if strings.HasPrefix(line, "Whether stand-ins stand in their own rows") {
			named = strings.Contains(line, "public.keyless") && !strings.Contains(line, "guests")
		}
	}
	if !named {
		t.Errorf("who is masked again, and who is not: %q", run.NotCovered)
	}
	s.o.remask = func(real func(mask.Spec) (mask.Masker, error)) func(mask.Spec) (mask.Masker, error) {
		return func(spec mask.Spec) (mask.Masker, error) {
			m, err := real(spec)
			return &silent{Masker: m}, err
		}
	}
	run = (&story{source: s.source, o: s.o}).run(t)
	if worst, any := found(run, "blanks", "public.guests.name"); !any || worst != report.Medium {
		t.Errorf("a masker that loses values: %+v", run.Findings)
	}
}
