package statemodel

import "math"

// Weekly is the profile of the hours of the week in which people act, for
// [Clock.Week]: counts of own acts, smoothed by their neighbours and by pseudo acts
// spread evenly, with mean 1. Offset is that of [Clock]. Acts whose time is known
// only roughly do not count. With no acts the week is even.
func Weekly(histories []History, offset float64) []float64 {
	const (
		pseudo    = 4 // acts an hour
		neighbour = .25
	)
	even := make([]float64, hoursOfWeek)
	for i := range even {
		even[i] = 1
	}
	d := Clock{Week: even, Offset: offset}.dial()
	counts := make([]float64, hoursOfWeek)
	for _, h := range histories {
		for _, e := range h.Events {
			if e.Type == Own && e.Span == 0 {
				week, _ := d.week(e.At)
				hours := math.Mod(week, 7) * 24
				if hours < 0 {
					hours += hoursOfWeek
				}
				counts[min(int(hours+1e-9), hoursOfWeek-1)]++
			}
		}
	}
	out, total := make([]float64, hoursOfWeek), 0.0
	for i := range counts {
		before, after := counts[(i+hoursOfWeek-1)%hoursOfWeek], counts[(i+1)%hoursOfWeek]
		out[i] = pseudo + (1-2*neighbour)*counts[i] + neighbour*(before+after)
		total += out[i]
	}
	for i := range out {
		out[i] *= hoursOfWeek / total
	}
	return out
}
