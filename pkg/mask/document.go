package mask

func documentMaskers() []entry {
	return []entry{jsonDocument(), xmlDocument(), freeText(), file(), passwordHash()}
}
