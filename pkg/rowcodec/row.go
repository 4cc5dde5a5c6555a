package rowcodec

// Row is the row being rewritten.
type Row struct{}
