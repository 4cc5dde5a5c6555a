package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Names in scripts without capitals: a title before, a form of address behind, or a label
// must speak, and in East Asia a known family name must come first.

// surnamesEast are the common family names of China, Taiwan, Korea and Japan.
var surnamesEast = wordSet(`王 李 张 張 刘 劉 陈 陳 杨 楊 黄 黃 赵 趙 吴 吳 周 徐 孙 孫 马 馬 朱 胡 郭 何 林 高 罗 羅 郑 鄭 梁 谢 謝 宋 唐 许 許 邓 鄧 韩 韓 冯 馮 曹 彭 曾 肖 蕭 田 董 潘 袁 蔡 蒋 蔣 余 于 杜 叶 葉 程 魏 苏 蘇 吕 呂 丁 任 卢 盧 姚
	沈 钟 鍾 姜 崔 谭 譚 陆 陸 范 汪 廖 石 金 韦 韋 贾 賈 夏 付 方 邹 鄒 熊 白 孟 秦 邱 侯 江 尹 薛 闫 閻 段 雷 龙 龍 黎 史 陶 贺 賀 毛 郝 顾 顧 龚 龔 邵 万 萬 覃 武 钱 錢 戴 严 嚴 莫 孔 向 常 汤 湯 洪 游 施 柯 詹 簡 翁 欧阳 歐陽 诸葛 諸葛 司马 司馬 上官
	김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 유 전 홍 고 문 양 손 배 백 허 남 심 노 하 곽 성 차 주 우 구 민 진 지 엄 채 원 천 방 공 현 함 변 염 여 추 도 소 석 선 설 마 길 연 위 표 명 기 반 왕 금 옥 육 인 맹 제 모 남궁 황보 제갈 선우
	佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 斉藤 福田 太田 西村 藤井 金子 岡本 藤原 中野 三浦 原田
	中川 松田 竹内 小野 田村 中山 和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山 高木 安藤 宮本 大野 小島 谷口 工藤 今井 高田 増田 丸山 杉山 村田 大塚 新井 小山 平野 藤本 河野 上野 野口 武田 松井 千葉 菅原 岩崎 木下 久保 佐野 野村 松尾 市川 菊地 杉本 古川 大西 島田 桜井 水野 川口 若松 津田 加納 浜田 笹田 廣川 青山 江古田 喜嶋 伊東 小泉 吉本 山岸`)

// addressEast are forms of address behind a name.
var addressEast = [][]byte{[]byte("先生"), []byte("女士"), []byte("小姐"), []byte("太太"), []byte("様"), []byte("さん"), []byte("님"), []byte("씨"), []byte("선생님"), []byte("同志"), []byte("老师"), []byte("经理")}

// labelsEast stand before a name.
var labelsEast = [][]byte{
	[]byte("姓名"), []byte("联系人"), []byte("聯絡人"), []byte("收件人"), []byte("客户"), []byte("氏名"), []byte("担当"), []byte("お名前"), []byte("宛名"), []byte("담당자"), []byte("이름"), []byte("성명"), []byte("수신"), []byte("고객"), []byte("亲爱的"), []byte("親愛的"), []byte("尊敬的"),
}

// titlesUncased stand before a name in scripts that have no capitals and put spaces
// between words; Thai puts none.
var titlesUncased = wordSet(`السيد السيدة الدكتور الدكتورة الأستاذ الأستاذة الآنسة المهندس عزيزي عزيزتي آقای خانم دکتر مهندس سلام مرحبا מר גברת גב ד"ר דר פרופ שלום לכבוד היי יקר
	श्री श्रीमती सुश्री डॉ कुमारी प्रिय नमस्ते ბატონო ქალბატონო ბატონი ქალბატონი`)

var titlesThai = [][]byte{[]byte("นางสาว"), []byte("คุณ"), []byte("นาย"), []byte("นาง"), []byte("ดร."), []byte("ด.ช."), []byte("ด.ญ.")}

// uncased looks at a word of such a script.
func (s *Scanner) uncased(b []byte, start, end int) {
	if !s.wants(kPerson) {
		return
	}
	r, _ := utf8.DecodeRune(b[start:])
	switch {
	case r >= 0x2E80: // East Asia
		s.eastAsian(b, start, end)
	case r >= 0x0E00 && r < 0x0E80:
		for _, t := range titlesThai {
			if bytes.HasPrefix(b[start:end], t) && end-start > len(t)+5 {
				s.add(kPerson, start+len(t), wordsUncased(b, start+len(t), 2), 0.7)
				return
			}
		}
	case end-start <= 30 && titlesUncased[string(b[start:end])]:
		from := end
		for at(b, from) == '.' || at(b, from) == '\'' || at(b, from) == ' ' || at(b, from) == ',' {
			from++
		}
		if from > end && from-end <= 2 {
			// Of two titles the second belongs to neither name.
			if e := wordsUncased(b, from, 1); titlesUncased[string(b[from:e])] && at(b, e) == ' ' {
				from = e + 1
			}
			if e := wordsUncased(b, from, 2); e > from+3 && e-from < 64 {
				s.add(kPerson, from, e, 0.65)
			}
		}
	}
}

// wordsUncased returns the end of up to most words of letters from i.
func wordsUncased(b []byte, i, most int) int {
	for range most {
		j := i
		for j < len(b) {
			r, size := utf8.DecodeRune(b[j:])
			if r < 0x80 || !unicode.IsLetter(r) && !unicode.IsMark(r) && r != 0x200C {
				break
			}
			j += size
		}
		if j == i {
			return i
		}
		if i = j; at(b, i) != ' ' || most == 1 {
			return i
		}
		if next, _ := utf8.DecodeRune(b[i+1:]); next < 0x80 {
			return i
		}
		i++
	}
	if i > 0 && b[i-1] == ' ' {
		i--
	}
	return i
}

// eastAsian finds names before a form of address and behind a label.
func (s *Scanner) eastAsian(b []byte, start, end int) {
	w := b[start:end]
	for _, a := range addressEast {
		if i := bytes.Index(w, a); i > 0 {
			if from, ok := eastNameBefore(b, start, start+i); ok {
				s.add(kPerson, from, start+i, 0.65)
				return
			}
		}
		// Korean puts a space before its form of address.
		if b[start] >= 0xEA && bytes.HasPrefix(w, a) && at(b, start-1) == ' ' {
			if from, ok := eastNameBefore(b, max(0, start-16), start-1); ok {
				s.add(kPerson, from, start-1, 0.65)
				return
			}
		}
	}
	for _, l := range labelsEast {
		i := bytes.Index(w, l)
		if i < 0 {
			continue
		}
		from := start + i + len(l)
		for from < len(b) {
			r, size := utf8.DecodeRune(b[from:])
			if r != '：' && r != ':' && r != ' ' {
				break
			}
			from += size
		}
		to := from
		for n := 0; to < len(b) && n < 6; n++ {
			r, size := utf8.DecodeRune(b[to:])
			if !unicode.IsLetter(r) {
				break
			}
			to += size
		}
		n := utf8.RuneCount(b[from:to])
		if n >= 2 && n <= 6 && (surnameEast(b[from:to]) > 0 && n <= 5 || bytes.HasSuffix(l, []byte("爱的")) || bytes.HasSuffix(l, []byte("愛的"))) {
			s.add(kPerson, from, to, 0.65)
			return
		}
	}
}

// surnameEast returns the length of the family name that w begins with, or 0.
func surnameEast(w []byte) int {
	for n := 9; n >= 3; n -= 3 {
		if len(w) >= n && surnamesEast[string(w[:n])] {
			return n
		}
	}
	return 0
}

// eastNameBefore returns where a name of one to five runes begins that ends at end.
func eastNameBefore(b []byte, start, end int) (from int, ok bool) {
	for n := 15; n >= 3; n -= 3 {
		if from = end - n; from < start || !utf8.RuneStart(b[from]) {
			continue
		}
		if l := surnameEast(b[from:end]); l > 0 && n-l <= 9 && utf8.Valid(b[from:end]) {
			return from, true
		}
	}
	return 0, false
}

// capitalised reports whether b is two to four words that all begin with a capital.
func capitalised(b []byte) bool {
	words := 0
	for i := 0; i < len(b); {
		e, n := nameRun(b, i, 4)
		if n == 0 || e < len(b) && b[e] != ' ' {
			return false
		}
		words += n
		i = e + 1
	}
	return words >= 2 && words <= 4
}

// familyEndings are how family names end that are in no list.
var familyEndings = [][]byte{
	[]byte("ić"), []byte("ová"), []byte("ský"), []byte("ski"), []byte("ska"), []byte("sson"), []byte("dóttir"), []byte("enko"), []byte("chuk"), []byte("auskas"), []byte("ienė"), []byte("aitė"), []byte("iņš"), []byte("iņa"), []byte("escu"), []byte("eanu"), []byte("oğlu"), []byte("čič"), []byte("nen"),
	[]byte("berg"), []byte("mann"), []byte("strand"), []byte("opoulos"), []byte("idis"), []byte("akis"), []byte("ian"), []byte("yan"), []byte("shvili"), []byte("dze"), []byte("ova"), []byte("eva"), []byte("ovič"), []byte("wicz"), []byte("quist"), []byte("qvist"), []byte("sen"), []byte("ström"), []byte("gård"), []byte("nathan"), []byte("raman"),
}

func familyEnding(w []byte) bool {
	for _, e := range familyEndings {
		if len(w) >= len(e)+4 && bytes.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// wholeName judges a value of a column that may be a person's or a thing's: both are
// called name. Somebody must be known by the word.
func (s *Scanner) wholeName(b []byte) bool {
	if !looksLikeName(b) {
		return false
	}
	r, _ := utf8.DecodeRune(b)
	switch {
	case r >= 0x2E80:
		n := utf8.RuneCount(b)
		return n >= 2 && n <= 6 && surnameEast(b) > 0
	case r >= 0x370: // Greek, Cyrillic, Hebrew, Arabic, Indic
		words := bytes.Fields(b)
		for _, w := range words {
			if r, _ := utf8.DecodeRune(w); unicode.IsLower(r) {
				return false
			}
		}
		return len(words) >= 2 && len(words) <= 4
	}
	known, words := 0, 0
	for i := 0; i < len(b); {
		e, ok := nameWord(b, i)
		if !ok || e == i {
			_, size := utf8.DecodeRune(b[i:])
			i += size
			continue
		}
		words++
		for _, w := range bytes.FieldsFunc(b[i:e], func(r rune) bool { return r == '-' || r == '.' }) {
			if sets := s.sets(w); sets&(firstNames|lastNames|titleWord) != 0 {
				known++
				break
			}
		}
		if words > 1 && familyEnding(b[i:e]) {
			known++
		}
		i = e
	}
	return words >= 2 && words <= 6 && known > 0
}
