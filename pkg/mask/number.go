package mask

// numberMaskers are keys, identifiers without a meaning, and quantities.
func numberMaskers() []entry {
	return []entry{
		{Info: uuidInfo(), traits: uuidTraits, bind: bindUUID},
		{Info: keyInfo(), traits: keyTraits, bind: bindKey},
		{Info: textKeyInfo(), traits: textKeyTraits, bind: bindTextKey},
		{Info: digitsInfo(), traits: digitsTraits, bind: bindDigits},
		{Info: noiseInfo(), traits: noiseTraits, bind: bindNoise},
		{Info: roundInfo(), traits: stepTraits("to"), bind: bindStep("to")},
		{Info: bucketInfo(), traits: stepTraits("size"), bind: bindStep("size")},
	}
}
