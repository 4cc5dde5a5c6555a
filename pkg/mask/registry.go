package mask

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// Binder is what a masker is built with: the key, and what it may ask of others.
type Binder struct {
	Key       prf.Key
	Detectors []Detector // what "scrub" and "scan" recognise; their kinds name maskers
}

// Detector finds personal data in free text. It is declared here because maskers
// are its user; package detect has them.
type Detector interface {
	// Find calls found for each hit in text, from left to right: a kind ("email",
	// "phone", "person", …) and the byte offsets of the hit.
	Find(text []byte, found func(kind string, start, end int))
}

// entry is one masker of the registry. Both functions get a Spec whose parameters
// have been checked against Info: names known, types right, defaults filled in.
type entry struct {
	Info
	traits func(s Spec) (Traits, error)
	bind   func(s Spec, b *Binder) (Masker, error)
}

// registry is a literal, not filled by init functions: what ships can be read in one place.
// These are functions because json, xml and text build other maskers, which would be an
// initialisation cycle between variables.
func registry() [][]entry {
	return [][]entry{
		generalMaskers(), peopleMaskers(), placeMaskers(), contactMaskers(),
		numberMaskers(), timeMaskers(), identityMaskers(), documentMaskers(),
	}
}

// All returns every masker's documentation, sorted by name.
func All() []Info {
	var all []Info
	for _, group := range registry() {
		for _, e := range group {
			all = append(all, e.Info)
		}
	}
	slices.SortFunc(all, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Lookup returns the documentation of a masker, and false for an unknown name.
func Lookup(name string) (Info, bool) {
	e, ok := lookup(name)
	return e.Info, ok
}

func lookup(name string) (entry, bool) {
	for _, group := range registry() {
		for _, e := range group {
			if e.Name == name {
				return e, true
			}
		}
	}
	return entry{}, false
}

// Check says what s's stand-ins are like, or why s cannot be: an unknown masker or
// parameter, a value out of range, a column it does not take. It needs no key. The
// error's text is for the author of the rules.
func Check(s Spec) (Traits, error) {
	e, s, err := prepare(s)
	if err != nil {
		return Traits{}, err
	}
	return e.traits(s)
}

// New binds s to b's key for one worker. It fails where [Check] does, and without a key.
func New(s Spec, b *Binder) (Masker, error) {
	e, s, err := prepare(s)
	if err != nil {
		return nil, err
	}
	if _, err := e.traits(s); err != nil {
		return nil, err
	}
	if !b.Key.Valid() {
		return nil, fmt.Errorf("mask %s: no key", s.Name)
	}
	return e.bind(s, b)
}

// prepare finds the masker and checks the column's class and the parameters; the
// Spec it returns has its own Params with the defaults in place.
func prepare(s Spec) (entry, Spec, error) {
	e, ok := lookup(s.Name)
	if !ok {
		return entry{}, s, fmt.Errorf("there is no masker %q", s.Name)
	}
	if !slices.Contains(e.Classes, s.Column.Class) {
		return entry{}, s, fmt.Errorf("%s does not take a column of type %s; it takes %s", s.Name, s.Column.TypeName, joinClasses(e.Classes))
	}
	if s.Subject != "" && !e.Subject {
		return entry{}, s, fmt.Errorf("%s cannot be drawn from a subject", s.Name)
	}
	params, err := checkParams(e.Info, s)
	if err != nil {
		return entry{}, s, err
	}
	s.Params = params
	return e, s, nil
}

func joinClasses(classes []Class) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}
