package classic

import "math"

// bgLikelihood is the log-likelihood of groups under BG/NBD or MBG/NBD with its
// gradient. What depends on the number of repeats alone is tabulated once.
type bgLikelihood struct {
	groups []group
	after  int // chances to leave before the first repeat
	tables bgTables
}

// bgTables hold, for n from 0, sums over j below n.
type bgTables struct {
	r, dr      []float64 // Σ ln(r+j), Σ 1/(r+j)
	stay       []float64 // Σ ln((b+j)/(a+b+j))
	dstA, dstB []float64 // and its slopes
}

func newBGTables(most int) bgTables {
	n := most + 2
	all := make([]float64, 5*n)
	return bgTables{all[:n], all[n : 2*n], all[2*n : 3*n], all[3*n : 4*n], all[4*n:]}
}

func (t bgTables) fill(r, a, b float64) {
	for j := range len(t.r) - 1 {
		k := float64(j)
		t.r[j+1], t.dr[j+1] = t.r[j]+math.Log(r+k), t.dr[j]+1/(r+k)
		t.stay[j+1] = t.stay[j] - math.Log1p(a/(b+k))
		t.dstA[j+1] = t.dstA[j] - 1/(a+b+k)
		t.dstB[j+1] = t.dstB[j] + 1/(b+k) - 1/(a+b+k)
	}
}

func (l *bgLikelihood) at(params, gradient []float64) float64 {
	r, alpha, a, b := params[0], params[1], params[2], params[3]
	l.tables.fill(r, a, b)
	logAlpha, logA := math.Log(alpha), math.Log(a)
	var sum, dr, dalpha, da, db float64
	for i := range l.groups {
		g := &l.groups[i]
		n := g.Repeats + l.after
		k := r + float64(g.Repeats)
		logAge := math.Log(alpha + g.Age)
		value, here := -k*logAge, 1.0
		var logLast, left float64 // left is b + n - 1
		if n > 0 {
			logLast = math.Log(alpha + g.Last)
			left = b + float64(n-1)
			value, here = logSumExp(value, logA-math.Log(left)-k*logLast)
		}
		gone := 1 - here
		sum += g.n * (l.tables.r[g.Repeats] + r*logAlpha + l.tables.stay[n] + value)
		dr += g.n * (l.tables.dr[g.Repeats] + logAlpha - here*logAge - gone*logLast)
		dalpha += g.n * (r/alpha - k*(here/(alpha+g.Age)+gone/(alpha+g.Last)))
		da += g.n * (l.tables.dstA[n] + gone/a)
		db += g.n * l.tables.dstB[n]
		if n > 0 {
			db -= g.n * gone / left
		}
	}
	gradient[0], gradient[1], gradient[2], gradient[3] = dr, dalpha, da, db
	return sum
}
