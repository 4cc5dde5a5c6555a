package mask

func documentMaskers() []entry {
	return []entry{jsonDocument(), xmlDocument(), hstoreDocument(), htmlDocument(), freeText(), file(), passwordHash()}
}

// walkTraits makes the traits of a masker whose documents are walked by paths; what
// names the places that its rest is for.
func walkTraits[W any](compile func([]string) (W, error), what string) func(Spec) (Traits, error) {
	return func(s Spec) (Traits, error) {
		if _, err := compile(pathsOf(s)); err != nil {
			return Traits{}, err
		}
		if err := checkRest(s, what); err != nil {
			return Traits{}, err
		}
		t, err := checkInner(s)
		t.Keeps = restKeeps(s)
		return t, err
	}
}

// bindWalk compiles the paths and binds the maskers of their places.
func bindWalk[W any](compile func([]string) (W, error), s Spec, b *Binder) (walk W, p places, err error) {
	if walk, err = compile(pathsOf(s)); err == nil {
		p, err = newPlaces(s, b)
	}
	return walk, p, err
}
