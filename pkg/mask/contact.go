package mask

var contactMaskers []entry
