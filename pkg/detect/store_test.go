package detect

import "testing"

func TestAddressesOfStores(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"file":"s3://prod-invoices/2024/1.pdf"}`:             "s3://prod-invoices",
		"see https://prod-media.s3.eu-west-1.amazonaws.com/a":  "https://prod-media.s3.eu-west-1.amazonaws.com",
		"https://acme.blob.core.windows.net/x?sig=1":           "https://acme.blob.core.windows.net",
		"http://x.org/ then gs://bucket":                       "gs://bucket",
		"https://storage.googleapis.com/bucket/o":              "https://storage.googleapis.com",
		"https://example.org/s3":                               "",
		"https://notstorage.googleapis.com.evil.example/x":     "",
		"no address at all: a/b":                               "",
		"://":                                                  "",
		"https://search-prod-abc.eu-west-1.es.amazonaws.com/i": "https://search-prod-abc.eu-west-1.es.amazonaws.com",
	} {
		start, end, ok := Store([]byte(text))
		if got := text[start:end]; ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", text, got, ok)
		}
	}
}
