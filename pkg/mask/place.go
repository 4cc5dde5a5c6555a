package mask

var placeMaskers []entry
