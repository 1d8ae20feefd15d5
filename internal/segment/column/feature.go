package column

import (
	"encoding/binary"
	"math"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// never fills the places of times that there are not.
const never = math.MinInt64

// feature is the column of a feature: numbers where its value rests on a few, as
// many for each row, and else states.
//
//	count, distinct       a number
//	sum                   micros, in the workspace's currency
//	first, last           an instant
//	rate                  a number and the instant of the first
//	recent                as many instants as are kept, the newest first, then never
//	of a window           states: for each grain its number, and a count or micros
//	first, last of values states: the JSON of the value
type feature struct {
	f        *definition.Feature
	currency string

	width   int // numbers of a row
	numbers []int64
	states  *dict
	scratch []byte
}

func newFeature(f *definition.Feature, currency string) *feature {
	c := &feature{f: f, currency: currency}
	if f.Plain {
		c.currency = ""
	}
	switch {
	case f.Within > 0 || f.OfValue():
		c.states = newDict(0)
	case f.Aggregate == definition.Recent:
		c.width = max(f.Keep, 1)
	case f.Aggregate == definition.Rate:
		c.width = 2
	default:
		c.width = 1
	}
	return c
}

func (c *feature) grow() {
	if c.states != nil {
		c.states.grow()
		return
	}
	for range c.width {
		c.numbers = append(c.numbers, c.none())
	}
}

// none is what stands where nothing is known.
func (c *feature) none() int64 {
	if c.f.Aggregate == definition.Recent {
		return never
	}
	return 0
}

func (c *feature) size() int64 {
	if c.states != nil {
		return c.states.size()
	}
	return int64(8 * cap(c.numbers))
}

func (c *feature) put(row int, v profile.Feature) {
	if c.states != nil {
		c.states.set(row, c.state(&v))
		return
	}
	at := c.at(row)
	switch c.f.Aggregate {
	case definition.Count:
		at[0] = v.Count
	case definition.Distinct:
		at[0] = int64(len(v.Seen))
	case definition.Sum:
		at[0] = int64(v.Money.Get(c.currency))
	case definition.First, definition.Last:
		at[0] = int64(v.At)
	case definition.Rate:
		at[0], at[1] = v.Count, int64(v.At)
	case definition.Recent:
		for i := range at {
			at[i] = never
			if i < len(v.Times) {
				at[i] = int64(v.Times[i])
			}
		}
	}
}

// at returns the numbers of a row.
func (c *feature) at(row int) []int64 { return c.numbers[row*c.width : (row+1)*c.width] }

// state returns what v is as a state. It is valid until the next call.
func (c *feature) state(v *profile.Feature) []byte {
	if c.f.OfValue() {
		return v.Value
	}
	b := c.scratch[:0]
	for i := range v.Grain {
		n := v.Grain[i].Count
		if c.f.Aggregate == definition.Sum {
			n = int64(v.Grain[i].Money.Get(c.currency))
		}
		if n != 0 {
			b = binary.AppendVarint(binary.AppendVarint(b, v.Grain[i].At), n)
		}
	}
	for _, s := range v.Seen {
		b = binary.AppendVarint(binary.AppendVarint(b, s.At), 1)
	}
	c.scratch = b
	return b
}

// windowed adds up the grains of a state that are in the window at now.
func windowed(f *definition.Feature, state []byte, now event.Instant) (sum int64) {
	oldest := profile.OldestGrain(f, now)
	for len(state) > 0 {
		at, n := binary.Varint(state)
		state = state[n:]
		more, n := binary.Varint(state)
		state = state[n:]
		if at >= oldest {
			sum += more
		}
	}
	return sum
}

// value returns what definition.Known.Feature would.
func (c *feature) value(row int, now event.Instant) any {
	switch {
	case c.f.OfValue():
		return profile.PlainValue(c.states.state(c.states.codes[row]))
	case c.f.Aggregate == definition.Recent:
		return nil
	case c.f.Aggregate == definition.First || c.f.Aggregate == definition.Last:
		return event.Instant(c.at(row)[0])
	case c.isDecimal():
		return c.decimal(row, now)
	default:
		return c.integer(row, now)
	}
}

// isDecimal reports whether the value is a decimal number.
func (c *feature) isDecimal() bool {
	return c.f.Aggregate == definition.Sum || c.f.Aggregate == definition.Rate
}

// integer is the value of a count or distinct, and the instant of a first or last.
func (c *feature) integer(row int, now event.Instant) int64 {
	if c.states != nil {
		return windowed(c.f, c.states.state(c.states.codes[row]), now)
	}
	return c.numbers[row*c.width]
}

// decimal is the value of a sum or rate.
func (c *feature) decimal(row int, now event.Instant) float64 {
	if c.states != nil {
		return c.ofWindow(c.states.state(c.states.codes[row]), now)
	}
	at := c.at(row)
	if c.f.Aggregate == definition.Sum {
		return event.Micros(at[0]).Float()
	}
	v := profile.Feature{Count: at[0], At: event.Instant(at[1])}
	return v.Rate(c.f, now)
}

// ofWindow is the value of a windowed sum or rate in a state.
func (c *feature) ofWindow(state []byte, now event.Instant) float64 {
	sum := windowed(c.f, state, now)
	if c.f.Aggregate == definition.Sum {
		return event.Micros(sum).Float()
	}
	return profile.RateOf(c.f, sum)
}

// ofState is the value in a state, as definition.Known.Feature gives it.
func (c *feature) ofState(state []byte, now event.Instant) any {
	switch {
	case c.f.OfValue():
		return profile.PlainValue(state)
	case c.isDecimal():
		return c.ofWindow(state, now)
	default:
		return windowed(c.f, state, now)
	}
}

// times returns the times of a recent, in a slice that begins as buf.
func (c *feature) times(row int, buf []event.Instant) []event.Instant {
	buf = buf[:0]
	for _, at := range c.at(row) {
		if at == never {
			break
		}
		buf = append(buf, event.Instant(at))
	}
	return buf
}
