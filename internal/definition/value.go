package definition

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition/zone"
)

const day = 24 * time.Hour

// maxDuration keeps every sum of an instant and a duration far from overflow.
const maxDuration = 100 * 365 * day

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// id reads a kebab-case id.
func (v value) id() string {
	if !v.need("give it an id in kebab-case, such as second-order") {
		return ""
	}
	id := v.text()
	if v.isText() && !isID(id) {
		v.problem(fmt.Sprintf("%q is not an id", id), "use small letters, digits and single dashes, beginning with a letter, such as second-order")
	}
	return id
}

func isID(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'a' || s[0] > 'z' || strings.HasSuffix(s, "-") || strings.Contains(s, "--") {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// titled reads a human name, and makes one of the id when it is absent.
func (v value) titled(id string) string {
	if t := strings.TrimSpace(v.text()); t != "" {
		return t
	}
	return titleOf(id)
}

func titleOf(id string) string {
	words := strings.ReplaceAll(id, "-", " ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// oneOf reads one of the options. The first is the default when def is true.
func (v value) oneOf(def bool, options ...string) string {
	if v.absent() {
		if def {
			return options[0]
		}
		v.need("use one of: " + strings.Join(options, ", "))
		return ""
	}
	t := v.text()
	if v.isText() && !contains(options, t) {
		v.problem(fmt.Sprintf("%q is not possible here", t), "use one of: "+strings.Join(options, ", "))
	}
	return t
}

// duration reads a time span such as 30m, 36h, 14d or 8w; def when absent.
func (v value) duration(def time.Duration) time.Duration {
	if v.absent() {
		return def
	}
	t := v.text()
	d, ok := parseDuration(t)
	switch {
	case !v.isText():
	case !ok:
		v.problem(fmt.Sprintf("%q is not a length of time", t), "write a number and a unit, such as 30m, 36h, 14d or 8w")
	case d > maxDuration:
		v.problem(fmt.Sprintf("%s is more than a hundred years", t), "write a shorter time")
		d = def
	}
	return d
}

// span reads a duration that must be longer than nothing.
func (v value) span(def time.Duration) time.Duration {
	d := v.duration(def)
	if !v.absent() && d <= 0 {
		if _, ok := parseDuration(v.text()); ok {
			v.problem("must be longer than nothing", "write for instance 14d")
		}
	}
	return d
}

var durationPart = regexp.MustCompile(`^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|w)`)

// ParseDuration reads a time span as definitions write it, such as 30m or 14d.
func ParseDuration(s string) (time.Duration, bool) { return parseDuration(s) }

func parseDuration(s string) (time.Duration, bool) {
	rest := strings.TrimSpace(s)
	if rest == "0" {
		return 0, true
	}
	units := map[string]time.Duration{
		"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day,
	}
	var total time.Duration
	for rest != "" {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, false
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil || n*float64(units[m[2]]) > float64(2*maxDuration) {
			return 2 * maxDuration, err == nil
		}
		total += time.Duration(math.Round(n * float64(units[m[2]])))
		if total > 2*maxDuration {
			return total, true
		}
		rest = strings.TrimSpace(rest[len(m[0]):])
	}
	return total.Truncate(time.Microsecond), s != ""
}

// share reads a proportion, written 5% or 0.05, between 0 and most.
func (v value) share(def, most float64) float64 {
	if v.absent() {
		return def
	}
	t := strings.TrimSpace(v.text())
	number, percent := strings.CutSuffix(t, "%")
	f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		f /= 100
	}
	switch {
	case !v.isText():
		return def
	case err != nil || math.IsNaN(f) || math.IsInf(f, 0):
		v.problem(fmt.Sprintf("%q is not a share", t), "write a percentage such as 5%, or a number such as 0.05")
		return def
	case f < 0 || f > most:
		v.problem(fmt.Sprintf("%s is out of range", t), fmt.Sprintf("write a share from 0%% to %g%%", most*100))
		return def
	}
	return f
}

// amount reads a number of at least 0; 0 when absent.
func (v value) amount() float64 {
	if v.absent() {
		return 0
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(v.text()), 64)
	switch {
	case !v.isText():
		return 0
	case err != nil || math.IsNaN(f) || f < 0 || f > maxAmount:
		v.problem(fmt.Sprintf("%q is not possible here", v.text()), "write a number of at least 0, such as 2.50")
		return 0
	}
	return f
}

// maxAmount keeps sums of amounts exact enough.
const maxAmount = 1e9

// count reads a whole number of at least 1.
func (v value) count(most int) int {
	if !v.need("write a whole number from 1") {
		return 0
	}
	n, err := strconv.Atoi(v.text())
	if v.isText() && (err != nil || n < 1 || n > most) {
		v.problem(fmt.Sprintf("%q is not possible here", v.text()), fmt.Sprintf("write a whole number from 1 to %d", most))
		return 1
	}
	return n
}

// flag reads true or false; false when absent.
func (v value) flag() bool {
	switch t := v.text(); {
	case v.absent() || !v.isText():
		return false
	case t == "true":
		return true
	case t == "false":
		return false
	default:
		v.problem(fmt.Sprintf("%q is neither true nor false", t), "write true or false")
		return false
	}
}

// clock reads a time of day such as 21:00, as time since midnight.
func (v value) clock() time.Duration {
	t := strings.TrimSpace(v.text())
	if v.absent() || !v.isText() {
		return 0
	}
	h, m, ok := strings.Cut(t, ":")
	hours, err1 := strconv.Atoi(h)
	minutes, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || len(m) != 2 || hours < 0 || minutes < 0 || minutes > 59 || hours*60+minutes > 24*60 {
		v.problem(fmt.Sprintf("%q is not a time of day", t), "write hours and minutes from 00:00 to 24:00, such as 21:00")
		return 0
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}

// currency reads the shape of an ISO 4217 code; whether the code was ever given
// out is not looked up.
func (v value) currency(def string) string {
	if v.absent() {
		return def
	}
	t := v.text()
	if v.isText() && !isCurrency(t) {
		v.problem(fmt.Sprintf("%q is not a currency", t), "write the three capital letters of ISO 4217, such as EUR")
	}
	return t
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// zone reads an IANA time zone; UTC when absent.
func (v value) zone(zones *zone.Table) *time.Location {
	if v.absent() {
		return time.UTC
	}
	loc, err := zones.Load(v.text())
	if err == nil {
		return loc
	}
	if v.isText() {
		v.problem(fmt.Sprintf("%q is not a time zone", v.text()), "write an IANA name such as Europe/Berlin, or UTC")
	}
	return time.UTC
}

// nearest returns the option that was probably meant by word, or "".
func nearest(word string, options []string) string {
	best, near := "", max(1, len(word)/3)+1
	for _, o := range options {
		if d := distance(word, o); d < min(near, len(word)) {
			best, near = o, d
		}
	}
	return best
}

// distance counts the letters to insert, remove or change to make a of b
// (Levenshtein 1966).
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// oneKnown reports v unless its text is among known, which are things called what.
func (v value) oneKnown(what string, known []string) string {
	t := v.text()
	if v.absent() || !v.isText() || contains(known, t) {
		return t
	}
	mend := fmt.Sprintf("declare it, or use one of: %s", strings.Join(known, ", "))
	if near := nearest(t, known); near != "" {
		mend = fmt.Sprintf("did you mean %q?", near)
	} else if len(known) == 0 {
		mend = fmt.Sprintf("declare the %s", what)
	}
	v.problem(fmt.Sprintf("there is no %s %q", what, t), mend)
	return t
}

// ids watches for ids that are given twice.
type ids map[string]bool

func (seen ids) add(v value, id string) {
	if seen[id] && id != "" {
		v.problem(fmt.Sprintf("the id %q is taken", id), "give each its own id")
	}
	seen[id] = true
}
