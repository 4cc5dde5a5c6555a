package mask

func documentMaskers() []entry {
	return []entry{jsonDocument(), xmlDocument(), hstoreDocument(), htmlDocument(), freeText(), file(), passwordHash()}
}
