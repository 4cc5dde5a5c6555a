package detect

// kind is a detector's kind; its name is what a Hit carries.
type kind uint8

const (
	kNone kind = iota
	kEmail
	kPhone
	kCard
	kIBAN
	kBIC
	kIP
	kMAC
	kURL
	kGeo
	kMRZ
	kAWSKey
	kJWT
	kPrivateKey
	kPasswordHash
	kConnection
	kAPIKey
	kPassword
	kCrypto
	kPushToken
	kBirthDate
	kAddress
	kPerson
	kPassport
	kLicence
	kIMEI
	kUSSSN
	kUSITIN
	kUSEIN
	kUSNPI
	kUSMBI
	kUSDEA
	kUSABA
	kGBNHS
	kGBNINO
	kGBLicence
	kGBPostcode
	kDEIdNr
	kDEVAT
	kDERVNR
	kDEKVNR
	kDEIDCard
	kFRNIR
	kFRSIREN
	kFRSIRET
	kESDNI
	kESNIE
	kITCF
	kITPIVA
	kBRCPF
	kBRCNPJ
	kNLBSN
	kSEPNR
	kSEORG
	kPLPESEL
	kINAadhaar
	kINPAN
	kINGSTIN
	kAUTFN
	kAUMedicare
	kAUABN
	kAUACN
	kCASIN
	kFIHETU
	kTRTCKN
	kZAID
	kSGNRIC
	kKRRRN
	kTHTNIN
	kBENN
	kDKCPR
	kNOFNR
	kPTNIF
	kCHAHV
	kATSVNR
	kCNRID
	kMXCURP
	kCLRUT
	kROCNP
	kIEPPS
	kHROIB
	kCZRC
	kBGEGN
	kEEIK
	kGRAMKA
	kGRAFM
	kRUINN
	kRUSNILS
	kILTZ
	kARCUIT
	kMXRFC
	kMYNRIC
	kJPMyNumber
	kTWID
	kHKID
	kHUTAJ
	kIDNIK
	kPKCNIC
	kAEEID
	kPLNIP
	kPLREGON
	kUARNOKPP
	kNGNIN
	kINVoter
	kSGUEN
	kKRBRN
	kESNUSS
	kESCIF
	kLVPK
	kISKT
	kRSJMBG
	kDELANR
	kDEBSNR
	kDETax
	kIDNumber
	kVIN
	kPlate
	kWeb
	kBankAccount
	kVague    // words that announce many documents, and none of them alone
	kNegative // words that speak against personal data: order, invoice, isbn
	kindCount
)

var kindNames = [kindCount]string{
	kEmail: "email", kPhone: "phone", kCard: "card", kIBAN: "iban", kBIC: "bic", kIP: "ip", kMAC: "mac", kURL: "url-credentials",
	kGeo: "geo", kMRZ: "mrz", kAWSKey: "aws-key", kJWT: "jwt", kPrivateKey: "private-key", kPasswordHash: "password-hash",
	kConnection: "connection-string", kAPIKey: "api-key", kPassword: "password", kCrypto: "crypto", kPushToken: "push-token",
	kBirthDate: "birth-date", kAddress: "address", kPerson: "person", kPassport: "passport", kLicence: "driving-licence", kIMEI: "imei",
	kUSSSN: "us-ssn", kUSITIN: "us-itin", kUSEIN: "us-ein", kUSNPI: "us-npi", kUSMBI: "us-mbi", kUSDEA: "us-dea", kUSABA: "us-aba",
	kGBNHS: "gb-nhs", kGBNINO: "gb-nino", kGBLicence: "gb-driving-licence", kGBPostcode: "gb-postcode",
	kDEIdNr: "de-idnr", kDEVAT: "de-vat", kDERVNR: "de-rvnr", kDEKVNR: "de-kvnr", kDEIDCard: "de-id-card",
	kFRNIR: "fr-nir", kFRSIREN: "fr-siren", kFRSIRET: "fr-siret", kESDNI: "es-dni", kESNIE: "es-nie", kITCF: "it-cf", kITPIVA: "it-piva",
	kBRCPF: "br-cpf", kBRCNPJ: "br-cnpj", kNLBSN: "nl-bsn", kSEPNR: "se-pnr", kSEORG: "se-orgnr", kPLPESEL: "pl-pesel",
	kINAadhaar: "in-aadhaar", kINPAN: "in-pan", kINGSTIN: "in-gstin", kAUTFN: "au-tfn", kAUMedicare: "au-medicare", kAUABN: "au-abn",
	kAUACN: "au-acn", kCASIN: "ca-sin", kFIHETU: "fi-hetu", kTRTCKN: "tr-tckn", kZAID: "za-id", kSGNRIC: "sg-nric", kKRRRN: "kr-rrn",
	kTHTNIN: "th-tnin", kBENN: "be-nn", kDKCPR: "dk-cpr", kNOFNR: "no-fnr", kPTNIF: "pt-nif", kCHAHV: "ch-ahv", kATSVNR: "at-svnr",
	kCNRID: "cn-rid", kMXCURP: "mx-curp", kCLRUT: "cl-rut", kROCNP: "ro-cnp", kIEPPS: "ie-pps",
	kHROIB: "hr-oib", kCZRC: "cz-rc", kBGEGN: "bg-egn", kEEIK: "ee-ik", kGRAMKA: "gr-amka", kGRAFM: "gr-afm", kRUINN: "ru-inn",
	kRUSNILS: "ru-snils", kILTZ: "il-tz", kARCUIT: "ar-cuit", kMXRFC: "mx-rfc", kMYNRIC: "my-nric", kJPMyNumber: "jp-mynumber", kTWID: "tw-id",
	kHKID: "hk-id", kHUTAJ: "hu-taj", kIDNIK: "id-nik", kPKCNIC: "pk-cnic", kAEEID: "ae-eid", kPLNIP: "pl-nip", kPLREGON: "pl-regon",
	kUARNOKPP: "ua-rnokpp", kNGNIN: "ng-nin", kINVoter: "in-voter", kSGUEN: "sg-uen", kKRBRN: "kr-brn", kDETax: "de-tax-number",
	kESNUSS: "es-nuss", kESCIF: "es-cif", kLVPK: "lv-pk", kISKT: "is-kt", kRSJMBG: "rs-jmbg", kDELANR: "de-lanr", kDEBSNR: "de-bsnr", kVIN: "vin",
	kIDNumber: "id-number", kPlate: "number-plate", kWeb: "url", kBankAccount: "bank-account",
}

// Kinds returns the names of every kind that Scan can report, in a stable order.
func Kinds() []string {
	var names []string
	for _, n := range kindNames {
		if n != "" {
			names = append(names, n)
		}
	}
	return names
}

// kindsByName turns kindNames round.
var kindsByName = func() map[string]kind {
	m := map[string]kind{}
	for k, n := range kindNames {
		if n != "" {
			m[n] = kind(k)
		}
	}
	return m
}()

func kindByName(name string) kind { return kindsByName[name] }

// kindSet is a set of kinds.
type kindSet [2]uint64

func setOf(kinds ...kind) (s kindSet) {
	for _, k := range kinds {
		s[k>>6] |= 1 << (k & 63)
	}
	return s
}

func (s kindSet) has(k kind) bool { return s[k>>6]&(1<<(k&63)) != 0 }

func (s kindSet) with(o kindSet) kindSet { return kindSet{s[0] | o[0], s[1] | o[1]} }

func (s kindSet) only(o kindSet) kindSet { return kindSet{s[0] & o[0], s[1] & o[1]} }

func (s kindSet) meets(o kindSet) bool { return s[0]&o[0]|s[1]&o[1] != 0 }

// country returns the ISO code in lower case that a document kind begins with, or "".
func (k kind) country() string {
	n := kindNames[k]
	if k >= kUSSSN && k <= kDETax && len(n) > 2 {
		return n[:2]
	}
	return ""
}

// documents are the kinds that a column called national_id speaks for.
var documents = func() (s kindSet) {
	for k := kUSSSN; k <= kDETax; k++ {
		switch k {
		case kGBPostcode, kUSABA, kUSNPI, kUSDEA, kESCIF, kDELANR, kDEBSNR:
		default:
			s = s.with(setOf(k))
		}
	}
	return s.with(setOf(kPassport, kLicence, kIDNumber))
}()
