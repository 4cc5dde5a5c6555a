package mask

import "strings"

// numberRange is a block of national numbers: prefix, then width digits that count
// from from.
type numberRange struct {
	prefix string
	width  int
	from   uint64
	count  uint64
}

func block(prefix string, width int) numberRange {
	return numberRange{prefix: prefix, width: width, count: pow10[width]}
}

func part(prefix string, width int, from, count uint64) numberRange {
	return numberRange{prefix: prefix, width: width, from: from, count: count}
}

func blocks(width int, prefixes string) []numberRange {
	var out []numberRange
	for p := range strings.FieldsSeq(prefixes) {
		out = append(out, block(p, width))
	}
	return out
}

// country is what we know of one numbering plan.
type country struct {
	region string // ISO 3166
	names  string // other spellings that a column of the row may hold, lower case, separated by |
	code   string // calling code
	trunk  string // dialled before a national number inside the country
	short  int    // digits of the shortest national number
	long   int    // and of the longest
	safety Safety
	pool   []numberRange
	size   uint64 // sum of the pool's counts
	even   uint64 // each one's count when all are alike; 0 else
}

// The area codes of North America under which 555-0100 to 555-0199 are set aside
// for fiction; geographic ones only, as of July 2026. Toll-free codes are left
// out: numbers under them had been in use.
const (
	areasUS = "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 220 223 224 225 227 228 229 231 234 235 239 240 248 251 252 253 254 256 260 262 267 269 270 272 276 279 281 283 " +
		"301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 324 325 326 327 329 330 331 332 334 336 337 339 341 346 347 350 351 352 353 360 361 363 364 369 380 385 386 " +
		"401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 424 425 430 432 434 435 440 442 443 445 447 448 458 463 464 469 470 475 478 479 480 484 " +
		"501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 531 534 539 540 541 551 557 559 561 562 563 564 567 570 571 572 573 574 575 580 582 585 586 " +
		"601 602 603 605 606 607 608 609 610 612 614 615 616 617 618 619 620 623 626 628 629 630 631 636 640 641 645 646 650 651 656 657 659 660 661 662 667 669 678 680 681 682 686 689 " +
		"701 702 703 704 706 707 708 712 713 714 715 716 717 718 719 720 724 725 726 727 728 730 731 732 734 737 738 740 743 747 748 754 757 760 762 763 765 769 770 771 772 773 774 775 779 781 785 786 " +
		"801 802 803 804 805 806 808 810 812 813 814 815 816 817 818 820 821 826 828 830 831 832 835 838 839 840 843 845 847 848 850 854 856 857 858 859 860 862 863 864 865 870 872 878 " +
		"901 903 904 906 907 908 909 910 912 913 914 915 916 917 918 919 920 925 928 929 930 931 934 936 937 938 940 941 943 945 947 948 949 951 952 954 956 959 970 971 972 973 975 978 979 980 984 985 986 989"
	areasCA = "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 519 548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942"
)

func fiction555(areas string) []numberRange {
	var out []numberRange
	for a := range strings.FieldsSeq(areas) {
		out = append(out, part(a+"55501", 2, 0, 100))
	}
	return out
}

// These single numbers are the only Australian mobiles set aside: a list, not a range.
const mobilesAU = "491570006 491570156 491570157 491570158 491570159 491570110 491570313 491570737 491571266 491571491 491571804 491572549 491572665 491572983 491573770 " +
	"491573087 491574118 491574632 491575254 491575789 491576398 491576801 491577426 491577644 491578957 491578148 491578888 491579212 491579760 491579455"

func singles(numbers string) []numberRange {
	var out []numberRange
	for n := range strings.FieldsSeq(numbers) {
		out = append(out, numberRange{prefix: n, count: 1})
	}
	return out
}

func join(parts ...[]numberRange) []numberRange {
	var out []numberRange
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// countries are the numbering plans that have a safe range. Reserved ones are set
// aside for drama by their regulators: NANPA, Ofcom, ACMA, ARCEP, BNetzA
// (Mitteilung 148/2021), PTS, ComReg. Unassigned ones have a prefix under which no
// number of any type and any length is assigned in the numbering metadata of
// July 2026, of the full length, so that no shorter real number is a part of them,
// and without a leading 0 or 1 that a switch could take for a trunk prefix or an
// emergency call. A country without an entry gets +999, a code that is not
// assigned to any country.
var countries = sized([]country{
	{region: "US", names: "usa|united states|united states of america|u.s.a.|u.s.|america", code: "1", trunk: "1", short: 10, long: 10, safety: Reserved, pool: fiction555(areasUS)},
	{region: "CA", names: "can|canada", code: "1", trunk: "1", short: 10, long: 10, safety: Reserved, pool: fiction555(areasCA)},
	{region: "GB", names: "gbr|uk|united kingdom|great britain|england|scotland|wales|northern ireland", code: "44", trunk: "0", short: 9, long: 10, safety: Reserved, pool: join(
		[]numberRange{part("7700900", 3, 0, 1000), part("1632960", 3, 0, 1000), part("2079460", 3, 0, 1000)},
		blocks(3, "1134960 1144960 1154960 1164960 1174960 1184960 1214960 1314960 1414960 1514960 1614960"),
		blocks(3, "1914980 2920180 2896496"),
		blocks(3, "8081570 9098790 3069990"))},
	{region: "AU", names: "aus|australia", code: "61", trunk: "0", short: 9, long: 10, safety: Reserved, pool: join(
		blocks(4, "25550 35550 75550 85550 27010 37010 77010 87010"), singles(mobilesAU))},
	{region: "FR", names: "fra|france", code: "33", trunk: "0", short: 9, long: 9, safety: Reserved, pool: blocks(4, "19900 26191 35301 46571 53649 63998")},
	{region: "DE", names: "deu|germany|deutschland", code: "49", trunk: "0", short: 5, long: 11, safety: Reserved, pool: join(
		blocks(3, "3023125 6990009 4066969 2214710 8999998"), blocks(2, "17139200 176040690"))},
	{region: "SE", names: "swe|sweden|sverige", code: "46", trunk: "0", short: 7, long: 9, safety: Reserved, pool: []numberRange{
		part("7017406", 2, 5, 95), part("3139006", 2, 0, 100), part("4062804", 2, 0, 100), part("8465004", 2, 0, 100), part("9803192", 2, 0, 100),
	}},
	{region: "IE", names: "irl|ireland", code: "353", trunk: "0", short: 7, long: 9, safety: Reserved, pool: blocks(5, "2091")},

	{region: "IT", names: "ita|italy|italia", code: "39", short: 6, long: 11, safety: Unassigned, pool: blocks(8, "30")},
	{region: "BR", names: "bra|brazil|brasil", code: "55", trunk: "0", short: 10, long: 11, safety: Unassigned, pool: blocks(8, "209 309 409 509 609 709 809")},
	{region: "IN", names: "ind|india", code: "91", trunk: "0", short: 10, long: 10, safety: Unassigned, pool: blocks(7, "110")},
	{region: "JP", names: "jpn|japan", code: "81", trunk: "0", short: 9, long: 10, safety: Unassigned, pool: []numberRange{block("900", 7), block("30", 7)}},
	{region: "CN", names: "chn|china", code: "86", trunk: "0", short: 9, long: 11, safety: Unassigned, pool: blocks(8, "154")},
	{region: "RU", names: "rus|russia|russian federation", code: "7", trunk: "8", short: 10, long: 10, safety: Unassigned, pool: blocks(9, "5")},
	{region: "NL", names: "nld|netherlands|the netherlands|nederland|holland", code: "31", trunk: "0", short: 9, long: 9, safety: Unassigned, pool: []numberRange{block("600", 6), block("19", 7)}},
	{region: "MX", names: "mex|mexico|méxico", code: "52", short: 10, long: 10, safety: Unassigned, pool: blocks(8, "40")},
	{region: "CH", names: "che|switzerland|schweiz|suisse|svizzera", code: "41", trunk: "0", short: 9, long: 9, safety: Unassigned, pool: blocks(6, "700")},
	{region: "BE", names: "bel|belgium|belgië|belgique", code: "32", trunk: "0", short: 8, long: 9, safety: Unassigned, pool: blocks(6, "400")},
	{region: "AT", names: "aut|austria|österreich", code: "43", trunk: "0", short: 5, long: 13, safety: Unassigned, pool: blocks(7, "100")},
	{region: "ES", names: "esp|spain|españa", code: "34", short: 9, long: 9, safety: Unassigned, pool: blocks(8, "4")},
	{region: "PL", names: "pol|poland|polska", code: "48", short: 9, long: 9, safety: Unassigned, pool: []numberRange{block("93", 7), block("97", 7)}},
	{region: "PT", names: "prt|portugal", code: "351", short: 9, long: 9, safety: Unassigned, pool: blocks(8, "4 5")},
	{region: "CZ", names: "cze|czechia|czech republic", code: "420", short: 9, long: 9, safety: Unassigned, pool: []numberRange{block("43", 7), block("66", 7)}},
	{region: "GR", names: "grc|greece", code: "30", short: 10, long: 10, safety: Unassigned, pool: blocks(9, "3 4")},
	{region: "RO", names: "rou|romania", code: "40", trunk: "0", short: 9, long: 9, safety: Unassigned, pool: blocks(8, "5")},
	{region: "TR", names: "tur|turkey|türkiye", code: "90", trunk: "0", short: 10, long: 10, safety: Unassigned, pool: blocks(9, "6")},
	{region: "UA", names: "ukr|ukraine", code: "380", trunk: "0", short: 9, long: 9, safety: Unassigned, pool: blocks(8, "2")},
	{region: "ZA", names: "zaf|south africa", code: "27", trunk: "0", short: 9, long: 9, safety: Unassigned, pool: blocks(7, "93 95")},
	{region: "AR", names: "arg|argentina", code: "54", trunk: "0", short: 10, long: 11, safety: Unassigned, pool: blocks(9, "4 5")},
	{region: "NZ", names: "nzl|new zealand", code: "64", trunk: "0", short: 8, long: 10, safety: Unassigned, pool: blocks(7, "53 54")},
	{region: "SG", names: "sgp|singapore", code: "65", short: 8, long: 8, safety: Unassigned, pool: blocks(7, "2 4")},
})

// elsewhere is the plan of every other country.
var elsewhere = &sized([]country{{region: "", code: "999", short: 4, long: 14, safety: Unassigned, pool: []numberRange{{width: 9, count: 1e9}}}})[0]

func sized(all []country) []country {
	for i := range all {
		for _, r := range all[i].pool {
			all[i].size += r.count
		}
		if n := uint64(len(all[i].pool)); all[i].size == n*all[i].pool[0].count {
			all[i].even = all[i].size / n
			for _, r := range all[i].pool {
				if r.count != all[i].even {
					all[i].even = 0
				}
			}
		}
	}
	return all
}

// byCode maps a calling code to its first country; byRegion two letters to one.
var byCode, byRegion = indexCountries()

func indexCountries() (code [1000]*country, region [26 * 26]*country) {
	for i := len(countries) - 1; i >= 0; i-- {
		c := &countries[i]
		n := 0
		for _, d := range []byte(c.code) {
			n = 10*n + int(d-'0')
		}
		code[n] = c
		region[regionIndex(c.region[0], c.region[1])] = c
	}
	return code, region
}

func regionIndex(a, b byte) int { return int(upperByte(a)-'A')*26 + int(upperByte(b)-'A') }

// areaCA says which three-digit area codes are Canada's.
var areaCA = func() (is [1000]bool) {
	for a := range strings.FieldsSeq(areasCA) {
		is[int(a[0]-'0')*100+int(a[1]-'0')*10+int(a[2]-'0')] = true
	}
	return is
}()

// smallestPool is the capacity where the country comes from the data.
func smallestPool() float64 {
	n := elsewhere.size
	for i := range countries {
		n = min(n, countries[i].size)
	}
	return float64(n)
}

// known reports whether v names a region in ISO 3166 letters, and the plan of it:
// elsewhere when it has none here. Names are looked up only when the letters are
// not two.
func (f *folder) region(v []byte) (*country, bool) {
	id := f.fold(v)
	if len(id) == 2 && isLetter(id[0]) && isLetter(id[1]) {
		if c := byRegion[regionIndex(id[0], id[1])]; c != nil {
			return c, true
		}
		if id[0] != 'u' || id[1] != 'k' {
			return elsewhere, true
		}
	}
	for i := range countries {
		for rest := countries[i].names; rest != ""; {
			name, more, _ := strings.Cut(rest, "|")
			if name == string(id) {
				return &countries[i], true
			}
			rest = more
		}
	}
	return elsewhere, false
}
