package mask

// Groups whose maskers are not there yet have no rows: the function moves to the
// group's own test file together with the first masker.

func suiteContact() []suiteRow { return nil }

func suiteNumber() []suiteRow { return nil }

func suiteTime() []suiteRow { return nil }

func suiteDocument() []suiteRow { return nil }
