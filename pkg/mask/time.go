package mask

var timeMaskers []entry
