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
// away from zero. An exponent is accepted, because JSON allows one; the result
// is as exact with one as without.
func ParseMicros(s string) (Micros, error) {
	m, ok := parseMicros(strings.TrimSpace(s))
	if !ok {
		return 0, fmt.Errorf("amount %q: %w", s, errAmount)
	}
	return m, nil
}

func parseMicros(s string) (Micros, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if !negative {
		digits, _ = strings.CutPrefix(s, "+")
	}
	exponent := 0
	if at := strings.IndexAny(digits, "eE"); at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(digits[at+1:]); err != nil {
			return 0, false
		}
		digits = digits[:at]
		exponent = min(max(exponent, -1<<30), 1<<30) // far beyond what fits, and can be added to
	}
	whole, frac, _ := strings.Cut(digits, ".")
	digits = whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	// The point stands after this many digits when the unit is the micro.
	point := len(whole) + exponent + 6
	var n uint64
	for i := range max(point, 0) {
		if i >= len(digits) && n == 0 {
			break
		}
		if n > math.MaxInt64/10 {
			return 0, false
		}
		n *= 10
		if i < len(digits) {
			n += uint64(digits[i] - '0')
		}
	}
	if point >= 0 && point < len(digits) && digits[point] >= '5' {
		n++
	}
	if n > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return -Micros(n), true
	}
	return Micros(n), true
}

// Float returns the amount in units.
func (m Micros) Float() float64 { return float64(m) / microsPerUnit }

// MicrosOf returns the amount nearest to f units.
func MicrosOf(f float64) Micros { return Micros(math.Round(f * microsPerUnit)) }

// String gives the shortest decimal form, at least two decimals.
func (m Micros) String() string {
	sign, n := "", uint64(m)
	if m < 0 {
		sign, n = "-", -n // also of the least, which has no opposite
	}
	frac := strings.TrimRight(fmt.Sprintf("%06d", n%microsPerUnit), "0")
	for len(frac) < 2 {
		frac += "0"
	}
	return sign + strconv.FormatUint(n/microsPerUnit, 10) + "." + frac
}
