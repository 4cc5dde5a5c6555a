package pipeline

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

const leftRules = `
version: 1
purpose: test of the rows that are left out
locale: en_GB
undecided: refuse
tables:
  public.people:
    where: WHERE
    columns:
      first_name: {mask: first_name}
      email: {mask: email}
      phone: {mask: phone}
      national_id: {mask: national_id, country: GB}
      iban: {mask: iban}
      token: {mask: uuid}
      born: {mask: date, to: same-year}
    keep:
      - {why: operational, columns: [id]}
  public.logins:
    follow: public.people
    columns:
      address: {mask: email}
    keep:
      - {why: operational, columns: [id, person]}
  public.notes:
    keep:
      - {why: a test of what is kept, columns: [id, body, extra, legacy, card]}
`

const logins = `
CREATE TABLE logins (id int PRIMARY KEY, person int REFERENCES people, address text);
INSERT INTO logins SELECT i, i, 'login' || i || '@thornfield.co.uk' FROM generate_series(101, 500) i;
INSERT INTO logins VALUES (1, NULL, 'nobody@thornfield.co.uk');
`

func TestOriginalsOfRowsThatAreLeftOutAreLookedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, where, plant string
		want               bool
	}{
		{"nothing is planted", "id < 200", "", false},
		{"an address of a row that where leaves out", "id < 200", "UPDATE notes SET body = 'write to ' || (SELECT email FROM people WHERE id = 300) WHERE id = 7", true},
		{"a row of which the condition is not known", "nullif(id, 300) < 200", "UPDATE notes SET body = 'write to ' || (SELECT email FROM people WHERE id = 300) WHERE id = 7", true},
		{"an address of a row that follow leaves out", "id < 200", "UPDATE notes SET body = 'login444@thornfield.co.uk wrote' WHERE id = 7", true},
		{"a row that follows nobody", "id < 200", "UPDATE notes SET body = 'nobody@thornfield.co.uk wrote' WHERE id = 7", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, strings.Replace(leftRules, "WHERE", c.where, 1), people, logins, c.plant)
			run := s.run(t)
			worst, any := found(run, "survived", "public.notes.body")
			if any != c.want || any && worst != report.High {
				t.Errorf("%v: %+v", any, run.Findings)
			}
			for _, line := range run.NotCovered {
				if strings.Contains(line, "left out occur") {
					t.Errorf("the report says that they were not looked for: %s", line)
				}
			}
		})
	}
}
