package detect

import "strings"

// phrases says what the words of a column's name mean. A phrase is one to four words
// joined by '_', without accents; columns written in one word are phrases too. English,
// German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Danish,
// Norwegian, Finnish, Czech, Hungarian, Romanian, Turkish; a few in Cyrillic and Han.
var phrases = func() map[string]string {
	m := map[string]string{}
	say := func(kind, words string) {
		for w := range strings.FieldsSeq(words) {
			m[fold(w)] = kind
		}
	}
	say(FirstName, `first_name firstname fname f_name given_name givenname forename christian_name middle_name middlename mname middle_initial nickname nick_name preferred_name
		vorname rufname vornamen prenom prenoms nombre_pila primer_nombre segundo_nombre nombres nome_proprio primeiro_nome voornaam roepnaam imie imiona fornamn tilltalsnamn fornavn etunimi
		jmeno krestni_jmeno keresztnev utonev prenume isim adi first_nm frst_nm имя name_first 名`)
	say(LastName, `last_name lastname lname l_name surname family_name familyname sur_name second_name maiden_name birth_name mothers_maiden_name nachname familienname zuname geburtsname
		nom_famille nom_de_famille nom_naissance apellido apellidos primer_apellido segundo_apellido apellido_paterno apellido_materno cognome sobrenome apelido ultimo_nome achternaam familienaam
		nazwisko efternamn etternavn efternavn sukunimi prijmeni vezeteknev csaladnev nume_familie soyad soyadi soyisim фамилия last_nm name_last 姓`)
	say(FullName, `from_name to_name quoted_by quote_by written_by full_name fullname display_name displayname person_name personname contact_name contactname customer_name customername client_name clientname employee_name patient_name user_full_name
		recipient recipient_name ship_name shipname ship_to_name bill_to_name billing_name shipping_name delivery_name cardholder card_holder cardholder_name card_holder_name account_holder account_name holder_name account_owner
		beneficiary payee_name payer_name guest_name passenger_name driver_name student_name teacher_name doctor_name physician attending_physician author_name sender_name reporter_name requester_name signatory signed_by
		owner_name parent_name guardian emergency_contact emergency_contact_name next_of_kin emergency ship_to bill_to deliver_to sold_to spouse spouse_name contact_person ansprechpartner kontaktperson empfaenger empfanger kontoinhaber karteninhaber kundenname mitarbeitername
		vollstandiger_name nom_complet nom_prenom titulaire destinataire interlocuteur nombre_completo titular destinatario nome_completo nome_cognome intestatario nominativo volledige_naam naam_klant contactpersoon ontvanger
		imie_nazwisko imie_i_nazwisko odbiorca fullstandigt_namn kontakt_namn fullt_navn navn koko_nimi cele_jmeno teljes_nev nev nume_complet ad_soyad adsoyad фио 姓名 氏名 namn nimi`)
	say(Email, `email e_mail mail email_address emailaddress e_mail_address mail_address mailaddress email_addr emailaddr email_id contact_email work_email personal_email private_email home_email alt_email alternate_email
		secondary_email recovery_email billing_email notification_email reply_to replyto mail_from mail_to email_from email_to sender_email recipient_email courriel adresse_mail adresse_email mel adresse_electronique correo correo_electronico
		posta_elettronica indirizzo_email endereco_email emailadresse e_mail_adresse mailadresse mailadres emailadres e_postadress epost epostadress e_post sahkoposti adres_email poczta elektronicka_posta e_posta eposta mailcim почта 邮箱 电子邮件 メール`)
	say(Phone, `phone_extension telephone_extension phone_ext phone phone_number phonenumber phone_no phoneno phone_num telephone telephone_number tel tel_no telno tel_number telnr mobile mobile_number mobilenumber mobile_no mobile_phone mob mob_no cell cell_phone cellphone cell_number
		fax fax_number faxnumber fax_no faxnr contact_number contact_no contactno landline home_phone work_phone office_phone day_phone evening_phone msisdn whatsapp whatsapp_number sms_number emergency_phone hotline
		telefon telefonnummer telefon_nr telefonnr handy handynummer handy_nr mobilnummer mobiltelefon festnetz rufnummer telefono telefono_movil movil celular numero_telefono numero_telefone telefone telemovel telefone_celular
		cellulare numero_cellulare recapito_telefonico recapito telephone_portable portable numero_portable tel_portable gsm telefoon telefoonnummer mobiel mobiele_nummer telefoonnr numer_telefonu komorka nr_telefonu
		telefonnummer mobilnr mobil tlf tlf_nr puhelin puhelinnumero matkapuhelin telefonni_cislo telefonszam numar_telefon telefon_numarasi cep_telefonu cep телефон 电话 手机 电话号码 電話番号`)
	say(Street, `street street_address streetaddress street_name street1 street2 street_line1 street_line_1 address addr address1 address2 address3 address_1 address_2 address_3 address_line address_line1 address_line2 address_line3 address_line_1 address_line_2
		addressline1 addressline2 addr1 addr2 addr_line1 home_address homeaddress mailing_address postal_address billing_address shipping_address delivery_address ship_address shipaddress bill_address residence residential_address house_number house_no housenumber
		street_number streetno po_box pobox apartment apt_no adresse strasse strassenname hausnummer haus_nr hausnr anschrift wohnort_strasse postanschrift rue numero_rue voie adresse_postale adresse_ligne1 direccion calle domicilio
		direccion_postal indirizzo via indirizzo_residenza numero_civico residenza endereco rua logradouro morada adres straat straatnaam huisnummer huisnr ulica adres_zamieszkania nr_domu adress gatuadress gata postadress gateadresse
		vej vejnavn osoite katuosoite ulice bydliste cim utca lakcim adresa strada sokak cadde acik_adres адрес улица 地址 住所 住址`)
	say(City, `neighborhood neighbourhood city_district city town city_name cityname town_name municipality locality village suburb district_town billing_city shipping_city ship_city home_city stadt ort wohnort ortschaft gemeinde ville commune localite ciudad localidad poblacion municipio citta comune localita
		cidade localidade stad plaats woonplaats gemeente miasto miejscowosc stad postort by poststed kaupunki postitoimipaikka mesto obec varos telepules oras localitate sehir ilce город 城市 市区町村`)
	say(Postcode, `postcode post_code postal_code postalcode zip zip_code zipcode zip4 pin_code pincode eircode plz postleitzahl code_postal cp codigo_postal cap codice_postale cep codigo_postal postnummer postnr postinumero kod_pocztowy psc
		iranyitoszam irsz cod_postal posta_kodu postcode_code ship_postal_code shippostalcode billing_postal_code billing_zip shipping_zip индекс 邮编 郵便番号`)
	say(Region, `state province county region state_province bundesland kanton departement provincia comunidad_autonoma regione estado provincie wojewodztwo lan fylke maakunta kraj megye judet prefecture ship_region billing_state shipping_state ship_state`)
	say(Country, `country country_code countrycode country_name country_iso land landcode laendercode pays pais paese kraj_pochodzenia maa zeme orszag tara ulke ship_country billing_country shipping_country страна 国家`)
	say(Company, `company company_name companyname organisation organization organisation_name organization_name org_name employer employer_name business_name firm firm_name firma firmenname unternehmen entreprise societe raison_sociale empresa razon_social
		azienda ragione_sociale denominazione empresa_nome razao_social bedrijf bedrijfsnaam nazwa_firmy foretag foretagsnamn virksomhed bedrift yritys spolecnost ceg cegnev companie sirket firma_adi 公司`)
	say(BirthDate, `birth_date birthdate date_of_birth dateofbirth dob birthday bday birth_day born born_on born_at birth_dt dt_of_birth d_o_b year_of_birth birth_year birthyear geburtsdatum geburtstag geb_datum gebdatum geburtsjahr date_naissance
		date_de_naissance ne_le naissance fecha_nacimiento fecha_de_nacimiento fec_nac fecha_nac data_nascita data_di_nascita data_nascimento data_de_nascimento dt_nascimento nascimento geboortedatum geboorte_datum geb_dat data_urodzenia
		fodelsedatum fodelsedag fodselsdato fodselsdag syntymaaika syntymapaiva datum_narozeni szuletesi_datum szuletesi_ido data_nasterii dogum_tarihi дата_рождения 出生日期 生日 生年月日`)
	say(BirthPlace, `birth_place birthplace place_of_birth geburtsort lieu_naissance lieu_de_naissance lugar_nacimiento luogo_nascita luogo_di_nascita local_nascimento naturalidade geboorteplaats miejsce_urodzenia fodelseort fodested misto_narozeni szuletesi_hely`)
	say(NationalID, `national_id nationalid national_identifier ssn social_security social_security_number socialsecuritynumber social_security_no nino ni_number national_insurance national_insurance_number nhs nhs_number nhs_no personal_id personal_number
		identity_number identity_no id_number id_card id_card_number id_document citizen_id passport passport_number passport_no passportnumber passportno driving_licence driving_license drivers_license driver_license licence_number license_number driver_licence_number dl_number visa_number residence_permit
		aadhaar aadhaar_number aadhar pan_number sin_number medicare_number mbi nric sozialversicherungsnummer svnr sv_nummer sv_nr rentenversicherungsnummer rvnr krankenversicherungsnummer kvnr versichertennummer ausweisnummer personalausweis personalausweisnummer
		reisepass reisepassnummer fuehrerscheinnummer numero_securite_sociale nir num_secu insee numero_passeport carte_identite dni nie nif documento_identidad numero_documento cedula curp rut codice_fiscale cf cod_fiscale codicefiscale carta_identita cpf cpf_cnpj rg
		numero_contribuinte bsn burgerservicenummer sofinummer paspoortnummer pesel numer_pesel nr_dowodu dowod_osobisty personnummer person_nr personnr pnr cpr cpr_nr cpr_number fodselsnummer fodselsnr hetu henkilotunnus rodne_cislo taj_szam szemelyi_szam cnp
		tc_kimlik tc_kimlik_no tckn kimlik_no insurance_number member_number_health rijksregisternummer ahv ahv_nummer avs паспорт инн снилс 身份证 身份证号 マイナンバー identity_document
		oib egn isikukood asmens_kodas amka snils teudat_zehut mykad kad_pengenalan my_number mynumber hkid nik no_ktp cnic emirates_id voter_id nin jmbg emso curp_number personal_code citizen_number cedula_identidad cuil personas_kods henkilotunnus_nr 주민등록번호 운전면허번호 身分證 護照 护照号 パスポート番号 passaporto pasaporte paszport passeport reisepass_nr patente patente_guida permis_conduire permis_de_conduire prawo_jazdy korkort kjennemerke rijbewijs`)
	say(TaxID, `tax_id taxid tax_number tax_no tin itin ein vat vat_id vat_number vatid vat_no steuernummer steuer_id steuer_nr steuerid idnr ust_id ustid ust_idnr umsatzsteuer_id uid_nummer numero_tva tva numero_fiscal siren siret cif cuit rfc afm uen rnokpp crn hrb business_registration_number 사업자등록번호 siren siret cif
		partita_iva piva p_iva cnpj btw_nummer btwnummer nip regon organisationsnummer org_nr cvr ico dic adoszam cui vergi_no utr abn tfn gstin`)
	say(IBAN, `iban iban_number bank_iban iban_nr`)
	say(BankAccount, `bank_account bank_account_number account_number_bank bankaccount sort_code routing_number aba_number account_iban bic swift swift_code bic_code kontonummer konto_nr kto blz bankleitzahl rib compte_bancaire numero_compte cuenta_bancaria numero_cuenta ccc
		conto_corrente numero_conto conta_bancaria rekeningnummer numer_konta nr_konta kontonr bankgiro plusgiro cislo_uctu bankszamlaszam`)
	say(Card, `card_number cardnumber card_no cardno card_num credit_card creditcard credit_card_number creditcardnumber cc_number ccnumber cc_num cc_no pan debit_card debit_card_number payment_card kreditkarte kreditkartennummer kartennummer numero_carte carte_bancaire
		tarjeta numero_tarjeta tarjeta_credito carta_credito carta_di_credito numero_carta cartao cartao_credito numero_cartao creditcardnummer kaartnummer numer_karty kortnummer card_last4 card_last_four last4 last_four`)
	say(CardSecret, `cvv cvc cvv2 cvc2 card_cvv card_cvc pin pin_code_card card_pin security_code card_security_code`)
	say(IP, `ip ip_address ipaddress ip_addr ipaddr ip_v4 ipv4 ipv6 client_ip remote_ip remote_addr remote_address source_ip src_ip last_ip last_login_ip login_ip signup_ip user_ip visitor_ip adresse_ip direccion_ip indirizzo_ip ip_adresse ip_adres`)
	say(MAC, `mac mac_address macaddress mac_addr hw_address hardware_address bssid wifi_mac bluetooth_address`)
	say(Username, `created_by updated_by modified_by changed_by deleted_by approved_by submitted_by posted_by entered_by username user_name login login_name loginname user_login userid_login screen_name screenname handle twitter_handle twitter instagram facebook linkedin skype skype_id telegram github account_login benutzername anmeldename benutzer identifiant
		nom_utilisateur pseudo nombre_usuario usuario nome_utente nome_usuario gebruikersnaam nazwa_uzytkownika anvandarnamn brugernavn brukernavn kayttajatunnus uzivatelske_jmeno felhasznalonev kullanici_adi логин 用户名`)
	say(Password, `pass_crypt password_crypt crypted_password crypt_password pass_salt bcrypt_hash password passwd pwd password_hash passwordhash hashed_password encrypted_password password_digest pass_hash password_salt salt passphrase user_password userpassword password1 old_password security_answer secret_answer security_question
		passwort kennwort passwort_hash mot_de_passe mdp contrasena clave senha wachtwoord haslo losenord adgangskode passord salasana heslo jelszo parola sifre пароль 密码`)
	say(Token, `confirmation_code access_code reset_code login_code magic_code passcode magic_link token access_token refresh_token auth_token api_key apikey api_token api_secret client_secret secret secret_key private_key session_token session session_id sessionid session_key reset_token reset_password_token confirmation_token remember_token
		verification_token invite_token invitation_token csrf_token otp otp_secret totp_secret mfa_secret two_factor_secret recovery_codes backup_codes webhook_secret signing_secret bearer jwt cookie oauth_token unlock_token verification_code activation_code`)
	say(PushToken, `push_token pushtoken device_token devicetoken fcm_token fcm_id apns_token apn_token gcm_id gcm_token registration_id expo_push_token notification_token push_id push_endpoint push_subscription`)
	say(DeviceID, `device_id deviceid imei imsi iccid udid idfa gaid advertising_id android_id meid esn fingerprint_device device_fingerprint serial_number_device user_agent useragent browser_fingerprint cookie_id visitor_id tracking_id`)
	say(URL, `url website web_site homepage home_page webpage site_url profile_url avatar_url avatar photo_url image_url picture_url webhook webhook_url callback_url redirect_url linkedin_url facebook_url twitter_url blog_url link href referrer referer request_url photo_path photopath`)
	say(FreeText, `resume curriculum_vitae lebenslauf notes note comment comments remark remarks description_customer customer_description customer_desc client_description patient_description person_description message body message_body text content free_text freetext memo feedback review review_text bio biography about about_me complaint reason_text transcript conversation chat subject_line mail_body email_body
		history case_history case_notes annotation observations observation details_text bemerkung bemerkungen notiz notizen kommentar anmerkung anmerkungen nachricht commentaire commentaires remarque observaciones comentario comentarios nota mensaje
		commento commenti osservazioni messaggio observacoes comentarios mensagem opmerking opmerkingen bericht uwagi komentarz wiadomosc anteckning anteckningar meddelande besked kommentti viesti poznamka poznamky megjegyzes uzenet observatii mesaj not aciklama
		примечание комментарий 备注 special_instructions delivery_instructions instructions ticket_text question answer_text signature statement cover_letter`)
	say(Gender, `gender sex geschlecht sexe genre genero sexo sesso geslacht plec kon kjonn sukupuoli pohlavi neme cinsiyet пол 性别 gender_code gender_identity pronouns`)
	say(Title, `salutation name_prefix honorific anrede civilite tratamiento title_of_courtesy titleofcourtesy courtesy_title name_title aanhef titel_naam osloveni name_suffix`)
	say(JobTitle, `job_title jobtitle job position_title occupation profession job_role contact_title contacttitle berufsbezeichnung beruf stellenbezeichnung poste metier profession_libelle puesto cargo ocupacion profesion mansione professione ruolo_aziendale profissao beroep functie_titel
		functietitel zawod stanowisko yrke befattning stilling ammatti povolani foglalkozas ocupatie meslek unvan designation`)
	say(Geo, `lat lng lon latitude longitude geo geolocation geo_location gps gps_coordinates coordinates coords lat_lng latlng location_point geom geometry geo_point home_location last_location breitengrad laengengrad latitud longitud latitudine longitudine`)
	say(Vehicle, `license_plate licence_plate plate_number number_plate registration_plate vehicle_registration vin vehicle_identification_number kennzeichen kfz_kennzeichen fahrgestellnummer immatriculation plaque_immatriculation matricula targa placa kenteken
		numer_rejestracyjny registreringsnummer rekisterinumero spz rendszam plaka`)
	say(Salary, `salary wage wages income annual_income gross_salary net_salary base_salary monthly_salary hourly_rate compensation bonus_amount gehalt lohn einkommen bruttogehalt salaire revenu sueldo salario nomina ingresos stipendio reddito salario_bruto
		salaris loon inkomen wynagrodzenie pensja inkomst palkka plat_mzda mzda fizetes salariu maas credit_score net_worth`)
	say(MaritalInfo, `marital_status maritalstatus marital civil_status familienstand etat_civil situation_familiale situation_matrimoniale estado_civil stato_civile burgerlijke_staat stan_cywilny civilstand civilstatus sivilstatus siviilisaaty rodinny_stav csaladi_allapot
		stare_civila medeni_hal number_of_children children_count`)
	say(Nationality, `nationality citizenship nationalitaet nationalitat staatsangehoerigkeit staatsangehorigkeit nationalite nacionalidad nazionalita cittadinanza nacionalidade nationaliteit narodowosc obywatelstwo nationalitet medborgarskap kansalaisuus narodnost statni_prislusnost allampolgarsag cetatenie uyruk`)
	say(Age, `age person_age customer_age patient_age alter_jahre lebensalter edad eta_anni idade leeftijd wiek alder ika vek eletkor varsta yas`)
	say(Health, `diagnosis diagnoses diagnosis_code icd icd10 icd_10 icd_code icd9 disease illness allergy allergies medication medications prescription prescriptions symptom symptoms treatment treatment_plan blood_type blood_group bloodtype disability disabilities medical_history
		medical_record medical_record_number mrn medical_notes health_status health_condition condition_medical pregnancy pregnant vaccination vaccination_status lab_result lab_results test_result_medical bmi weight_kg height_cm blood_pressure mental_health hiv_status sick_leave sick_days
		anamnesis patient_history krankheit diagnose diagnosen befund befunde krankengeschichte medikament medikamente allergien behinderung schwerbehindert blutgruppe krankmeldung gesundheitszustand maladie diagnostic traitement medicament groupe_sanguin handicap antecedents
		enfermedad diagnostico tratamiento medicamento alergias grupo_sanguineo discapacidad malattia diagnosi terapia farmaco gruppo_sanguigno disabilita doenca tratamento grupo_sanguineo deficiencia ziekte behandeling medicatie bloedgroep choroba rozpoznanie leczenie leki grupa_krwi
		niepelnosprawnosc sjukdom diagnos behandling medicin blodgrupp sygdom sairaus diagnoosi nemoc lecba betegseg kezeles boala hastalik tani ilac`)
	say(Religion, `religion religious_affiliation religious_belief faith church denomination konfession religionszugehoerigkeit religionszugehorigkeit kirchensteuer kirchensteuermerkmal confession_religieuse religione credo religiao godsdienst geloof wyznanie trosuppfattning uskonto nabozenstvi vallas religie din`)
	say(Ethnicity, `ethnicity ethnic ethnic_group ethnic_origin race racial_origin ethnie herkunft_ethnisch ethnische_herkunft origine_ethnique etnia origen_etnico origine_etnica raca cor_raca etniciteit afkomst pochodzenie_etniczne etnicitet etniskt_ursprung skin_color tribe caste`)
	say(Union, `union union_member union_membership trade_union labor_union labour_union gewerkschaft gewerkschaftsmitglied syndicat adhesion_syndicale sindicato afiliacion_sindical sindacato vakbond zwiazek_zawodowy fackforbund fagforening ammattiliitto odbory szakszervezet sindicat sendika`)
	say(Biometric, `biometric biometrics biometric_data fingerprint fingerprints fingerprint_template face_template face_embedding face_encoding faceprint iris iris_scan iris_template retina_scan voiceprint voice_print palm_print facial_recognition fingerabdruck empreinte_digitale huella huella_dactilar impronta_digitale
		impressao_digital vingerafdruk odcisk_palca fingeravtryck fingeraftryk sormenjalki otisk_prstu ujjlenyomat amprenta parmak_izi`)
	say(Genetic, `dna dna_sequence genome genotype genetic genetic_data genetic_profile haplotype`)
	say(SexualOrientation, `sexual_orientation sexualorientation sexual_preference orientation_sexuelle sexuelle_orientierung orientacion_sexual orientamento_sessuale orientacao_sexual seksuele_geaardheid orientacja_seksualna sexuell_laggning sex_life`)
	say(Political, `political political_party political_affiliation political_opinion political_views party_affiliation party_membership parteizugehoerigkeit politische_gesinnung opinion_politique parti_politique afiliacion_politica opinion_politica partito_politico opinioni_politiche filiacao_partidaria politieke_voorkeur
		przynaleznosc_partyjna politisk_tillhorighet`)
	say(Criminal, `criminal_record criminal_history conviction convictions criminal_convictions arrest_record offence_history vorstrafen fuehrungszeugnis casier_judiciaire antecedentes_penales casellario_giudiziale antecedentes_criminais strafblad karalnosc rap_sheet`)
	say(File, `photo picture portrait headshot passport_photo id_photo scan scanned_document attachment document_scan signature_image voice_recording recording foto lichtbild bild photo_identite imagen_foto`)
	// What looks like one of the above and is not.
	say(Label, `job_class worker_class product_name productname file_name filename category_name categoryname brand brand_name model_name item_name itemname role_name group_name project_name event_name table_name column_name domain_name host_name hostname server_name tag_name genre_name album_title song_title
		track_name playlist_name department department_name team_name class_name course_name plan_name campaign_name template_name page_title page_name field_name attribute_name status_name type_name setting_name job_name queue_name service_name app_name package_name media_type mediatype territory_description region_description
		quantity_per_unit composer slug label title_product product_title display_order unit_name bank_name warehouse_name store_name shop_name branch_name ship_via_name school_name artist_name hotel_name currency_name language_name`)
	say(Operational, `status state_code flag enabled active is_active deleted verified confirmed count quantity qty version revision priority level sort_order position rank type kind locale language lang timezone time_zone currency currency_code color colour size weight sku barcode ean isbn upc mime_type
		content_type checksum hash etag sequence attempts retries retry_count rating score stars percentage percent discontinued reorder_level units_in_stock milliseconds bytes duration unit role permission permissions scope scopes channel source_system email_verified email_confirmed phone_verified
		email_opt_in sms_opt_in newsletter_opt_in opt_in opted_in marketing_consent consent email_count phone_type email_type address_type card_type card_brand payment_method ip_version email_status phone_country_code has_password mfa_enabled country_count name_length email_template email_subject_template`)
	say(Amount, `amount total price unit_price unitprice cost subtotal tax tax_rate discount fee balance budget revenue freight sum net gross vat_amount tax_amount betrag preis summe prix montant precio importe prezzo importo preco valor prijs bedrag cena kwota pris belopp`)
	return m
}()

// lastWords decide alone when they end a name: what is dated, counted or keyed is not
// the thing itself.
var lastWords = map[string]string{
	"at": Timestamp, "on": Timestamp, "time": Timestamp, "timestamp": Timestamp, "date": Timestamp, "datetime": Timestamp, "ts": Timestamp, "until": Timestamp,
	"id": Key, "key": Key, "uuid": Key, "guid": Key, "fk": Key, "pk": Key, "ref": Key,
	"count": Operational, "cnt": Operational, "flag": Operational, "status": Operational, "state": Operational, "type": Operational, "enabled": Operational, "verified": Operational,
	"confirmed": Operational, "valid": Operational, "length": Operational, "version": Operational, "format": Operational, "validated": Operational, "sent": Operational,
	"opened": Operational, "clicked": Operational, "bounced": Operational, "subscribed": Operational, "optin": Operational, "attempts": Operational, "template": Label,
	"provider": Operational, "category": Operational, "level": Operational, "required": Operational, "visible": Operational, "public": Operational, "index": Operational,
	"amount": Amount, "price": Amount, "total": Amount, "cost": Amount, "rate": Amount, "fee": Amount, "balance": Amount,
}

// peopleTables and thingTables say whose "name" a bare name is. Words are singular.
var peopleTables = wordSet(`customer client user person people employee staff contact patient member student teacher doctor author subscriber recipient guest passenger driver applicant candidate
	participant attendee player lead account_holder beneficiary donor volunteer tenant owner buyer seller visitor resident citizen voter worker agent physician nurse parent child spouse friend manager
	kunde kunden mitarbeiter benutzer nutzer patienten person personen ansprechpartner mitglied mitglieder schueler lehrer client utilisateur employe salarie adherent contact usager cliente usuario empleado persona paciente alumno
	utente dipendente paziente persone socio funcionario pessoa klant gebruiker medewerker patient lid persoon klient uzytkownik pracownik pacjent osoba kund anvandare anstalld medlem bruger medarbejder henkilo asiakas kayttaja
	zakaznik uzivatel zamestnanec ugyfel felhasznalo dolgozo angajat utilizator musteri kullanici calisan`)

var thingTables = wordSet(`product category country region city territory genre artist album track playlist media_type brand model item article sku role group team department project tag status type currency language
	unit setting config option permission file document_type event course plan campaign template page field table column queue job service app package warehouse store shop branch location supplier vendor shipper
	company organization organisation firm school hotel restaurant movie film book song color size material tax shipping payment_method channel feature flag theme menu widget report metric
	produkt kategorie artikel land lager abteilung projekt lieferant firma produit categorie pays entrepot fournisseur producto categoria pais almacen proveedor prodotto fornitore magazzino produto armazem`)

// letterTables hold what one person wrote to another, with a title over it.
var letterTables = wordSet("message mail email dmail letter diary chat conversation feedback complaint inquiry enquiry ticket contact correspondence nachricht mensaje messaggio bericht")

// placeTables list places: a name in them is nobody's address.
var placeTables = wordSet("state country region territory province county city town municipality continent district land bundesland pays provincia departement")

// trackTables record where somebody was.
var trackTables = wordSet("gps gpx track trackpoint trip ride checkin position geolocation whereabouts")

// secretTables hold secrets under names that say little.
var secretTables = wordSet("api_key apikey token secret credential access_key")

// services are those whose numbers of a person lead to that person's account.
var services = wordSet("stripe paypal facebook google twitter github gitlab apple strava telegram discord slack linkedin instagram microsoft azure okta auth oauth sso saml openid oidc provider ldap external_user shopify braintree intercom hubspot salesforce zendesk mailchimp")

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}
