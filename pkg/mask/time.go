package mask

// timeMaskers are dates and times.
func timeMaskers() []entry {
	return []entry{
		{Info: dateInfo(), traits: dateTraits, bind: bindDate},
		{Info: timeOfDayInfo(), traits: timeOfDayTraits, bind: bindTimeOfDay},
	}
}
