package mask

var numberMaskers []entry
