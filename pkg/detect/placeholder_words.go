package detect

import (
	"strings"
)

// filler is a word that stands for no value.
type filler struct {
	kind string
	sure bool // nobody is called so: it needs no second signal even in a column of names
	text bool // as a whole text it is filler too
}

// fillerWords are whole normalised values.
var fillerWords = newLexicon(func() map[string]filler {
	m := map[string]filler{}
	say := func(kind string, sure, text bool, words string) {
		for w := range strings.SplitSeq(words, "|") {
			m[strings.TrimSpace(strings.ReplaceAll(w, "\n", " "))] = filler{kind, sure, text}
		}
	}
	say("null-word", true, false, `n/a|n.a|n.a.|#n/a|#ref|#value|undefined|undef|unknown|unk|not available|not applicable|not provided|not given|not known|not specified|not set|missing|empty|no name|noname|no value|no data|anonymous|tbd|tba|tbc|to be determined|to be confirmed|to be advised|fixme|todo|xxx|k.a|keine angabe|keine angaben|unbekannt|ohne namen|inconnu|inconnue|non renseigné|non renseignee|non communiqué|sans nom|desconocido|desconocida|sin nombre|no disponible|no aplica|sin datos|sconosciuto|sconosciuta|non disponibile|senza nome|onbekend|niet van toepassing|geen|okänd|ej angivet|nieznany|nieznane|nie dotyczy|brak danych|desconhecido|sem nome|não informado|nao informado|neznámý|ismeretlen|necunoscut|bilinmiyor|ukjent|ukendt|tuntematon|不明|未知|暂无|なし|неизвестно|неизвестен|нет данных|nobody|no email|no phone|no mail|kein name|aucun|ninguno|nessuno|nenhum|null null|none none|na na|undefined undefined|unavailable|nicht vorhanden|nicht bekannt`)
	say("null-word", false, false, `null|nil|none|nan|na|blank|anon|no|brak|void|nul|n a`)
	say("test-word", true, true, `testing|test test|test user|testuser|test account|testaccount|test customer|test name|test company|test person|test data|testdata|this is a test|just a test|test message|delete me|deleteme|do not use|donotuse|ignore|ignore me|please ignore|foobar|foo bar|qux|quux|hello world|helloworld|abc123|asd|asdf|qwe|xyz|blah|blah blah|bla|blabla|bla bla|fake name|fake user|fake account|dummy user|dummy data|sample user|sample data|example user|example name|your name|your name here|name here|first name|last name|firstname|lastname|first last|full name|vorname|nachname|vorname nachname|prénom nom|nombre apellido|nome cognome|user name|customer name|insert name here|insert text here|placeholder|placeholder text|some text|some text here|sample text|text here|lorem|ipsum|lorem ipsum|change me|changeme|testperson|testkunde|test kunde|probando|prueba|essai|prova prova|probe probe|teste teste|тест|тестовый|тест тест|测试|テスト|테스트|uat|uat test|qa test|smoke test|test1|test2|test3|test123|a b|aa bb|asdf asdf|kunde test|mr test|mrs test|test testsson|testi testinen|testname|testfirma|musterfirma|hello test|test order|string|varchar|first_name|last_name|firstname lastname|email@email.com|user1|user2|admin admin|administrator|root root`)
	say("test-word", false, false, `test|tester|qa|dev|demo|sample|example|dummy|fake|temp|tmp|foo|bar|baz|hello|abc|abcd|aaa|admin|root|user|guest|customer|client|muster|beispiel|exemple|ejemplo|esempio|exemplo|voorbeeld|prova|teste|testi|someone|somebody|person|name|surname|jane doe test|me|staff|manager|default|system|service`)
	say("software-word", true, false, `drop table|hasownproperty|constructor|__proto__|con|prn|aux|com1|lpt1|true false|[object object]|object object|exception|error|traceback|segfault|stacktrace|null pointer|nullpointerexception|system.string|system.object|#error|division by zero`)
	say("software-word", false, false, `true|false|select|then|function|array|object|class|var|0|1|-1`)
	return m
}())

func phraseSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(s, "|") {
		m[strings.TrimSpace(w)] = true
	}
	return m
}

// jokeNames are famous and proverbial names; false marks those that many people bear.
var jokeNames = newLexicon(func() map[string]bool {
	m := map[string]bool{}
	for w := range phraseSet(`john doe|jane doe|johnny doe|janie doe|baby doe|joe doe|jon doe|john q. public|john q public|joe public|jane public|joe bloggs|fred bloggs|joe blow|joe schmoe|joe sixpack|fred nerk|fred nurk|joe farnarkle|john everyman|max mustermann|erika mustermann|lieschen mustermann|max musterfrau|erika musterfrau|maria musterfrau|max muster|hans muster|petra muster|otto normalverbraucher|lieschen müller|monsieur tout-le-monde|jean dupond|fulano|fulano de tal|fulana de tal|mengano|zutano|tizio caio|tizio|jan modaal|piet pietersen|jan met de pet|gipsz jakab|kovács jános minta|minta jános|medel svensson|medelsvensson|kalle svensson|ola nordmann|kari nordmann|matti meikäläinen|maija meikäläinen|morten menigmand|jón jónsson|seán citizen|john citizen|jane citizen|иван иванов|иван иванович|вася пупкин|василий пупкин|ivan ivanov|张三|李四|王五|陈小明|山田太郎|山田花子|홍길동|김철수|koos van der merwe|piet pompies|joe borg|richard roe|jane roe|jan kowalski|mickey mouse|minnie mouse|donald duck|daisy duck|goofy goof|bart simpson|homer simpson|lisa simpson|darth vader|luke skywalker|han solo|elvis presley|spider man|spiderman|super man|superman|clark kent|bruce wayne|james bond|harry potter|hermione granger|santa claus|easter bunny|mister x|mr x|mr. x|chuck norris|sherlock holmes|frodo baggins|peter pan|captain kirk|jean luc picard|spongebob squarepants|scooby doo|bugs bunny|daffy duck|fred flintstone|indiana jones|tony stark|peter parker|lara croft|super mario|obi wan kenobi|jack sparrow|captain america|i p freely|seymour butts|hugh jass|mike hunt|ben dover|amanda hugginkiss|heywood jablome|dick hertz|phil mccracken|anita bath|barb dwyer|jane q public|batman|gandalf|yoda|asterix|obelix|pippi langstrumpf|pippi långstrump|hans wurst|rainer zufall|anna nass|lieschen mueller`) {
		m[w] = true
	}
	for w := range phraseSet(`john smith|jane smith|paul martin|jean dupont|jeanne dupont|marie dupont|juan pérez|juana pérez|juan perez|mario rossi|maria rossi|joão da silva|joao da silva|maria da silva|jan jansen|jan novák|jana nováková|jan novak|peter parker|jón jónsson|jóna jónsdóttir|jan kowalski|anna kowalska|james bond|max muster|peter pan|kim lee|mike hunt|ivan ivanov|иван иванов|김철수|王五|richard roe|anita bath|fulano|tizio|hans muster|petra muster|batman|muster|mustermann|doe|mouse|duck`) {
		m[w] = false
	}
	return m
}())

var junkAddresses = newLexicon(phraseSet(`123 main st|123 main street|123 main|1 main street|123 fake street|123 fake st|fake street 123|fake street|1 test street|test street|test street 1|123 test street|teststraße 1|teststrasse 1|teststraße|musterstraße 1|musterstrasse 1|musterstraße|musterstrasse|musterstraße 12|musterstraße 123|musterstadt|musterhausen|12345 musterstadt|anytown|any town|anywhere|somewhere|nowhere land|221b baker street|1600 pennsylvania ave|1600 pennsylvania avenue|742 evergreen terrace|rue de test|rue du test|1 rue de test|rue exemple|calle falsa 123|calle falsa|via prova|via prova 1|via di prova|rua teste|rua de teste|teststraat 1|teststraat|voorbeeldstraat 1|voorbeeldstraat|ulica testowa 1|ul. testowa 1|address|address 1|address line 1|street|street address|your address|street name|exampleville|example street|1 example street|beispielstraße 1|beispielstraße|beispielstadt|testville|testtown|teststadt|test city|city|town|gotham|gotham city|metropolis|entenhausen|duckburg|0,0|0, 0|0.0,0.0|-1,-1|(0,0)|37.751,-97.822|37.751, -97.822|no address|no fixed abode|keine adresse|same as above|see above|siehe oben|idem`))

// weakPlaces exist.
var weakPlaces = newLexicon(phraseSet(`null|nowhere|hell|test valley|essex|middlesex|scunthorpe|penistone|clitheroe|lightwater|cockermouth|condom|intercourse|dildo|bitche|pussy|wankum|fugging|batman|springfield|nice|no|y|a|å|ö|bar|foo|nan|ro|demo|sample|temp|sion|muster|guest|rome|aux|con|blank|error|love|truth or consequences|unknown`))

var junkCompanies = newLexicon(phraseSet(`acme|acme corp|acme inc|acme ltd|acme gmbh|acme corporation|acme company|foo inc|foo corp|foo ltd|test gmbh|test ag|test inc|test ltd|test llc|test corp|test company|test co|test sa|test srl|test bv|test b.v|muster gmbh|muster ag|musterfirma|musterfirma gmbh|mustermann gmbh|company|company name|your company|my company|company a|company b|example ltd|example inc|example corp|example gmbh|example company|sample company|demo company|demo gmbh|contoso|contoso ltd|fabrikam|northwind|northwind traders|adventure works|globex|globex corporation|initech|umbrella|umbrella corp|umbrella corporation|hooli|stark industries|wayne enterprises|cyberdyne|cyberdyne systems|soylent|soylent corp|tyrell corporation|weyland-yutani|massive dynamic|vandelay industries|dunder mifflin|pied piper|wonka industries|oscorp|aperture science|self|self employed test|private|privat|no company|keine firma|none ltd`))

var junkEmails = newLexicon(phraseSet(`test@test.com|test@test.de|test@test.fr|test@test.it|test@test.es|test@test.nl|test@test.co.uk|a@a.a|a@b.c|a@a.com|a@b.com|x@x.com|x@y.com|x@y.z|me@me.com|you@you.com|asdf@asdf.com|none@none.com|no@no.com|no@email.com|na@na.com|n@a.com|noemail@noemail.com|noemail@email.com|no@mail.com|nomail@nomail.com|none@email.com|foo@bar.com|foo@foo.com|user@example.com|email@domain.com|name@domain.com|user@domain.com|name@company.com|your@email.com|youremail@email.com|yourname@email.com|your.name@email.com|email@email.com|mail@mail.com|mail@example.com|abc@abc.com|abc@xyz.com|abc@def.com|123@123.com|1@1.com|qwe@qwe.com|qwerty@qwerty.com|admin@admin.com|user@user.com|fake@fake.com|fake@email.com|spam@spam.com|nobody@nowhere.com|noone@nowhere.com|unknown@unknown.com|null@null.com|john@doe.com|john.doe@email.com|johndoe@email.com|johndoe@gmail.com|max@mustermann.de|max.mustermann@web.de|info@info.com|test@gmail.com|test@mail.com|test@email.com|test@yahoo.com|test@hotmail.com|aaa@aaa.com|xxx@xxx.com|asd@asd.com|dummy@dummy.com|temp@temp.com|someone@somewhere.com|someone@email.com|hello@world.com`))

var roleMailboxes = newLexicon(phraseSet(`noreply|no-reply|no_reply|no.reply|donotreply|do-not-reply|do_not_reply|mailer-daemon|postmaster|hostmaster|webmaster|abuse|bounce|bounces|notifications|notification|null|devnull|dev-null|nobody|unsubscribe|root`))

var typoDomains = newLexicon(phraseSet(`gmial.com|gmai.com|gmal.com|gmail.co|gmail.cm|gmaill.com|gnail.com|gmail.con|gmali.com|hotmial.com|hotmal.com|hotmai.com|hotnail.com|hotmil.com|hotmail.con|yaho.com|yahooo.com|yhoo.com|yahoo.con|yahoo.co|outlok.com|outllok.com|outloook.com|iclod.com|icloud.co|gmx.d|web.d|googlemail.co|t-onlin.de|wanado.fr|orage.fr`))

// disposableDomains are well-known givers of throw-away mailboxes.
var disposableDomains = newLexicon(phraseSet(`mailinator.com|mailinator.net|mailinator2.com|yopmail.com|yopmail.fr|yopmail.net|guerrillamail.com|guerrillamail.net|guerrillamail.org|guerrillamail.de|guerrillamail.biz|guerrillamailblock.com|sharklasers.com|grr.la|spam4.me|pokemail.net|10minutemail.com|10minutemail.net|10minutemail.de|10minemail.com|20minutemail.com|trashmail.com|trashmail.de|trashmail.net|trashmail.me|trash-mail.com|trash-mail.de|temp-mail.org|temp-mail.io|temp-mail.com|tempmail.com|tempmail.net|tempmail.de|tempmailo.com|tempmail.plus|tempinbox.com|tempr.email|tempail.com|maildrop.cc|getnada.com|nada.email|dispostable.com|mintemail.com|fakeinbox.com|throwawaymail.com|throwaway.email|mohmal.com|mailnesia.com|mailcatch.com|mailnull.com|mytemp.email|mytrashmail.com|moakt.com|moakt.cc|emailondeck.com|discard.email|discardmail.com|discardmail.de|spamgourmet.com|spambog.com|spambog.de|spambox.us|spamex.com|spamfree24.org|spamherelots.com|spamhole.com|spaml.com|spamspot.com|wegwerfmail.de|wegwerfmail.net|wegwerfmail.org|wegwerfemail.de|wegwerfadresse.de|einrot.com|fleckens.hu|cuvox.de|dayrep.com|gustr.com|jourrapide.com|rhyta.com|superrito.com|teleworm.us|armyspy.com|jetable.org|jetable.com|jetable.net|kasmail.com|incognitomail.com|incognitomail.org|anonbox.net|anonymbox.com|antichef.com|bugmenot.com|deadaddress.com|despam.it|devnullmail.com|dodgeit.com|e4ward.com|emailias.com|emailtemporario.com.br|filzmail.com|getairmail.com|harakirimail.com|hidemail.de|hmamail.com|inboxalias.com|inboxbear.com|inboxkitten.com|instant-mail.de|keepmymail.com|klzlk.com|lroid.com|luxusmail.org|mailexpire.com|mailforspam.com|mailfreeonline.com|mailimate.com|mailme.lv|mailmoat.com|mailsac.com|mailtemp.info|mail-temporaire.fr|meltmail.com|minuteinbox.com|mt2015.com|mvrht.com|nospam.ze.tc|nospamfor.us|nowmymail.com|objectmail.com|oneoffemail.com|owlpic.com|proxymail.eu|rcpt.at|safetymail.info|selfdestructingmail.com|sendspamhere.com|sneakemail.com|sogetthis.com|soodonims.com|tempemail.com|tempemail.net|tempemail.co.za|tempomail.fr|temporarily.de|temporaryemail.net|temporaryinbox.com|thankyou2010.com|thisisnotmyrealemail.com|tradermail.info|trbvm.com|tyldd.com|uggsrock.com|veryrealemail.com|vomoto.com|whyspam.me|willselfdestruct.com|xoxy.net|yuurok.com|zehnminutenmail.de|zippymail.info|burnermail.io|33mail.com|crazymailing.com|mail-tester.com|mailpoof.com|fakemail.net|fakemailgenerator.com|generator.email|emailfake.com|cock.li|linshiyouxiang.net|1secmail.com|1secmail.net|1secmail.org|dropmail.me|tmpmail.org|tmpmail.net|tmail.com|fexpost.com|fexbox.org|mailbox.in.ua|rover.info|chitthi.in|inpwa.com|emltmp.com|tempmail.dev|luxiumail.com|mail7.io|etempmail.com|smailpro.com|email-fake.com|byom.de|muellmail.com|muell.email|spoofmail.de|sofort-mail.de|ihateyoualot.info|binkmail.com|bobmail.info|chammy.info|suremail.info|reallymymail.com|zetmail.com|letthemeatspam.com|thisisnotmyrealemail.com|tempinbox.co.uk|courriel.fr.nf|moncourrier.fr.nf|monemail.fr.nf|monmail.fr.nf|speed.1s.fr|nospam.fr.nf|cool.fr.nf|jetable.fr.nf|nomail.xl.cx|mega.zik.dj`))

// junkIDs are documents, cards and accounts that every form has seen.
var junkIDs = newLexicon(phraseSet(`000000000|111111111|123456789|999999999|078051120|219099999|457555462|987654320|987654321|987654322|987654323|987654324|987654325|987654326|987654327|987654328|987654329|11111111111|00000000000|00000000T|12345678Z|99999999R|12345678A|X0000000T|X1234567L|QQ123456C|QQ123456A|AB123456C|AB123456A|4111111111111111|4242424242424242|5555555555554444|GB82WEST12345698765432|DE89370400440532013000|GB29NWBK60161331926819|FR1420041010050500013M02606|NL91ABNA0417164300|ABCDE1234F|123456782|1234567890|12345678901|RSSMRA80A01H501U|44051401359|1234567891011|A1234567|AB1234567|X1234567|L01X00T47|C01X00T47|10000000146|8001015009087|S1234567D|01234567890|123456|12345678`))

// insults in several languages, as whole words only; false marks those that are also
// names of people and places, which are a hint in a column of names and nothing elsewhere.
var insults = newLexicon(func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`fuck fucks fucked fucker fuckers fucking fuckface fuckoff motherfucker motherfucking shit shits shitty shithead shitface bullshit asshole assholes arsehole arseholes bitch bitches bastard bastards cunt cunts wanker wankers twat twats
		dickhead dickheads cocksucker cocksuckers prick pricks slut sluts whore whores bollocks bellend tosser nigger niggers nigga faggot faggots retard retarded dumbass jackass moron morons dipshit douchebag scumbag arse piss pissed bugger poop poopy poophead stupid idiot idiots
		arschloch arschlöcher scheiße scheisse scheiss wichser hurensohn fotze schlampe hure nutte miststück drecksau schwuchtel vollidiot blödmann depp trottel spast missgeburt arsch ficken fick verpiss mistkerl
		merde connard connards connasse salope salopes pute putain enculé encule batard bâtard bordel couille couilles enfoiré abruti foutre
		puta putas puto mierda cabrón cabron gilipollas coño hijoputa joder pendejo maricón maricon zorra capullo culero chinga chingada verga idiota
		cazzo stronzo stronza merda vaffanculo puttana troia coglione coglioni minchia bastardo figa
		caralho foda foder porra buceta viado cuzão arrombado otário
		kurwa kurwy chuj chuja pierdol pierdolić skurwysyn dupek jebać jebac pizda spierdalaj debil
		kutwijf klootzak hoer godverdomme eikel mongool klote lul kanker tering
		fitta jävla jävlar helvete hora idioter rövhål knulla fanden kælling svin faen drittsekk
		perkele vittu paska saatana kusipää huora
		kurva hovno prdel zmrd píča debilní geci fasz bazmeg szar köcsög
		orospu siktir amına göt piç
		блядь сука хуй пизда ебать мудак говно жопа дурак блять хуйня пидор`) {
		m[w] = true
	}
	for w := range strings.FieldsSeq("dick dicks cock cocks willy fanny butts hooker hoare hoar coon dyke dykes fuchs fokker fuk fux wank stupid piss porra zorra hora arsch svin lul kanker tering eikel fick göt geci troia verga figa hure prick poop bugger debil depp bastard bastardo trottel arse paska") {
		m[w] = false
	}
	return m
}())
