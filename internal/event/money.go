package event

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Micros is an amount in millionths of a unit. Sums are exact and do not depend
// on their order, which a refold needs and floats do not give.
type Micros int64

const microsPerUnit = 1_000_000

var errAmount = errors.New("want a decimal number such as 12.50")

// ParseMicros reads a decimal number. More than six decimals are rounded half
// away from zero. An exponent is accepted, because JSON allows one.
func ParseMicros(s string) (Micros, error) {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "eExXpPnNiI_") {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.Abs(f) > math.MaxInt64/microsPerUnit/2 {
			return 0, fmt.Errorf("amount %q: %w", s, errAmount)
		}
		return Micros(math.Round(f * microsPerUnit)), nil
	}
	digits, negative := s, false
	if d, ok := strings.CutPrefix(s, "-"); ok {
		digits, negative = d, true
	} else if d, ok := strings.CutPrefix(s, "+"); ok {
		digits = d
	}
	whole, frac, _ := strings.Cut(digits, ".")
	if whole == "" && frac == "" {
		return 0, fmt.Errorf("amount %q: %w", s, errAmount)
	}
	var n int64
	for _, r := range whole + (frac + "000000")[:6] {
		if r < '0' || r > '9' || n > (math.MaxInt64-9)/10 {
			return 0, fmt.Errorf("amount %q: %w", s, errAmount)
		}
		n = n*10 + int64(r-'0')
	}
	for _, r := range frac {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("amount %q: %w", s, errAmount)
		}
	}
	if len(frac) > 6 && frac[6] >= '5' {
		n++
	}
	if negative {
		n = -n
	}
	return Micros(n), nil
}

// Float returns the amount in units.
func (m Micros) Float() float64 { return float64(m) / microsPerUnit }

// MicrosOf returns the amount nearest to f units.
func MicrosOf(f float64) Micros { return Micros(math.Round(f * microsPerUnit)) }

// String gives the shortest decimal form, at least two decimals.
func (m Micros) String() string {
	sign, n := "", int64(m)
	if n < 0 {
		sign, n = "-", -n
	}
	frac := strings.TrimRight(fmt.Sprintf("%06d", n%microsPerUnit), "0")
	for len(frac) < 2 {
		frac += "0"
	}
	return sign + strconv.FormatInt(n/microsPerUnit, 10) + "." + frac
}
