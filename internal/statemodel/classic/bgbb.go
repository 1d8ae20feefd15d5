package classic

import (
	"fmt"
	"math"
)

// Rounds is what the BG/BB model needs to know of people: of so many rounds in
// which one could act or not, in how many they did, and which was the last of those.
type Rounds struct {
	Acts, Last, Of int
	People         float64 // who are like this; 0 means 1
}

func (r Rounds) people() float64 {
	if r.People == 0 {
		return 1
	}
	return r.People
}

// BGBB is the beta-geometric/beta-Bernoulli model. While there, a person acts in
// a round with a chance that is Beta(Alpha, Beta) over people; at the beginning of a
// round they leave with a chance that is Beta(Gamma, Delta).
type BGBB struct{ Alpha, Beta, Gamma, Delta float64 }

// FitBGBB fits the BG/BB.
func FitBGBB(all []Rounds) (BGBB, Fit, error) {
	most, people, acts := 0, 0.0, 0.0
	for i, r := range all {
		if r.Acts < 0 || r.Acts > r.Last || r.Last > r.Of || (r.Acts == 0) != (r.Last == 0) || !(r.People >= 0) {
			return BGBB{}, Fit{}, fmt.Errorf("rounds %d: %d acts, the last in round %d of %d: acts are at most the last round, which is 0 without acts", i, r.Acts, r.Last, r.Of)
		}
		most = max(most, r.Of)
		people += r.people()
		acts += r.people() * float64(r.Acts)
	}
	if acts == 0 {
		return BGBB{}, Fit{}, errTooFew
	}
	fit, err := problem{
		names:  []string{"alpha", "beta", "gamma", "delta"},
		starts: [][]float64{{1, 1, 1, 3}, {0.5, 0.5, 0.2, 5}},
		all:    func(params, gradient []float64) float64 { return bgbbLikelihood(all, most, params, gradient) },
		people: int(people),
	}.solve()
	if err != nil {
		return BGBB{}, fit, err
	}
	p := fit.Params
	return BGBB{Alpha: p[0], Beta: p[1], Gamma: p[2], Delta: p[3]}, fit, nil
}

// rising holds, for n from 0, ln of a(a+1)…(a+n-1) and its slope in a.
type rising struct{ value, slope []float64 }

func newRising(a float64, most int) rising {
	r := rising{make([]float64, most+2), make([]float64, most+2)}
	for j := range most + 1 {
		r.value[j+1] = r.value[j] + math.Log(a+float64(j))
		r.slope[j+1] = r.slope[j] + 1/(a+float64(j))
	}
	return r
}

// bgbbTables hold the parts of which every term of the likelihood is made.
type bgbbTables struct{ a, b, ab, g, d, gd rising }

func newBGBBTables(m BGBB, most int) bgbbTables {
	return bgbbTables{
		newRising(m.Alpha, most), newRising(m.Beta, most), newRising(m.Alpha+m.Beta, most),
		newRising(m.Gamma, most), newRising(m.Delta, most), newRising(m.Gamma+m.Delta, most),
	}
}

// act is ln B(α+x, β+n-x)/B(α, β): x acts in n rounds.
func (t bgbbTables) act(x, n int) float64 { return t.a.value[x] + t.b.value[n-x] - t.ab.value[n] }

// leave is ln B(γ+l, δ+n)/B(γ, δ): n rounds stayed, and left in the next if l is 1.
func (t bgbbTables) leave(l, n int) float64 { return t.g.value[l] + t.d.value[n] - t.gd.value[n+l] }

// bgbbLikelihood is equation 4 of Fader, Hardie & Shang (2010), and its slopes.
func bgbbLikelihood(all []Rounds, most int, params, gradient []float64) float64 {
	t := newBGBBTables(BGBB{params[0], params[1], params[2], params[3]}, most)
	clear(gradient)
	sum := 0.0
	for _, r := range all {
		value := t.logLik(r)
		sum += r.people() * value
		for stayed := r.Last; stayed <= r.Of; stayed++ {
			left := 1
			if stayed == r.Of {
				left = 0
			}
			w := r.people() * math.Exp(t.act(r.Acts, stayed)+t.leave(left, stayed)-value)
			gradient[0] += w * (t.a.slope[r.Acts] - t.ab.slope[stayed])
			gradient[1] += w * (t.b.slope[stayed-r.Acts] - t.ab.slope[stayed])
			gradient[2] += w * (t.g.slope[left] - t.gd.slope[stayed+left])
			gradient[3] += w * (t.d.slope[stayed] - t.gd.slope[stayed+left])
		}
	}
	return sum
}

// logLik sums over the round after which the person left, or that they did not.
func (t bgbbTables) logLik(r Rounds) float64 {
	sum := t.act(r.Acts, r.Of) + t.leave(0, r.Of)
	for stayed := r.Last; stayed < r.Of; stayed++ {
		sum, _ = logSumExp(sum, t.act(r.Acts, stayed)+t.leave(1, stayed))
	}
	return sum
}

// LogLik is the log probability of which rounds one person acted in.
func (m BGBB) LogLik(r Rounds) float64 { return newBGBBTables(m, r.Of).logLik(r) }

// Alive is the probability that a person will be there in the next round.
func (m BGBB) Alive(r Rounds) float64 {
	t := newBGBBTables(m, r.Of+1)
	return math.Exp(t.act(r.Acts, r.Of) + t.leave(0, r.Of+1) - t.logLik(r))
}

// Expected is how many acts are expected of a person in the next rounds: equation
// 13, as the sum over rounds that it was made of.
func (m BGBB) Expected(r Rounds, rounds int) float64 {
	t := newBGBBTables(m, r.Of+rounds+1)
	value, sum := t.logLik(r), 0.0
	for i := 1; i <= rounds; i++ {
		// One more act in one more round, whichever it is; there until then.
		sum += math.Exp(t.act(r.Acts+1, r.Of+1) + t.leave(0, r.Of+i) - value)
	}
	return sum
}
