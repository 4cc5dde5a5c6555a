package rules

import "embed"

// FS holds schema/, packs/ and examples/, as they lie in the repository.
//
//go:embed schema packs examples
var FS embed.FS
