// Command freeze writes the word lists of one version from their sources: a folder
// of name lists by locale, gofakeit's English names, and the lists under own. It is
// run once for a version; what it wrote is then the definition, and running it again
// over changed sources makes a new version.
//
//	go run ./freeze -names ../../../../names -out v1
package main
