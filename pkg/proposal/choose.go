package proposal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
)

// domains are the kinds that are joined or logged in with, or that stand for the same
// thing in several tables, and the scope in which they stay equal.
var domains = map[string]struct{ name, masker string }{
	detect.Email:      {"person.email", "email"},
	detect.Phone:      {"person.phone", "phone"},
	detect.NationalID: {"person.national_id", "national_id"},
	detect.TaxID:      {"person.tax_id", "tax_id"},
	detect.IBAN:       {"person.iban", "iban"},
	detect.Card:       {"person.card", "card"},
	detect.IP:         {"network.ip", "ip"},
	detect.MAC:        {"network.mac", "mac"},
	detect.Street:     {"place.street", "street"},
	detect.City:       {"place.city", "city"},
	detect.Postcode:   {"place.postcode", "postcode"},
	detect.Company:    {"company.name", "company"},
}

// bySubject are the kinds whose maskers draw from a persona.
var bySubject = map[string]string{
	detect.FirstName: "first_name", detect.LastName: "last_name", detect.FullName: "full_name", detect.Title: "title",
	detect.Gender: "gender", detect.Username: "username",
}

// byKind are actions by kind, the best first. A masker that does not take the column's
// type is passed over.
var byKind = map[string][]string{
	detect.Email: {"{mask: email}"}, detect.Phone: {"{mask: phone}", "{mask: phone, overflow: unassigned}", "{mask: digits}"},
	detect.FirstName: {"{mask: first_name}"}, detect.LastName: {"{mask: last_name}"}, detect.FullName: {"{mask: full_name}"},
	detect.Username: {"{mask: username}"}, detect.Title: {"{mask: title}"}, detect.Gender: {"{mask: gender}", "null"},
	detect.Street: {"{mask: street}"}, detect.City: {"{mask: city}"}, detect.Postcode: {"{mask: postcode}"}, detect.Region: {"{mask: region}"},
	detect.BirthPlace: {"{mask: city}"}, detect.Company: {"{mask: company}"}, detect.JobTitle: {"{mask: job_title}"},
	detect.BirthDate:  {"{mask: date, to: same-year}"},
	detect.NationalID: {"{mask: national_id}", "{mask: digits}"}, detect.TaxID: {"{mask: tax_id}", "{mask: digits}"},
	detect.IBAN: {"{mask: iban}"}, detect.BankAccount: {"{mask: pattern}", "{mask: digits}"}, detect.Card: {"{mask: card}"}, detect.CardSecret: {"null", "{mask: digits}"},
	detect.IP: {"{mask: ip}"}, detect.MAC: {"{mask: mac}"}, detect.DeviceID: {"{mask: token}", "{mask: uuid}"}, detect.URL: {"{mask: url}"},
	detect.Password: {"{mask: password_hash}"}, detect.Token: {"{mask: token}", "{mask: uuid}"}, detect.PushToken: {"{mask: push_token}", "{mask: uuid}"},
	detect.FreeText: {"{mask: text}"}, detect.File: {"null", "{mask: file}"}, detect.Geo: {"{mask: round, to: 1}", "{mask: pattern}"},
	detect.Vehicle: {"{mask: pattern}"}, detect.Salary: {"{mask: noise, ratio: 0.1}"}, detect.Age: {"{mask: bucket, size: 10}"},
	detect.MaritalInfo: {"null"}, detect.Nationality: {"null"},
	detect.JSON:  {`{mask: json, rest: {scan: "proposed: name the paths that hold somebody"}}`},
	detect.XML:   {`{mask: xml, rest: {scan: "proposed: name the paths that hold somebody"}}`},
	detect.Pairs: {`{mask: hstore, rest: {scan: "proposed: name the keys that hold somebody"}}`},
}

// byClass are what is left when the masker of the kind does not fit the type or the index.
var byClass = map[mask.Class][]string{
	mask.ClassText:      {"{mask: text}", "{mask: text_key}", "{mask: token}"},
	mask.ClassInteger:   {"{mask: digits}", "{mask: key}", "{mask: noise}"},
	mask.ClassNumeric:   {"{mask: digits}", "{mask: noise}"},
	mask.ClassFloat:     {"{mask: noise}"},
	mask.ClassBool:      {"null", "{mask: constant, value: false}"},
	mask.ClassUUID:      {"{mask: uuid}"},
	mask.ClassDate:      {"{mask: date, to: same-year}"},
	mask.ClassTimestamp: {"{mask: date, to: same-year}"},
	mask.ClassTime:      {"{mask: time_of_day}"},
	mask.ClassInet:      {"{mask: ip}"},
	mask.ClassMAC:       {"{mask: mac}"},
	mask.ClassJSON:      {`{mask: json, rest: {scan: "proposed: name the paths that hold somebody"}}`, "null"},
	mask.ClassXML:       {`{mask: xml, rest: {scan: "proposed: name the paths that hold somebody"}}`, "null"},
	mask.ClassHstore:    {`{mask: hstore, rest: {scan: "proposed: name the keys that hold somebody"}}`, "null"},
	mask.ClassBytes:     {"null", "{mask: file}"},
	mask.ClassEnum:      {"null"},
	mask.ClassOther:     {"null"},
}

// whyKept is the reason that a kept column's kind gives. Nobody has confirmed it, and it says so.
var whyKept = map[string]string{
	detect.Key:         "proposed: a key, which says nothing by itself",
	detect.Timestamp:   "proposed: a time of the business, not of a birth",
	detect.Operational: "proposed: states, flags and counters",
	detect.Amount:      "proposed: amounts and quantities",
	detect.Label:       "proposed: names of things",
	detect.Country:     "proposed: too coarse to find anybody by",
}

// options returns the actions that may serve a personal column, the best first.
func options(c *column, subject bool) []string {
	var all []string
	if d, ok := domains[c.kind]; ok && takes(d.masker, c.class) {
		all = append(all, "{domain: "+d.name+"}")
	}
	if m := bySubject[c.kind]; m != "" && subject {
		all = append(all, "{mask: "+m+", from: subject}")
	}
	if detect.Special(c.kind) {
		all = append(all, "null")
	}
	all = append(all, byKind[c.kind]...)
	all = append(all, byClass[c.class]...)
	if c.class == mask.ClassEnum && len(c.labels) > 0 {
		all = append(all, fmt.Sprintf("{mask: choice, values: [%s]}", flowList(c.labels)))
	}
	all = append(all, "null")
	all = slices.DeleteFunc(all, func(a string) bool {
		if a == "null" {
			return c.notNull
		}
		m, ok := masker(a)
		return ok && !takes(m, c.class)
	})
	return slices.Compact(all)
}

// masker is the masker that an action names itself.
func masker(action string) (string, bool) {
	name, ok := strings.CutPrefix(action, "{mask: ")
	if i := strings.IndexAny(name, ",}"); i >= 0 {
		name = name[:i]
	}
	return name, ok
}

func takes(masker string, class mask.Class) bool {
	info, ok := mask.Lookup(masker)
	return ok && slices.Contains(info.Classes, class)
}
