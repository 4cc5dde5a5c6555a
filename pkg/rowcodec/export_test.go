package rowcodec

// Sample is a type with values, for the tests against a server.
type Sample struct {
	SQL    string
	Type   *Type
	Min    int
	Values []string
}

func exported(samples []sample) []Sample {
	out := make([]Sample, len(samples))
	for i, s := range samples {
		out[i] = Sample{SQL: s.sql, Type: s.typ, Min: s.min, Values: s.values}
	}
	return out
}

// CanonicalSamples are base types.
func CanonicalSamples() []Sample { return exported(canonicalSamples()) }

// BuiltSamples are types made of others.
func BuiltSamples() []Sample { return exported(builtSamples()) }

// ContributedSamples need extensions.
func ContributedSamples() []Sample { return exported(contributedSamples()) }
