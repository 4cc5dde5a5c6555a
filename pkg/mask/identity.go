package mask

var identityMaskers []entry
