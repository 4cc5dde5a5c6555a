package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
)

// bookings is a table of rooms and the days that they are taken, under one constraint.
func bookings(ix catalog.Index) *db {
	d := newDB()
	for name, oid := range map[string]uint32{"daterange": 3912, "datemultirange": 4535} {
		kind, elem := byte('r'), baseTypes["date"]
		if name == "datemultirange" {
			kind, elem = 'm', 3912
		}
		d.c.Types[oid] = &catalog.Type{OID: oid, Schema: "pg_catalog", Name: name, Kind: kind, Elem: elem, TypMod: -1, Binary: true, Delim: ','}
	}
	t := d.table("bookings", "room uuid", "during daterange", "arrives date", "leaves date", "guest text", "days datemultirange")
	t.Columns[1].Type, t.Columns[5].Type = 3912, 4535
	ix.Name, ix.Exclusion = "bookings_excl", true
	t.Indexes = []catalog.Index{ix}
	return d
}

const bookingsRules = "domains: {stay: {mask: date, shift: 30d, per: domain}, other: {mask: date, shift: 30d, per: domain}, each: {mask: date, shift: 30d}}\n" +
	"tables:\n  public.bookings:\n    columns:\n"

func TestExclusionConstraintsHoldWhereEverythingMovesAsOne(t *testing.T) {
	t.Parallel()
	plain := catalog.Index{Columns: []int16{1, 2}, Operators: []string{"=", "&&"}, Def: "CREATE INDEX bookings_excl ON public.bookings USING gist (room, during)"}
	computed := catalog.Index{Columns: []int16{1, 0}, Operators: []string{"=", "&&"}, Def: "CREATE INDEX bookings_excl ON public.bookings USING gist (room, daterange(arrives, leaves, '[]'::text)) WHERE (guest <> ','::text)"}
	without := func(ix catalog.Index, operators ...string) catalog.Index {
		ix.Operators = operators
		return ix
	}
	expression := func(text string) catalog.Index {
		ix := computed
		ix.Def = "CREATE INDEX bookings_excl ON public.bookings USING gist (room, " + text + ")"
		return ix
	}
	for _, c := range []struct {
		name    string
		ix      catalog.Index
		columns string // of what is masked; the rest is kept
		refused string // what the message says; "" is accepted
	}{
		{"all kept", plain, "", ""},
		{"one shift for a range", plain, "during: {domain: stay}", ""},
		{"one shift without a domain", plain, "during: {mask: date, shift: 30d, per: domain}", ""},
		{"and a key beside it", plain, "during: {domain: stay}|room: {mask: uuid}", ""},
		{"a shift per value", plain, "during: {domain: each}", "may overlap"},
		{"another day", plain, "during: {mask: date}", "per: domain"},
		{"equal columns that may meet", catalog.Index{Columns: []int16{5, 2}, Operators: []string{"=", "&&"}, Def: plain.Def}, "guest: {mask: full_name}", "share a stand-in with probability"},
		{"equal columns that may not", catalog.Index{Columns: []int16{5, 2}, Operators: []string{"=", "&&"}, Def: plain.Def}, "guest: {mask: text_key}", ""},
		{"a condition", plain, "during: {domain: stay, when: \"guest == 'x'\", else: {keep: why}}", "a condition decides"},
		{"operators that are not known", without(plain), "during: {domain: stay}", "is not known"},
		{"another operator", without(plain, "=", "<<"), "during: {domain: stay}", "do not compare by <<"},
		{"neighbours", without(plain, "<>", "-|-"), "during: {domain: stay}|room: {mask: uuid}", ""},
		{"many ranges", catalog.Index{Columns: []int16{1, 6}, Operators: []string{"=", "&&"}, Def: plain.Def}, "days: {domain: stay}", ""},
		{"a range of two columns", computed, "arrives: {domain: stay}|leaves: {domain: stay}", ""},
		{"of two shifts", computed, "arrives: {domain: stay}|leaves: {domain: other}", "stand-ins that meet"},
		{"of one that is kept", computed, "arrives: {domain: stay}", "stand-ins that meet"},
		{"of one that is null", computed, "arrives: {domain: stay}|leaves: null", "stand-ins that meet"},
		{"another expression", expression("daterange(arrives, (arrives + 7))"), "arrives: {domain: stay}", "stand-ins that meet"},
		{"a date in an expression", expression("daterange(date_trunc('year', arrives), leaves)"), "arrives: {domain: stay}|leaves: {domain: stay}", "stand-ins that meet"},
		{"an expression that cannot be read", expression(`daterange(arrives, 'x`), "arrives: {domain: stay}|leaves: {domain: stay}", "stand-ins that meet"},
		{"an expression of others", expression("daterange(arrives, leaves)"), "guest: {mask: full_name}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rules, kept := bookingsRules, ""
			for _, name := range []string{"room", "during", "arrives", "leaves", "guest", "days"} {
				masked := false
				for rule := range strings.SplitSeq(c.columns, "|") {
					if strings.HasPrefix(rule, name+":") {
						rules += "      " + rule + "\n"
						masked = true
					}
				}
				if !masked {
					kept += ", " + name
				}
			}
			if c.columns == "" {
				rules = strings.TrimSuffix(rules, "    columns:\n")
			}
			rules += "    keep: [{why: k, columns: [" + strings.TrimPrefix(kept, ", ") + "]}]\n"
			_, err := bookings(c.ix).plan(t, rules)
			switch {
			case c.refused == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case c.refused != "":
				wants(t, err, c.refused, "bookings_excl")
			}
		})
	}
}

func TestAForeignKeyWithPeriodMovesWithWhatItRefersTo(t *testing.T) {
	t.Parallel()
	d := bookings(catalog.Index{Primary: true, Unique: true, Columns: []int16{1, 2}, Operators: []string{"=", "&&"}, Def: "CREATE UNIQUE INDEX bookings_excl ON public.bookings USING gist (room, during)"})
	cleanings := d.table("cleanings", "room uuid", "at daterange")
	cleanings.Columns[1].Type = 3912
	d.c.ForeignKeys = append(d.c.ForeignKeys, catalog.ForeignKey{
		Name: "cleanings_fkey", Table: cleanings.OID, Columns: []string{"room", "at"}, RefTable: d.oid("bookings"), RefColumns: []string{"room", "during"}, Period: true,
	})
	rules := bookingsRules + "      room: {mask: uuid}\n      during: {domain: %s}\n    keep: [{why: k, columns: [arrives, leaves, guest, days]}]\n"
	p := d.mustPlan(t, fmt.Sprintf(rules, "stay"))
	a, b := columnOf(t, p, "bookings", "during"), columnOf(t, p, "cleanings", "at")
	if b.Kind != Mask || !sameStandIns(a, b) || b.By != "foreign key" {
		t.Errorf("%+v does not move with %+v", b, a)
	}
	_, err := d.plan(t, fmt.Sprintf(rules, "each"))
	wants(t, err, "may overlap", "per: domain")
	_, err = d.plan(t, fmt.Sprintf(rules, "stay")+"  public.cleanings: {columns: {at: {domain: other}}}\n")
	wants(t, err, "cleanings_fkey", "decided unlike it")
	_, err = d.plan(t, fmt.Sprintf(rules, "stay")+"  public.cleanings: {follow: public.bookings}\n")
	wants(t, err, "a key with PERIOD")
	_, err = d.planWith(t, "subset: {start: {public.cleanings: {rows: 5}}}\n"+fmt.Sprintf(rules, "stay"), Input{Jobs: 2, Subset: true})
	wants(t, err, "cleanings_fkey is one with PERIOD")
}
