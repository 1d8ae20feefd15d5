package decide

import "math"

// Mature adds up, of the people of one randomised arm, what the state said at the end
// of the window of a choice beside the money that came after it. Sums add up over
// people and partitions, in whatever order.
type Mature struct {
	N float64

	// Of gain (the value of the state at the end of the window, discounted, less what
	// was expected of it), before (what was expected) and later (the discounted
	// margin from the end of the window to half a year after the choice).
	Gain   float64
	Before float64
	Later  float64

	GainGain     float64
	GainBefore   float64
	GainLater    float64
	BeforeBefore float64
	BeforeLater  float64
	LaterLater   float64
}

// Add takes in one person.
func (m *Mature) Add(gain, before, later float64) {
	m.Merge(Mature{
		N: 1, Gain: gain, Before: before, Later: later, GainGain: gain * gain, GainBefore: gain * before, GainLater: gain * later,
		BeforeBefore: before * before, BeforeLater: before * later, LaterLater: later * later,
	})
}

// Merge adds the people of o.
func (m *Mature) Merge(o Mature) {
	m.N += o.N
	m.Gain, m.Before, m.Later = m.Gain+o.Gain, m.Before+o.Before, m.Later+o.Later
	m.GainGain, m.GainBefore, m.GainLater = m.GainGain+o.GainGain, m.GainBefore+o.GainBefore, m.GainLater+o.GainLater
	m.BeforeBefore, m.BeforeLater, m.LaterLater = m.BeforeBefore+o.BeforeBefore, m.BeforeLater+o.BeforeLater, m.LaterLater+o.LaterLater
}

// Sums are the numbers of m, as they travel; [MatureOf] reads them.
func (m *Mature) Sums() [10]float64 {
	return [10]float64{m.N, m.Gain, m.Before, m.Later, m.GainGain, m.GainBefore, m.GainLater, m.BeforeBefore, m.BeforeLater, m.LaterLater}
}

// MatureOf reads what [Mature.Sums] wrote.
func MatureOf(s [10]float64) Mature {
	return Mature{N: s[0], Gain: s[1], Before: s[2], Later: s[3], GainGain: s[4], GainBefore: s[5], GainLater: s[6], BeforeBefore: s[7], BeforeLater: s[8], LaterLater: s[9]}
}

// Told is what mature cohorts say of the value of states.
type Told struct {
	People float64 `json:"people"`
	Slope  float64 `json:"slope"` // of money on the surprise in the state, within arms
	Error  float64 `json:"error"` // standard error of it
	Trust  float64 `json:"trust"`
	Alarm  bool    `json:"alarm"`
}

// sureEnough is how well the slope must be known before it replaces UntilCalibrated.
const sureEnough = 0.25

// Trust is how far the value of states can be trusted: [Calibrate] of the slope of the
// money that came later on the surprise in the state, within arms and for people of
// whom as much was expected before. Without the last a state that only knew who spends
// much, and nothing of who moves, would seem to foretell. V counts all time and the
// money half a year, so that the slope is a little low where all is right: to err is
// towards money.
func Trust(arms []Mature) Told {
	// Sums about the means of each arm; what happens to be constant has none.
	var n, gg, gb, gl, bb, bl, ll float64
	degrees := -2.0
	for _, a := range arms {
		if a.N < 2 {
			continue
		}
		n += a.N
		degrees += a.N - 1
		gg += a.GainGain - a.Gain*a.Gain/a.N
		gb += a.GainBefore - a.Gain*a.Before/a.N
		gl += a.GainLater - a.Gain*a.Later/a.N
		bb += a.BeforeBefore - a.Before*a.Before/a.N
		bl += a.BeforeLater - a.Before*a.Later/a.N
		ll += a.LaterLater - a.Later*a.Later/a.N
	}
	out := Told{People: n, Trust: UntilCalibrated}
	if degrees < 1 {
		return out
	}
	if bb > 0 {
		gg, gl, ll = gg-gb*gb/bb, gl-gb*bl/bb, ll-bl*bl/bb
	}
	if !(gg > 0) {
		return out
	}
	out.Slope = gl / gg
	out.Error = math.Sqrt(max(ll-out.Slope*gl, 0) / degrees / gg)
	if out.Error <= sureEnough {
		out.Trust, out.Alarm = Calibrate(out.Slope)
	}
	return out
}
