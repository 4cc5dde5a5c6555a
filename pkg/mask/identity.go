package mask

func identityMaskers() []entry {
	return []entry{
		nationalID(), taxID(), drivingLicence(), passport(), iban(), bic(), card(),
	}
}
