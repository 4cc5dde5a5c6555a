package detect

import "bytes"

// storeSchemes and storeHosts are where object stores and search services live.
var (
	storeSchemes = [][]byte{[]byte("s3"), []byte("s3a"), []byte("gs"), []byte("abfs"), []byte("abfss"), []byte("wasb"), []byte("wasbs"), []byte("oss"), []byte("swift"), []byte("b2")}
	storeHosts   = [][]byte{
		[]byte(".amazonaws.com"), []byte("storage.googleapis.com"), []byte("storage.cloud.google.com"), []byte(".blob.core.windows.net"), []byte(".dfs.core.windows.net"),
		[]byte(".digitaloceanspaces.com"), []byte(".r2.cloudflarestorage.com"), []byte(".backblazeb2.com"), []byte(".wasabisys.com"), []byte(".aliyuncs.com"), []byte(".storage.yandexcloud.net"),
		[]byte(".algolia.net"), []byte(".algolianet.com"), []byte(".es.io"), []byte(".elastic-cloud.com"), []byte(".search.windows.net"), []byte(".typesense.net"), []byte(".meilisearch.io"),
	}
)

// Store returns the place of the first address of an object store or a search service in
// text: whoever holds it in staging may read or write what production does. Only addresses
// with a scheme are looked at; nothing is allocated.
func Store(text []byte) (start, end int, ok bool) {
	for from := 0; ; {
		k := bytes.Index(text[from:], schemeSep)
		if k < 0 {
			return 0, 0, false
		}
		i := from + k
		from = i + len(schemeSep)
		start = i
		for start > 0 && alnum(text[start-1]) && i-start < 8 {
			start--
		}
		end = from
		for end < len(text) && (alnum(text[end]) || text[end] == '.' || text[end] == '-' || text[end] == '_') {
			end++
		}
		for _, s := range storeSchemes {
			if end > from && bytes.EqualFold(text[start:i], s) {
				return start, end, true
			}
		}
		for _, h := range storeHosts {
			if bytes.HasSuffix(text[from:end], h) || h[0] != '.' && bytes.Equal(text[from:end], h) {
				return start, end, true
			}
		}
	}
}

var schemeSep = []byte("://")
