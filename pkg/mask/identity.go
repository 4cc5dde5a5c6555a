package mask

func identityMaskers() []entry { return nil }
