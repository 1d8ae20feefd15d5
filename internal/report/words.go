package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// Count writes n with thousands separated: 1,204.
func Count[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// HowMany writes "1 person" or "1,204 people".
func HowMany(n int) string {
	if n == 1 {
		return "1 person"
	}
	return Count(n) + " people"
}

// percent writes a share between 0 and 1: "41 %", and one decimal below 10.
func percent(x float64) string { return percentNumber(x) + " %" }

func percentNumber(x float64) string {
	p := 100 * x
	if a := math.Abs(p); a > 0.04 && a < 9.95 {
		return strconv.FormatFloat(p, 'f', 1, 64)
	}
	return strconv.FormatFloat(p, 'f', 0, 64)
}

// points writes a difference between two shares: "3.4 points".
func points(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " points" }

// estimated writes "41 % (39 to 43 %)".
func estimated(e Estimate) string {
	return fmt.Sprintf("%s (%s to %s)", percent(e.Value), percentNumber(e.Low), percent(e.High))
}

// amount writes units of money: "1,204.10 USD".
func amount(x float64, currency string) string {
	cents := int64(math.Round(x * 100))
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return strings.TrimSpace(fmt.Sprintf("%s%s.%02d %s", sign, Count(cents/100), cents%100, currency))
}

// signed is amount with a plus where it is a gain.
func signed(x float64, currency string) string {
	if x > 0 {
		return "+" + amount(x, currency)
	}
	return amount(x, currency)
}

// inDays writes "1 day", "60 days" or "36 hours".
func inDays(d time.Duration) string {
	h := d.Hours()
	switch {
	case math.Mod(h, 24) != 0 && h < 72:
		return Plural(int(math.Round(h)), "hour")
	default:
		return Plural(int(math.Round(h/24)), "day")
	}
}

// Plural writes "1 event" or "1,204 events".
func Plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + one + "s"
}

// day writes the date of i in a zone: "3 March", with the year where it is not
// the present one.
func day(i, now event.Instant, zone *time.Location) string {
	if i == 0 {
		return "never"
	}
	if zone == nil {
		zone = time.UTC
	}
	t := i.Time().In(zone)
	if t.Year() == now.Time().In(zone).Year() {
		return t.Format("2 January")
	}
	return t.Format("2 January 2006")
}

// sentence gives s a capital and a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.ContainsRune(".!?", rune(s[len(s)-1])) {
		s += "."
	}
	return s
}

// list joins words: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// quoted puts a name in quotation marks.
func quoted(s string) string { return "“" + s + "”" }

// reasonWords says what a reason code means for everybody whom it concerned. The
// sentence that comes with a reason is one person's: it may hold their address,
// their time zone or a date, so it is shown to those who open that person only.
func reasonWords(code string) string {
	switch code {
	case "stopped":
		return "Everything was stopped: nothing was sent to anybody."
	case "global_holdout":
		return "Kept out of everything for good, to measure against."
	case "goal_holdout":
		return "Kept out of this goal, to measure against."
	case "settling":
		return "Two identities of the person were being joined; until that was done nothing was sent."
	case "no_address":
		return "No address was known for the channel."
	case "disarmed":
		return "The workspace was not live, and their address was not on the allow-list."
	case "suppressed":
		return "Mail to their address came back or was marked as spam, so it is not used again."
	case "no_consent":
		return "They had not consented to the channel and topic, or no longer did."
	case "unconfirmed":
		return "They had agreed, and had yet to confirm it."
	case "capped":
		return "They had already been reached as often as the caps allow."
	case "cool_down":
		return "The same action had reached them not long before and was resting."
	case "quiet_hours":
		return "It was quiet hours where they live."
	case "paced":
		return "The account that carries the channel had no turn for it yet."
	case "open_request":
		return "A complaint or request of theirs was open: repair came first."
	case "blocked", "paused":
		return "Somebody had blocked or paused it."
	case "yields":
		return "A journey or broadcast had come to something, or something else was chosen."
	case "failed":
		return "The channel could not send it."
	case "unknown":
		return "It is not known whether it left, so it was not sent again."
	case "leave":
		return "The rule of leaving came to hold."
	case "step_gone":
		return "The step at which they stood was taken out."
	case "journey_gone":
		return "The journey was taken out."
	case "merged":
		return "Two people inside turned out to be one."
	case "pinned":
		return "Somebody had pinned something else."
	case "other_arm":
		return "Their arm of an experiment goes without it."
	case "budget":
		return "What the goal may spend was spent."
	case "out_of_stock":
		return "It had been taken as often as it can be."
	case "guardrail":
		return "The goal was paused by a guardrail."
	case "not_eligible":
		return "The action's own rule did not hold for them."
	case "render_failed":
		return "The message could not be written for them."
	default:
		return sentence(strings.ReplaceAll(code, "_", " "))
	}
}
