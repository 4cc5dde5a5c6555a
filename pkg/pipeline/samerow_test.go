package pipeline

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

const members = `
CREATE TABLE members (
  id int PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, company text, born date, note text, settings jsonb, motto text
);
INSERT INTO members SELECT i, initcap(substr(translate(md5('f' || i), '0123456789', 'ghijklmnop'), 1, 7)), initcap(substr(translate(md5('l' || i / 2), '0123456789', 'ghijklmnop'), 1, 8)),
  initcap(substr(translate(md5('c' || i / 3), '0123456789', 'ghijklmnop'), 1, 9)) || ' Valves Ltd', date '1950-01-01' + i * 17, 'A parcel of ' || i || ' boxes came back', jsonb_build_object('theme', 'dark', 'n', i), 'All is well'
  FROM generate_series(1, 400) i;
CREATE TABLE visits (id int PRIMARY KEY, member_id int NOT NULL REFERENCES members, body text, extra text);
INSERT INTO visits SELECT i, 1 + i * 7 % 400, 'They came and went', 'room ' || i FROM generate_series(1, 400) i;
`

const membersRules = `
version: 1
purpose: test of what a row repeats
locale: en_GB
undecided: refuse
tables:
  public.members:
    subject: id
    columns:
      first_name: {mask: first_name, from: subject}
      last_name: {mask: last_name, from: subject}
      company: {mask: company}
      born: {mask: date, to: same-year}
    keep:
      - {why: a test of what is kept, columns: [id, note, settings, motto]}
  public.visits:
    subject: member_id
    columns:
      body: {mask: text, how: {scrub: a test}}
    keep:
      - {why: a test of what is kept, columns: [id, extra]}
`

func TestWhatARowRepeatsOfItselfSurvives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, plant, subject string
		want                 report.Severity
		says                 string
	}{
		{"nothing", "", "", 0, ""},
		{"a name in some notes", "UPDATE members SET note = note || '; ' || first_name || ' ' || last_name || ' was told.' WHERE id % 20 = 0", "public.members.note", report.High, "first_name and last_name"},
		{"a last name alone", "UPDATE members SET note = 'Dear ' || upper(last_name) || ',' WHERE id % 10 = 0", "public.members.note", report.High, "last_name"},
		{"a company in a document", "UPDATE members SET settings = settings || jsonb_build_object('bill', jsonb_build_object('to', company)) WHERE id % 20 = 0", "public.members.settings", report.High, "company"},
		{"a day of birth", "UPDATE members SET note = note || ' born ' || to_char(born, 'DD.MM.YYYY') WHERE id % 20 = 0", "public.members.note", report.High, "born"},
		{"one name in one note", "UPDATE members SET note = first_name || ' ' || last_name || ' was told.' WHERE id = 333", "public.members.note", report.Medium, "first_name and last_name"},
		{"a name in a text of another table of the subject", "UPDATE visits v SET extra = 'for ' || first_name || ' ' || last_name FROM members m WHERE m.id = v.member_id AND v.id % 10 = 0", "public.visits.extra", report.High, "last_name of its subject"},
		{"everybody's motto", "UPDATE members SET motto = 'Heinrich said so'; UPDATE members SET first_name = 'Heinrich' WHERE id % 40 = 0", "", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, membersRules, members, c.plant)
			run := s.run(t)
			worst, any := found(run, "survived", c.subject)
			if c.subject == "" {
				if any {
					t.Fatalf("a clean refresh: %+v", run.Findings)
				}
				return
			}
			if !any || worst != c.want {
				t.Fatalf("%v, %v: %+v", worst, any, run.Findings)
			}
			for _, f := range run.Findings {
				if f.Code == "survived" && f.Subject == c.subject && !strings.Contains(f.Message, c.says) {
					t.Errorf("the finding does not say which: %+v", f)
				}
				if f.Code == "survived" && f.Subject != c.subject {
					t.Errorf("another finding: %+v", f)
				}
			}
		})
	}
}

func TestOnTheStreamAloneARowIsLookedThroughAsWell(t *testing.T) {
	t.Parallel()
	s := newStory(t, membersRules, members, "UPDATE members SET note = note || last_name WHERE false", "UPDATE members SET note = 'for ' || last_name WHERE id % 10 = 0")
	s.o.Inspect = InspectStream
	if worst, any := found(s.run(t), "survived", "public.members.note"); !any || worst != report.High {
		t.Error("--inspect stream does not see it")
	}
	s.o.Inspect, s.o.NoEvidence = InspectFull, true
	if _, any := found(s.run(t), "survived", ""); any {
		t.Error("it is looked for although the run was told not to")
	}
}

func TestTheSampleDatabasesRepeatNothing(t *testing.T) {
	t.Parallel()
	for _, name := range victims {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newVictim(t, name)
			run := s.run(t)
			if worst, any := found(run, "survived", ""); any && worst > report.Info {
				t.Errorf("%+v", run.Findings)
			}
		})
	}
}
