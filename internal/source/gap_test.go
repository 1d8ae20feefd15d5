package source_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/source"
)

// life is a source that goes on for a year, hour by hour: what came in each, and
// when the latest did.
type life struct {
	begin event.Instant
	hours []source.Hour // all, the empty ones too
}

// law is by what law a source lives.
type law struct {
	name   string
	hourly float64                      // events in its usual hour
	rhythm func(weekday, h int) float64 // times that
	burst  float64                      // events at once, on average
	days   float64                      // standard deviation of the logarithm of a day's factor
	trend  float64                      // growth over a year, as a factor
}

func even(int, int) float64 { return 1 }

// trading sleeps at night, and is busier at weekends.
func trading(weekday, h int) float64 {
	f := 1 + math.Sin(float64(h-9)*math.Pi/12)
	if h < 6 {
		f = .05
	}
	if weekday%6 == 0 {
		f *= 1.5
	}
	return f
}

// office works from Monday to Friday, by day.
func office(weekday, h int) float64 {
	if weekday%6 == 0 || h < 8 || h > 18 {
		return 0
	}
	return 2
}

// batch comes once a night.
func batch(_, h int) float64 {
	if h == 2 {
		return 24
	}
	return 0
}

func laws() []law {
	return []law{
		{"even, 300 an hour", 300, even, 1, 0, 1},
		{"a shop", 100, trading, 4, .25, 1.5},
		{"a quiet shop", 3, trading, 3, .3, .7},
		{"a shop of moods", 30, trading, 6, .6, 1},
		{"an office", 50, office, 3, .3, 1},
		{"a nightly batch", 200, batch, 1, .5, 1},
		{"ten a day", .4, even, 1, 0, 1},
	}
}

func (l law) live(days int, seed uint64) *life {
	r := rand.New(rand.NewPCG(seed, 7))
	out := &life{begin: noon}
	factor := 1.0
	for i := range days * 24 {
		if i%24 == 0 {
			factor = math.Exp(l.days*r.NormFloat64()-l.days*l.days/2) * math.Pow(l.trend, float64(i)/8766)
		}
		h := source.Hour{Start: out.begin.Add(time.Duration(i) * time.Hour)}
		t := h.Start.Time()
		rate := l.hourly * factor * l.rhythm(int(t.Weekday()), t.Hour()) / l.burst
		for at := r.ExpFloat64() / rate; rate > 0 && at < 1; at += r.ExpFloat64() / rate {
			h.Accepted++
			for r.Float64() < 1-1/l.burst {
				h.Accepted++
			}
			h.Last = h.Start.Add(time.Duration(at * float64(time.Hour)))
		}
		out.hours = append(out.hours, h)
	}
	return out
}

// cut takes out what came in so many hours from an hour on.
func (l *life) cut(from, n int) {
	for i := from; i < from+n; i++ {
		l.hours[i].Accepted, l.hours[i].Last = 0, 0
	}
}

// at is what was asked after so many hours.
func (l *life) at(hours int, said ...event.Outage) []source.Gap {
	var kept []source.Hour
	for _, h := range l.hours[max(0, hours-30*24):hours] {
		if h.Accepted > 0 {
			kept = append(kept, h)
		}
	}
	return source.Gaps(l.begin.Add(time.Duration(hours)*time.Hour), kept, said)
}

func (l *life) instant(hour int) event.Instant { return l.begin.Add(time.Duration(hour) * time.Hour) }

// TestASourceThatIsConnectedIsHardlyEverAskedAbout holds the rule to the rate that
// it states, one gap in ten years, over ten years of each of seven kinds of source.
func TestASourceThatIsConnectedIsHardlyEverAskedAbout(t *testing.T) {
	t.Parallel()
	const years = 10
	for _, l := range laws() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			asked := map[event.Instant]bool{}
			for year := range uint64(years) {
				life := l.live(365, year)
				for hour := 24; hour < len(life.hours); hour++ {
					if life.hours[hour].Accepted > 0 && life.hours[hour-1].Accepted > 0 {
						continue // nothing is silent
					}
					if life.hours[hour].Accepted == 0 && hour%24 != 0 {
						continue // it goes on
					}
					for _, g := range life.at(hour) {
						asked[g.From+event.Instant(year)] = true
					}
				}
			}
			t.Logf("%d in %d years", len(asked), years)
			require.LessOrEqual(t, len(asked), 3, "one is to be expected; more than three by chance in one of fifty tests")
		})
	}
}

func TestASourceThatWasCutOffIsAskedAboutSoon(t *testing.T) {
	t.Parallel()
	for name, within := range map[string]int{"even, 300 an hour": 2, "a shop": 16, "a quiet shop": 60, "a shop of moods": 40, "an office": 72, "a nightly batch": 26, "ten a day": 72} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, l := range laws() {
				if l.name != name {
					continue
				}
				late := 0
				for seed := range uint64(20) {
					from := 25*24 + int(seed)*7%24
					life := l.live(40, 100+seed)
					life.cut(from, within)
					gaps := life.at(from + within)
					if len(gaps) == 0 || gaps[len(gaps)-1].To != 0 {
						late++
						continue
					}
					g := gaps[len(gaps)-1]
					require.LessOrEqual(t, g.From, life.instant(from), "from the latest that came")
					require.Greater(t, g.Expected, 0.)
				}
				t.Logf("%d of 20 not yet after %d hours", late, within)
				require.LessOrEqual(t, late, 2)
			}
		})
	}
}

func TestWhatPeopleHaveSaidOfATimeIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	one := laws()[1].live(40, 1)
	first, second := 17*24, 25*24
	one.cut(first, 30)
	one.cut(second, 24)
	gaps := one.at(second + 40)
	require.Len(t, gaps, 2, "what is over is asked about too")
	require.LessOrEqual(t, gaps[0].From, one.instant(first))
	require.Equal(t, one.instant(first+30), gaps[0].To)
	require.Equal(t, one.instant(second+24), gaps[1].To)
	require.InEpsilon(t, gaps[0].Expected, 30*gaps[0].PerHour, 1e-9)

	for _, connected := range []bool{false, true} {
		said := event.Outage{From: gaps[0].From, To: gaps[0].To, Connected: connected}
		left := one.at(second+40, said)
		if connected {
			require.Empty(t, left, "who is silent for a night and a day at times, may be again")
			continue
		}
		require.Len(t, left, 1)
		require.Equal(t, gaps[1].From, left[0].From)
	}
	require.Empty(t, one.at(second+20, event.Outage{From: one.instant(second)}, event.Outage{To: one.instant(first + 31)}), "one that goes on, and one from before the source was connected")
}

func TestASourceWhoseRhythmIsNotKnownIsNotAskedAbout(t *testing.T) {
	t.Parallel()
	one := laws()[0].live(40, 1)
	one.cut(13*24, 48)
	require.Empty(t, one.at(15*24), "thirteen days are too few")
	require.Empty(t, source.Gaps(noon, nil, nil))
	one = laws()[0].live(40, 1)
	one.cut(20*24, 1)
	require.Empty(t, one.at(20*24), "an hour that is not over is not judged")
	require.Len(t, one.at(20*24+2), 1, "and 300 that did not come in one that is are no chance")
}

func TestASourceThatIsBackIsSeenToBe(t *testing.T) {
	t.Parallel()
	one := laws()[0].live(5, 1)
	one.cut(48, 10)
	open := []event.Outage{{From: one.hours[47].Last}}
	require.Zero(t, source.Returned(one.hours[:58], open))
	require.Equal(t, one.instant(58), source.Returned(one.hours[:60], open))
	require.Zero(t, source.Returned(one.hours, []event.Outage{{From: one.hours[47].Last, To: one.instant(58)}}))
	require.Zero(t, source.Returned(one.hours, []event.Outage{{From: one.hours[47].Last, Connected: true}}))
}
