package render

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// Encoding is how a text message is carried.
type Encoding string

// The encodings: the 7-bit default alphabet of 3GPP TS 23.038 version 17, section
// 6.2.1, with its extension table, or UTF-16, which it calls UCS-2.
const (
	GSM7 Encoding = "gsm-7"
	UCS2 Encoding = "ucs-2"
)

// How many units a message of one segment holds, and each of several, which a
// header of six octets joins (TS 23.040 section 9.2.3.24.1).
const (
	gsmAlone, gsmJoined = 160, 153
	ucsAlone, ucsJoined = 70, 67
)

const (
	gsmAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "^{}\\[~]|€\f" // behind an escape: two septets each
)

// Segments says how a text is carried: its encoding, how many units of it (septets,
// or UTF-16 code units) it takes, and in how many segments. Each is charged for. A
// character is never split between segments.
func Segments(text string) (enc Encoding, units, segments int) {
	enc, alone, joined := GSM7, gsmAlone, gsmJoined
	for _, r := range text {
		if gsmUnits(r) == 0 {
			enc, alone, joined = UCS2, ucsAlone, ucsJoined
			break
		}
	}
	room := 0
	for _, r := range text {
		n := gsmUnits(r)
		if enc == UCS2 {
			n = max(utf16.RuneLen(r), 1) // what is no character is carried as U+FFFD
		}
		units += n
		if room < n {
			segments, room = segments+1, joined
		}
		room -= n
	}
	if units <= alone {
		segments = min(units, 1)
	}
	return enc, units, segments
}

// gsmUnits is how many septets a character takes; 0: the alphabet does not have it.
func gsmUnits(r rune) int {
	switch {
	case strings.ContainsRune(gsmAlphabet, r):
		return 1
	case strings.ContainsRune(gsmExtended, r):
		return 2
	default:
		return 0
	}
}

// Substitution is a character that only UCS-2 has, and what could stand in its
// place.
type Substitution struct {
	From  string `json:"from"`
	To    string `json:"to,omitempty"` // empty: nothing like it is in the alphabet
	Count int    `json:"count"`
}

// likeness are characters of typesetting and what typewriters wrote for them.
func likeness() map[rune]string {
	return map[rune]string{
		'‘': "'", '’': "'", '‚': "'", '‛': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‹': "'", '›': "'",
		'–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '…': "...", '•': "-", '·': "-", '\u00a0': " ", '\u202f': " ", '\u2009': " ",
		'×': "x", '°': "o", '™': "TM", '®': "(R)", '©': "(C)", 'œ': "oe", 'Œ': "OE", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ı': "i",
		'`': "'", '´': "'", '\t': " ", '→': "->",
	}
}

// Transliterate writes text in the 7-bit alphabet as far as that can be done, and
// says what it replaced, in the order of first use. What has no likeness stays.
func Transliterate(text string) (string, []Substitution) {
	like := likeness()
	var out strings.Builder
	var subs []Substitution
	at := map[rune]int{}
	for _, r := range text {
		if gsmUnits(r) > 0 {
			out.WriteRune(r)
			continue
		}
		to, ok := like[r]
		if !ok {
			to = plainLetters(string(r))
		}
		if enc, _, _ := Segments(to); enc != GSM7 || to == "" {
			out.WriteRune(r)
			to = ""
		} else {
			out.WriteString(to)
		}
		i, seen := at[r]
		if !seen {
			i = len(subs)
			at[r] = i
			subs = append(subs, Substitution{From: string(r), To: to})
		}
		subs[i].Count++
	}
	return out.String(), subs
}

// plainLetters takes the accents off.
func plainLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
