package liquid

import (
	"errors"
	"math"
	"math/big"
	"regexp"
	"strconv"

	"github.com/rapporthq/rapport/internal/event"
)

//nolint:gochecknoglobals // immutable
var numberFilters = map[string]filter{
	"abs": {0, 0, func(c *call) (any, error) {
		return c.number(func(a num) num { return num{a.isFloat, new(big.Rat).Abs(a.r)} })
	}},
	"at_least":   {1, 1, func(c *call) (any, error) { return c.extreme(1) }},
	"at_most":    {1, 1, func(c *call) (any, error) { return c.extreme(-1) }},
	"ceil":       {0, 0, func(c *call) (any, error) { return c.number(func(a num) num { return num{r: neg(floor(neg(a.r)))} }) }},
	"divided_by": {1, 1, divide},
	"floor":      {0, 0, func(c *call) (any, error) { return c.number(func(a num) num { return num{r: floor(a.r)} }) }},
	"minus":      {1, 1, func(c *call) (any, error) { return c.arithmetic((*big.Rat).Sub) }},
	"modulo":     {1, 1, modulo},
	"money":      {0, 0, money},
	"plus":       {1, 1, func(c *call) (any, error) { return c.arithmetic((*big.Rat).Add) }},
	"round":      {0, 1, round},
	"times":      {1, 1, func(c *call) (any, error) { return c.arithmetic((*big.Rat).Mul) }},
}

// num is a number that is reckoned with exactly: Liquid's arithmetic is decimal,
// so that 10.1 and 2.2 make 12.3.
type num struct {
	isFloat bool
	r       *big.Rat
}

// decimal is a decimal number of a length that costs nothing to reckon with.
var decimal = regexp.MustCompile(`^-?\d{1,30}\.\d{1,30}$`)

// toNum reads a number; what is none is 0.
func toNum(v any) num {
	switch v := v.(type) {
	case float64:
		if r, ok := new(big.Rat).SetString(strconv.FormatFloat(v, 'g', -1, 64)); ok {
			return num{true, r}
		}
	case string:
		if decimal.MatchString(v) {
			if r, ok := new(big.Rat).SetString(v); ok {
				return num{true, r}
			}
		}
	}
	return num{false, new(big.Rat).SetInt64(int64(wholeOf(v)))}
}

// value returns n as a value: a whole number stays one unless it is too large.
func (n num) value() any {
	if !n.isFloat && n.r.IsInt() && n.r.Num().IsInt64() {
		return int(n.r.Num().Int64())
	}
	f, _ := n.r.Float64()
	return f
}

func (c *call) number(fn func(num) num) (any, error) { return fn(toNum(c.in)).value(), nil }

func (c *call) arithmetic(op func(z, x, y *big.Rat) *big.Rat) (any, error) {
	a, b := toNum(c.in), toNum(c.arg(0))
	return num{a.isFloat || b.isFloat, op(new(big.Rat), a.r, b.r)}.value(), nil
}

func (c *call) extreme(sign int) (any, error) {
	a, b := toNum(c.in), toNum(c.arg(0))
	if a.r.Cmp(b.r)*sign >= 0 {
		return a.value(), nil
	}
	return b.value(), nil
}

func floor(r *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom())) // Euclidean: down, as a denominator is above 0
}

func neg(r *big.Rat) *big.Rat { return new(big.Rat).Neg(r) }

var errZero = errors.New("division by zero")

// divide gives a whole number, rounded down, unless one of the two is a float.
func divide(c *call) (any, error) {
	a, b := toNum(c.in), toNum(c.arg(0))
	if b.r.Sign() == 0 {
		return nil, errZero
	}
	q := new(big.Rat).Quo(a.r, b.r)
	if a.isFloat || b.isFloat {
		return num{true, q}.value(), nil
	}
	return num{r: floor(q)}.value(), nil
}

func modulo(c *call) (any, error) {
	a, b := toNum(c.in), toNum(c.arg(0))
	if b.r.Sign() == 0 {
		return nil, errZero
	}
	whole := new(big.Rat).Mul(floor(new(big.Rat).Quo(a.r, b.r)), b.r)
	return num{a.isFloat || b.isFloat, whole.Sub(a.r, whole)}.value(), nil
}

// round rounds halves away from zero, to as many decimals as its argument says.
func round(c *call) (any, error) {
	a := toNum(c.in)
	places := max(-300, min(wholeOf(toNum(c.arg(0)).value()), 300))
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(places, -places))), nil))
	if places < 0 {
		scale.Inv(scale)
	}
	half := big.NewRat(1, 2)
	size := floor(new(big.Rat).Add(new(big.Rat).Mul(new(big.Rat).Abs(a.r), scale), half))
	if a.r.Sign() < 0 {
		size.Neg(size)
	}
	return num{a.isFloat && places > 0, size.Quo(size, scale)}.value(), nil
}

// money prints a number with exactly two decimals.
func money(c *call) (any, error) {
	s, err := c.text()
	if err != nil {
		return nil, err
	}
	m, err := event.ParseMicros(s)
	if err != nil {
		return "", nil //nolint:nilerr // as with dates: nothing to print, and it is reported as missing
	}
	const cent = 10_000
	half := event.Micros(cent / 2)
	if m < 0 {
		half = -half
	}
	if m > math.MaxInt64-cent || m < math.MinInt64+cent {
		return m.String(), nil
	}
	rounded := (m + half) / cent * cent
	return rounded.String(), nil
}
