package classic

import "math"

// Value is what a person is expected to be worth from now on: acts expected in each
// of so many periods, discounted to its end, times what an act of theirs is expected
// to be worth. The rate of discount is per period. It is the sum that Python's
// lifetimes computes, so that figures compare.
func Value(m Model, p Person, perAct, period float64, periods int, discount float64) float64 {
	before, sum := 0.0, 0.0
	for i := 1; i <= periods; i++ {
		until := m.Expected(p, float64(i)*period)
		sum += (until - before) * math.Pow(1+discount, -float64(i))
		before = until
	}
	return sum * perAct
}
