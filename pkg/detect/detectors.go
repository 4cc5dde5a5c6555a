package detect

import "strings"

// Detector documents one kind: `understudy show detectors` prints it.
type Detector struct {
	Kind     string `json:"kind"`
	Country  string `json:"country,omitempty"` // ISO code of an identity document's country
	Summary  string `json:"summary"`
	Evidence string `json:"evidence"` // checksum, structure, context or column: the least that it takes
}

// Detectors returns the documentation of every kind, in the order of Kinds.
func Detectors() []Detector {
	var all []Detector
	for k := kNone + 1; k < kindCount; k++ {
		if kindNames[k] == "" {
			continue
		}
		summary, evidence, _ := strings.Cut(summaries[k], "|")
		all = append(all, Detector{Kind: kindNames[k], Country: strings.ToUpper(k.country()), Summary: summary, Evidence: evidence})
	}
	return all
}

// summaries are what a kind is, and the least evidence that it takes.
var summaries = [kindCount]string{
	kEmail: "address of a mailbox, also at internal and international domains|structure", kPhone: "phone number, international or as thirty countries write it|structure or context",
	kCard: "payment card number|checksum", kIBAN: "international bank account number|checksum", kBIC: "bank identifier code|context", kIP: "IPv4 or IPv6 address|structure", kMAC: "hardware address|structure",
	kURL: "web address with a password|structure", kGeo: "pair of decimal degrees|structure", kMRZ: "machine readable line of a travel document|checksum", kAWSKey: "access key of a cloud account|structure",
	kJWT: "JSON web token|structure", kPrivateKey: "private key in PEM|structure", kPasswordHash: "hash of a password|structure, or column for plain hexadecimal", kConnection: "connection string with a password|structure",
	kAPIKey: "token of a known service, or a secret beside its name|structure", kPassword: "password beside its name|context", kCrypto: "address of a crypto currency|checksum", kPushToken: "token or endpoint of a push service|structure, or column for plain hexadecimal",
	kBirthDate: "date that a word or the column calls a birth|context", kAddress: "street with a number|structure", kPerson: "name after a title or a salutation, or two known names|structure", kPassport: "passport number|context",
	kLicence: "driving licence|context", kIMEI: "number of a mobile device|checksum and context", kBankAccount: "bank account number|context",
	kUSSSN: "social security number|structure", kUSITIN: "individual taxpayer number|structure", kUSEIN: "employer number|context", kUSNPI: "health provider number|checksum and context", kUSMBI: "Medicare number|structure", kUSDEA: "prescriber number|checksum",
	kUSABA: "bank routing number|checksum and context", kGBNHS: "National Health Service number|checksum", kGBNINO: "national insurance number|structure", kGBLicence: "British driving licence|structure", kGBPostcode: "British postcode|context or locale",
	kDEIdNr: "tax identification number|checksum", kDEVAT: "VAT number|checksum", kDERVNR: "pension insurance number|checksum", kDEKVNR: "health insurance number|checksum", kDEIDCard: "identity card or passport|context",
	kFRNIR: "social security number|checksum", kFRSIREN: "company number|checksum and context", kFRSIRET: "establishment number|checksum", kESDNI: "identity card|checksum", kESNIE: "foreigner's number|checksum", kITCF: "codice fiscale|checksum",
	kITPIVA: "VAT number|checksum and context", kBRCPF: "taxpayer number|checksum", kBRCNPJ: "company number|checksum", kNLBSN: "citizen service number|checksum and context", kSEPNR: "personal number|checksum", kSEORG: "organisation number|checksum and context",
	kPLPESEL: "personal number|checksum and context", kINAadhaar: "Aadhaar|checksum", kINPAN: "permanent account number|structure", kINGSTIN: "goods and services tax number|structure", kAUTFN: "tax file number|checksum and context", kAUMedicare: "Medicare card|checksum",
	kAUABN: "business number|checksum", kAUACN: "company number|checksum and context", kCASIN: "social insurance number|checksum", kFIHETU: "personal identity code|checksum", kTRTCKN: "identity number|checksum and context", kZAID: "identity number|checksum",
	kSGNRIC: "identity card|checksum", kKRRRN: "resident registration number|structure", kTHTNIN: "identity number|checksum", kBENN: "national register number|checksum", kDKCPR: "personal number|structure", kNOFNR: "birth number|checksum", kPTNIF: "taxpayer number|checksum and context",
	kCHAHV: "social insurance number|checksum", kATSVNR: "social insurance number|checksum", kCNRID: "resident identity number|checksum", kMXCURP: "population register code|structure", kCLRUT: "taxpayer number|checksum", kROCNP: "personal number|checksum", kIEPPS: "public service number|checksum",
	kHROIB: "personal number|checksum and context", kCZRC: "birth number of Czechia and Slovakia|checksum", kBGEGN: "citizen number|checksum and context", kEEIK: "personal code of Estonia and Lithuania|checksum and context",
	kGRAMKA: "social insurance number|checksum and context", kGRAFM: "taxpayer number|checksum and context", kRUINN: "taxpayer number|checksum and context", kRUSNILS: "pension insurance number|checksum",
	kILTZ: "identity number|checksum and context", kARCUIT: "taxpayer number|checksum", kMXRFC: "taxpayer number|structure", kMYNRIC: "identity card|structure",
	kJPMyNumber: "My Number|checksum and context", kTWID: "identity card|checksum", kHKID: "identity card|checksum", kHUTAJ: "social security number|checksum and context",
	kIDNIK: "identity number|structure and context", kPKCNIC: "identity card|structure", kAEEID: "identity card|checksum", kPLNIP: "taxpayer number|checksum",
	kPLREGON: "business number|checksum and context", kUARNOKPP: "taxpayer number|checksum and context", kNGNIN: "identity number|context", kINVoter: "voter card|context",
	kSGUEN: "business number|checksum and context", kKRBRN: "business number|checksum", kDETax: "tax number of an office|context",
	kESNUSS: "social security number|checksum", kESCIF: "company number|checksum and context", kLVPK: "personal code|checksum", kISKT: "kennitala|checksum", kRSJMBG: "personal number of the former Yugoslavia's states|checksum and context",
	kDELANR: "physician's number|checksum and context", kDEBSNR: "practice's number|context", kVIN: "chassis number of a vehicle|checksum and context",
	kIDNumber: "identity number of another country|context", kPlate: "number plate of a vehicle|context", kWeb: "web address; only when asked for|structure",
}
