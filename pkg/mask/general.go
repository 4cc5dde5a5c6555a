package mask

var generalMaskers []entry
