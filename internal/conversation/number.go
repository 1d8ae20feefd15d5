package conversation

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

var figures = regexp.MustCompile(`[-+]?\d[\d.,'’ ]*`)

// number returns the one number in a text as a decimal of JSON, exact to a
// millionth. A text with two numbers has none.
func number(text string) (string, bool) {
	found := figures.FindAllString(text, -1)
	switch len(found) {
	case 0:
		n, ok := wholeNumber(words(text))
		return strconv.Itoa(n), ok
	case 1:
		m, err := event.ParseMicros(decimal(found[0]))
		if err != nil {
			return "", false
		}
		return strings.TrimSuffix(strings.TrimRight(m.String(), "0"), "."), true
	default:
		return "", false
	}
}

// decimal rewrites a number as people write it with a point and no groups. Of two
// marks the last is the point; a single comma before three digits groups them.
func decimal(s string) string {
	s = strings.TrimRight(strings.NewReplacer(" ", "", "'", "", "’", "").Replace(s), ".,")
	point, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case point >= 0 && comma > point:
		return strings.ReplaceAll(strings.ReplaceAll(s, ".", ""), ",", ".")
	case comma >= 0 && point < 0 && (strings.Count(s, ",") > 1 || len(s)-comma == 4):
		return strings.ReplaceAll(s, ",", "")
	case comma >= 0 && point < 0:
		return strings.ReplaceAll(s, ",", ".")
	case strings.Count(s, ".") > 1:
		return strings.ReplaceAll(s, ".", "")
	default:
		return strings.ReplaceAll(s, ",", "")
	}
}

// wholeNumber reads digits, or a number in English words such as one hundred and
// twenty five.
func wholeNumber(text string) (int, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, true
	}
	small := strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens := strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety")
	value := map[string]int{}
	for i, w := range small {
		value[w] = i
	}
	for i, w := range tens {
		value[w] = 20 + 10*i
	}
	total, part, some := 0, 0, false
	for w := range strings.FieldsSeq(text) {
		n, known := value[w]
		switch {
		case known:
			part, some = part+n, true
		case w == "hundred" && some:
			part *= 100
		case w == "thousand" && some:
			total, part = total+part*1000, 0
		case w == "and" && some:
		default:
			return 0, false
		}
	}
	return total + part, some
}

func within(n string, q *definition.Question) bool {
	f, err := strconv.ParseFloat(n, 64)
	return err == nil && (q.Least == nil || f >= *q.Least) && (q.Most == nil || f <= *q.Most)
}

// currencyIn returns the currency that a text names, else def.
func currencyIn(text, def string) string {
	for _, c := range [...][2]string{{"€", "EUR"}, {"£", "GBP"}, {"¥", "JPY"}, {"₹", "INR"}} {
		if strings.Contains(text, c[0]) {
			return c[1]
		}
	}
	for w := range strings.FieldsSeq(words(text)) {
		switch w {
		case "eur", "euro", "euros":
			return "EUR"
		case "usd", "dollar", "dollars":
			return "USD"
		case "gbp", "pound", "pounds":
			return "GBP"
		case "chf", "franken", "francs":
			return "CHF"
		}
	}
	return def
}
