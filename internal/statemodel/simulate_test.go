package statemodel

import (
	"math"
	"math/rand/v2"
)

// simulate draws the history of a person from a model, exactly. Touches come at
// the rate given, of random classes.
func simulate(m *Model, r *rand.Rand, days, touches float64) History {
	h := History{End: days}
	gamma := func(shape float64) float64 {
		if shape == 0 {
			return 1
		}
		return gammaDraw(r, shape) / shape
	}
	theta, eta := gamma(m.Grid.Activity), gamma(m.Grid.Departure)
	nu := make([]float64, len(m.Kinds))
	for k, kind := range m.Kinds {
		if kind.Spend != nil {
			nu[k] = gammaDraw(r, kind.Spend.Between) / kind.Spend.Scale
		}
	}
	pick := func(p []float64) int {
		u := r.Float64()
		for i, v := range p {
			if u -= v; u < 0 {
				return i
			}
		}
		return len(p) - 1
	}
	s := pick(m.Start[0])
	at := 0.0
	for {
		rates := []float64{m.Exit[s] * eta, touches, 0, 0}
		if s < m.States()-1 {
			rates[2] = m.Up[s]
		}
		if s > 0 {
			rates[3] = m.Down[s-1]
		}
		for _, kind := range m.Kinds {
			f := theta
			if kind.Common {
				f = 1
			}
			rates = append(rates, kind.Rate[s]*f)
		}
		total := 0.0
		for _, v := range rates {
			total += v
		}
		at += r.ExpFloat64() / total
		if at > h.End {
			return h
		}
		for i := range rates {
			rates[i] /= total
		}
		switch i := pick(rates); i {
		case 0:
			for touches > 0 { // who is gone is touched all the same
				if at += r.ExpFloat64() / touches; at > h.End {
					break
				}
				h.Events = append(h.Events, Event{At: at, Type: Touch, Kind: uint8(r.IntN(len(m.Touches)))})
			}
			return h
		case 1:
			class := r.IntN(len(m.Touches))
			h.Events = append(h.Events, Event{At: at, Type: Touch, Kind: uint8(class)})
			s = pick(m.Touches[class].Move[0][s])
		case 2:
			s++
		case 3:
			s--
		default:
			e := Event{At: at, Kind: uint8(i - 4)}
			if sp := m.Kinds[i-4].Spend; sp != nil {
				e.Amount = gammaDraw(r, sp.Within) / nu[i-4] * sp.Level[s]
			}
			h.Events = append(h.Events, e)
		}
	}
}

// gammaDraw is Marsaglia & Tsang's (2000).
func gammaDraw(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gammaDraw(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(r.Float64()) < .5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
