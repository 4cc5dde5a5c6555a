package words

// Script is the script that a locale's names are written in.
type Script string

// The scripts that have lists.
const (
	Latin    Script = "Latin"
	Cyrillic Script = "Cyrillic"
	Greek    Script = "Greek"
	Han      Script = "Han"
	Hangul   Script = "Hangul"
)

// Habits are what a country does with its words.
type Habits struct {
	Script      Script
	Country     string   // "GB": ISO 3166-1
	FamilyFirst bool     // the family name comes first: "Nagy Anna"
	Joined      bool     // no space between the names: 佐藤葵
	NumberFirst bool     // "12 High Street", not "Hauptstr. 12"
	LegalForms  []string // what a company's name ends with
	And         string   // between two surnames in a company's name
	TitleFemale []string // a form of address for each sex, in the same order
	TitleMale   []string
	Academic    []string // for either
	GenderCodes [2]string
	Postcode    string // the shape: 9 a digit, A a letter
}

var habits = map[string]Habits{
	"cs_CZ": {Script: Latin, Country: "CZ", LegalForms: []string{"s.r.o.", "a.s."}, And: " a ", TitleFemale: []string{"Paní"}, TitleMale: []string{"Pan"}, Academic: []string{"Ing.", "Mgr.", "MUDr.", "JUDr."}, GenderCodes: [2]string{"F", "M"}, Postcode: "999 99"},
	"da_DK": {Script: Latin, Country: "DK", LegalForms: []string{"ApS", "A/S", "I/S"}, And: " & ", TitleFemale: []string{"Fru"}, TitleMale: []string{"Hr."}, Academic: []string{"Dr."}, GenderCodes: [2]string{"K", "M"}, Postcode: "9999"},
	"de_DE": {Script: Latin, Country: "DE", LegalForms: []string{"GmbH", "AG", "KG", "GmbH & Co. KG", "OHG", "e.K."}, And: " & ", TitleFemale: []string{"Frau"}, TitleMale: []string{"Herr"}, Academic: []string{"Dr.", "Prof. Dr.", "Dipl.-Ing."}, GenderCodes: [2]string{"W", "M"}, Postcode: "99999"},
	"el_GR": {Script: Greek, Country: "GR", LegalForms: []string{"ΑΕ", "ΕΠΕ", "ΟΕ", "ΙΚΕ"}, And: " & ", TitleFemale: []string{"Κα"}, TitleMale: []string{"Κος"}, Academic: []string{"Δρ."}, GenderCodes: [2]string{"Θ", "Α"}, Postcode: "999 99"},
	"en_GB": {Script: Latin, Country: "GB", NumberFirst: true, LegalForms: []string{"Ltd", "PLC", "LLP", "Limited"}, And: " & ", TitleFemale: []string{"Mrs", "Ms", "Miss"}, TitleMale: []string{"Mr", "Mr", "Mr"}, Academic: []string{"Dr", "Prof"}, GenderCodes: [2]string{"F", "M"}, Postcode: "AA99 9AA"},
	"en_US": {Script: Latin, Country: "US", NumberFirst: true, LegalForms: []string{"Inc.", "LLC", "Corp.", "Co.", "LLP"}, And: " & ", TitleFemale: []string{"Mrs.", "Ms.", "Miss"}, TitleMale: []string{"Mr.", "Mr.", "Mr."}, Academic: []string{"Dr.", "Prof."}, GenderCodes: [2]string{"F", "M"}, Postcode: "99999"},
	"es_ES": {Script: Latin, Country: "ES", LegalForms: []string{"S.L.", "S.A.", "S.L.U.", "S. Coop."}, And: " y ", TitleFemale: []string{"Sra.", "D.ª", "Srta."}, TitleMale: []string{"Sr.", "D.", "Sr."}, Academic: []string{"Dr.", "Prof."}, GenderCodes: [2]string{"M", "H"}, Postcode: "99999"},
	"fi_FI": {Script: Latin, Country: "FI", LegalForms: []string{"Oy", "Oyj", "Ky", "Tmi"}, And: " & ", TitleFemale: []string{"Rouva"}, TitleMale: []string{"Herra"}, Academic: []string{"Tri", "Prof."}, GenderCodes: [2]string{"N", "M"}, Postcode: "99999"},
	"fr_FR": {Script: Latin, Country: "FR", NumberFirst: true, LegalForms: []string{"SARL", "SA", "SAS", "EURL", "SNC"}, And: " et ", TitleFemale: []string{"Mme", "Mlle"}, TitleMale: []string{"M.", "M."}, Academic: []string{"Dr", "Pr", "Me"}, GenderCodes: [2]string{"F", "H"}, Postcode: "99999"},
	"hu_HU": {Script: Latin, Country: "HU", FamilyFirst: true, LegalForms: []string{"Kft.", "Zrt.", "Bt.", "Nyrt."}, And: " és ", TitleFemale: []string{"Asszony"}, TitleMale: []string{"Úr"}, Academic: []string{"Dr.", "Prof."}, GenderCodes: [2]string{"N", "F"}, Postcode: "9999"},
	"it_IT": {Script: Latin, Country: "IT", LegalForms: []string{"S.r.l.", "S.p.A.", "S.n.c.", "S.a.s."}, And: " e ", TitleFemale: []string{"Sig.ra", "Signora"}, TitleMale: []string{"Sig.", "Signor"}, Academic: []string{"Dott.", "Ing.", "Avv.", "Prof."}, GenderCodes: [2]string{"F", "M"}, Postcode: "99999"},
	"ja_JP": {Script: Han, Country: "JP", FamilyFirst: true, Joined: true, LegalForms: []string{"株式会社", "有限会社", "合同会社"}, And: "・", TitleFemale: []string{"様"}, TitleMale: []string{"様"}, Academic: []string{"博士"}, GenderCodes: [2]string{"女", "男"}, Postcode: "999-9999"},
	"ko_KR": {Script: Hangul, Country: "KR", FamilyFirst: true, Joined: true, LegalForms: []string{"주식회사", "유한회사"}, And: "·", TitleFemale: []string{"님"}, TitleMale: []string{"님"}, Academic: []string{"박사"}, GenderCodes: [2]string{"여", "남"}, Postcode: "99999"},
	"nb_NO": {Script: Latin, Country: "NO", LegalForms: []string{"AS", "ASA", "ANS", "DA"}, And: " og ", TitleFemale: []string{"Fru"}, TitleMale: []string{"Herr"}, Academic: []string{"Dr."}, GenderCodes: [2]string{"K", "M"}, Postcode: "9999"},
	"nl_NL": {Script: Latin, Country: "NL", LegalForms: []string{"B.V.", "N.V.", "VOF"}, And: " & ", TitleFemale: []string{"Mevr."}, TitleMale: []string{"Dhr."}, Academic: []string{"Dr.", "Drs.", "Ir."}, GenderCodes: [2]string{"V", "M"}, Postcode: "9999 AA"},
	"pl_PL": {Script: Latin, Country: "PL", LegalForms: []string{"sp. z o.o.", "S.A.", "sp.j."}, And: " i ", TitleFemale: []string{"Pani"}, TitleMale: []string{"Pan"}, Academic: []string{"dr", "mgr", "inż."}, GenderCodes: [2]string{"K", "M"}, Postcode: "99-999"},
	"pt_BR": {Script: Latin, Country: "BR", LegalForms: []string{"Ltda.", "S.A.", "ME", "EIRELI"}, And: " e ", TitleFemale: []string{"Sra.", "Dona"}, TitleMale: []string{"Sr.", "Seu"}, Academic: []string{"Dr.", "Prof.", "Eng."}, GenderCodes: [2]string{"F", "M"}, Postcode: "99999-999"},
	"pt_PT": {Script: Latin, Country: "PT", LegalForms: []string{"Lda.", "S.A.", "Unipessoal Lda."}, And: " e ", TitleFemale: []string{"Sra.", "D."}, TitleMale: []string{"Sr.", "Sr."}, Academic: []string{"Dr.", "Prof.", "Eng."}, GenderCodes: [2]string{"F", "M"}, Postcode: "9999-999"},
	"ro_RO": {Script: Latin, Country: "RO", LegalForms: []string{"S.R.L.", "S.A.", "P.F.A."}, And: " și ", TitleFemale: []string{"Dna.", "Dra."}, TitleMale: []string{"Dl.", "Dl."}, Academic: []string{"Dr.", "Ing.", "Prof."}, GenderCodes: [2]string{"F", "M"}, Postcode: "999999"},
	"sv_SE": {Script: Latin, Country: "SE", LegalForms: []string{"AB", "HB", "KB"}, And: " & ", TitleFemale: []string{"Fru"}, TitleMale: []string{"Herr"}, Academic: []string{"Dr", "Prof."}, GenderCodes: [2]string{"K", "M"}, Postcode: "999 99"},
	"tr_TR": {Script: Latin, Country: "TR", LegalForms: []string{"A.Ş.", "Ltd. Şti."}, And: " ve ", TitleFemale: []string{"Bayan"}, TitleMale: []string{"Bay"}, Academic: []string{"Dr.", "Prof."}, GenderCodes: [2]string{"K", "E"}, Postcode: "99999"},
	"uk_UA": {Script: Cyrillic, Country: "UA", LegalForms: []string{"ТОВ", "ПАТ", "ФОП"}, And: " і ", TitleFemale: []string{"Пані"}, TitleMale: []string{"Пан"}, Academic: []string{"д-р", "проф."}, GenderCodes: [2]string{"Ж", "Ч"}, Postcode: "99999"},
	"zh_CN": {Script: Han, Country: "CN", FamilyFirst: true, Joined: true, LegalForms: []string{"有限公司", "股份有限公司", "集团"}, And: "", TitleFemale: []string{"女士"}, TitleMale: []string{"先生"}, Academic: []string{"博士", "教授"}, GenderCodes: [2]string{"女", "男"}, Postcode: "999999"},
}

// ForScript returns the locale whose names serve a script,
// and nil where there is none.
func ForScript(s Script) *Locale {
	switch s {
	case Latin:
		return loaded["en_US"]()
	case Cyrillic:
		return loaded["uk_UA"]()
	case Greek:
		return loaded["el_GR"]()
	case Han:
		return loaded["zh_CN"]()
	case Hangul:
		return loaded["ko_KR"]()
	}
	return nil
}
