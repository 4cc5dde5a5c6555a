package detect

import "slices"

// The kinds of columns. A pack's keys and a column's Context use these names.
const (
	FirstName   = "first_name"
	LastName    = "last_name"
	FullName    = "full_name"
	Email       = "email"
	Phone       = "phone"
	Street      = "street"
	City        = "city"
	Postcode    = "postcode"
	Region      = "region"
	Country     = "country"
	Company     = "company"
	BirthDate   = "birth_date"
	BirthPlace  = "birth_place"
	NationalID  = "national_id"
	TaxID       = "tax_id"
	IBAN        = "iban"
	BankAccount = "bank_account"
	Card        = "card"
	CardSecret  = "card_secret" // CVV, PIN
	IP          = "ip"
	MAC         = "mac"
	Username    = "username"
	Password    = "password"
	Token       = "token"
	PushToken   = "push_token"
	DeviceID    = "device_id"
	URL         = "url"
	FreeText    = "free_text"
	JSON        = "json"
	XML         = "xml"
	Pairs       = "pairs" // an hstore
	File        = "file"  // bytes that may show or name a person: photos, scans, attachments
	Gender      = "gender"
	Title       = "title" // Mr, Dr
	JobTitle    = "job_title"
	Geo         = "geo"
	Vehicle     = "vehicle" // number plates and chassis numbers
	Salary      = "salary"
	MaritalInfo = "marital_status"
	Nationality = "nationality"
	Age         = "age"

	// Special categories in the sense of Article 9 of the GDPR, and criminal records (Article 10).
	Health            = "health"
	Religion          = "religion"
	Ethnicity         = "ethnicity"
	Union             = "union"
	Biometric         = "biometric"
	Genetic           = "genetic"
	SexualOrientation = "sexual_orientation"
	Political         = "political"
	Criminal          = "criminal"

	// Kinds that are nobody's.
	Amount      = "amount"
	Key         = "key"
	Timestamp   = "timestamp"
	Operational = "operational" // flags, states, counters, codes
	Label       = "label"       // names of things: products, categories
)

var special = []string{Health, Religion, Ethnicity, Union, Biometric, Genetic, SexualOrientation, Political, Criminal}

var impersonal = []string{"", Amount, Key, Timestamp, Operational, Label, Country}

// Special reports whether a column of this kind needs the care of Articles 9 and 10 of the GDPR.
func Special(kind string) bool { return slices.Contains(special, kind) }

// Personal reports whether a column of this kind holds data about a person, or may
// (free text, documents, files). The empty kind is not known, and not personal.
func Personal(kind string) bool { return !slices.Contains(impersonal, kind) }

// ColumnKinds returns every kind that Classify can answer with.
func ColumnKinds() []string {
	return []string{
		FirstName, LastName, FullName, Email, Phone, Street, City, Postcode, Region, Country, Company, BirthDate, BirthPlace, NationalID, TaxID, IBAN, BankAccount,
		Card, CardSecret, IP, MAC, Username, Password, Token, PushToken, DeviceID, URL, FreeText, JSON, XML, Pairs, File, Gender, Title, JobTitle, Geo, Vehicle, Salary,
		MaritalInfo, Nationality, Age, Health, Religion, Ethnicity, Union, Biometric, Genetic, SexualOrientation, Political, Criminal,
		Amount, Key, Timestamp, Operational, Label,
	}
}
