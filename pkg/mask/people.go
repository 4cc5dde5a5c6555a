package mask

func peopleMaskers() []entry { return nil }
