package mask

import (
	"slices"

	"github.com/understudy-db/understudy/pkg/mask/words"
)

func peopleMaskers() []entry {
	genderParam := Param{Name: "gender", Type: String, Default: "any", Allowed: []string{"any", "female", "male"}, Column: true, Summary: "whose names: any, female or male, or a column of the row that says so"}
	name := func(name, summary, example string, which namePart) entry {
		return entry{
			Info:   Info{Name: name, Summary: summary, Classes: []Class{ClassText}, Params: []Param{genderParam}, Subject: true, Example: example},
			traits: func(s Spec) (Traits, error) { return nameTraits(s, which) },
			bind: func(s Spec, b *Binder) (Masker, error) {
				p, err := newPeople(s, b)
				return &nameMasker{people: p, which: which}, err
			},
		}
	}
	return []entry{
		name("first_name", "A first name of the locale, as many as the original has; of another script, one of that script.", "first_name: {mask: first_name, from: subject}", firstPart),
		name("middle_name", "A middle name or initial.", "middle_name: {mask: middle_name, from: subject}", middlePart),
		name("last_name", "A surname of the locale, as many as the original has; particles stay.", "last_name: {mask: last_name, from: subject}", lastPart),
		{
			Info: Info{
				Name: "full_name", Summary: "A whole name in the arrangement of the original: order, titles, particles, initials.", Classes: []Class{ClassText},
				Params: []Param{genderParam}, Subject: true, Example: "contact: {mask: full_name, from: subject}",
			},
			traits: fullNameTraits,
			bind: func(s Spec, b *Binder) (Masker, error) {
				return newFullName(s, b)
			},
		},
		{
			Info: Info{
				Name: "initials", Summary: "The initials of the name's stand-in, with the original's dots and count.", Classes: []Class{ClassText},
				Params: []Param{genderParam}, Subject: true, Example: "initials: {mask: initials, from: subject}",
			},
			traits: func(s Spec) (Traits, error) {
				t, err := peopleTraits(s, "length", "case", "separators")
				t.Capacity = 20
				return t, err
			},
			bind: func(s Spec, b *Binder) (Masker, error) {
				p, err := newPeople(s, b)
				return &initialsMasker{p}, err
			},
		},
		{
			Info: Info{
				Name: "username", Summary: "A login name made of a name; on a unique column with ten more letters and digits.", Classes: []Class{ClassText},
				Params: []Param{genderParam}, Subject: true, Example: "login: {mask: username, from: subject}",
			},
			traits: usernameTraits,
			bind: func(s Spec, b *Binder) (Masker, error) {
				p, err := newPeople(s, b)
				if err == nil && s.Column.Unique {
					p.exact, p.folded = true, s.Column.Folded
				}
				return &usernameMasker{people: p, unique: s.Column.Unique}, err
			},
		},
		{
			Info: Info{
				Name: "title", Summary: "A form of address of the same style that fits the persona's gender.", Classes: []Class{ClassText},
				Subject: true, Example: "salutation: {mask: title, from: subject}",
			},
			traits: func(s Spec) (Traits, error) {
				t, err := peopleTraits(s, "case", "style")
				t.Capacity = 2
				return t, err
			},
			bind: newTitleMasker,
		},
		{
			Info: Info{
				Name: "gender", Summary: "The persona's gender, written as the column writes it. By value it only relabels: say from: subject.",
				Classes: []Class{ClassText, ClassEnum, ClassInteger},
				Params: []Param{
					{Name: "female", Type: String, Summary: "how the column writes female, when it is no common way"},
					{Name: "male", Type: String, Summary: "how the column writes male"},
				},
				Subject: true, Example: "sex: {mask: gender, from: subject}",
			},
			traits: func(s Spec) (Traits, error) {
				t, err := peopleTraits(s, "case", "style")
				if err == nil {
					_, err = genderForms(s)
				}
				t.Capacity = 2
				return t, err
			},
			bind: newGenderMasker,
		},
		{
			Info:   Info{Name: "company", Summary: "A company's name: surnames of the locale and one of its legal forms.", Classes: []Class{ClassText}, Example: "employer: {mask: company}"},
			traits: companyTraits,
			bind:   newCompany,
		},
		{
			Info: Info{Name: "job_title", Summary: "A job title; English where the locale has no list.", Classes: []Class{ClassText}, Example: "position: {mask: job_title}"},
			traits: func(s Spec) (Traits, error) {
				return listTraits(s, jobsOf)
			},
			bind: func(s Spec, b *Binder) (Masker, error) {
				return newDrawn(s, b, jobsOf, false)
			},
		},
	}
}

// peopleTraits are what all the people maskers share.
func peopleTraits(s Spec, keeps ...string) (Traits, error) {
	if _, err := words.Parse(s.Locale); err != nil {
		return Traits{}, err
	}
	return Traits{Safety: NotContact, Keeps: keeps, Technique: "pseudonymization"}, nil
}

// nameCapacity counts the names that one part can become. By subject and where a
// gender is named the list is one gender's: the smaller one counts.
func nameCapacity(s Spec, which namePart, gendered bool) float64 {
	f := newFolk(words.For(s.Locale), s.Column.MaxChars)
	lists := &f.shortFirst
	if which == lastPart {
		lists = &f.shortLast
	}
	if !gendered && s.Subject == "" && s.str("gender") == "any" && !slices.Contains(s.Args, "gender") {
		return float64(lists[anyGender].Len())
	}
	return float64(min(lists[femaleOnly].Len(), lists[maleOnly].Len()))
}

func nameTraits(s Spec, which namePart) (Traits, error) {
	keeps := []string{"words", "separators", "case", "script"}
	if which == lastPart {
		keeps = append(keeps, "particles")
	}
	t, err := peopleTraits(s, keeps...)
	if err == nil {
		t.Capacity = nameCapacity(s, which, false)
	}
	return t, err
}

// fullNameTraits counts names of one given name and one surname: the fewest words that
// a full name has.
func fullNameTraits(s Spec) (Traits, error) {
	t, err := peopleTraits(s, "words", "order", "titles", "particles", "separators", "case", "script")
	if err == nil {
		t.Capacity = nameCapacity(s, lastPart, true)
		if s.Column.MaxChars == 0 || s.Column.MaxChars >= 24 {
			t.Capacity *= nameCapacity(s, firstPart, true)
		}
	}
	return t, err
}

func usernameTraits(s Spec) (Traits, error) {
	if s.Column.Unique {
		t, err := peopleTraits(s, "case")
		t.Capacity, t.ClassA = usernameSpace(s.Column.MaxChars), true
		return t, err
	}
	t, err := peopleTraits(s, "case", "separator", "digits at the end")
	if err == nil {
		// The shortest form is an initial and a surname.
		t.Capacity = nameCapacity(s, lastPart, false) * 20
	}
	return t, err
}
