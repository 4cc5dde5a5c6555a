package mask

func timeMaskers() []entry { return nil }
