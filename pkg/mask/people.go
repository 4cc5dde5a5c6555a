package mask

var peopleMaskers []entry
