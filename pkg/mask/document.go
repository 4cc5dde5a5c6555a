package mask

var documentMaskers []entry
