package classic

import "math"

// NBD is the model in which nobody ever leaves: acts are Poisson, at a rate that
// is Gamma(R, Alpha) over people. It is what BG/NBD and Pareto/NBD become where the
// data show no leaving.
type NBD struct{ R, Alpha float64 }

// FitNBD fits the NBD.
func FitNBD(people []Person) (NBD, Fit, error) {
	starts := func(rate, _ float64) [][]float64 { return [][]float64{{0.5, 0.5 / rate}, {2, 2 / rate}} }
	fit, err := fitRepeats(people, []string{"r", "alpha"}, starts, func(groups []group) likelihood {
		tables := newBGTables(mostRepeats(groups))
		return func(params, gradient []float64) float64 { return nbdLikelihood(groups, tables, params, gradient) }
	})
	if err != nil {
		return NBD{}, fit, err
	}
	return NBD{R: fit.Params[0], Alpha: fit.Params[1]}, fit, nil
}

func nbdLikelihood(groups []group, tables bgTables, params, gradient []float64) float64 {
	r, alpha := params[0], params[1]
	tables.fill(r, 1, 1)
	logAlpha := math.Log(alpha)
	var sum, dr, dalpha float64
	for _, g := range groups {
		k, logAge := r+float64(g.Repeats), math.Log(alpha+g.Age)
		sum += g.n * (tables.r[g.Repeats] + r*logAlpha - k*logAge)
		dr += g.n * (tables.dr[g.Repeats] + logAlpha - logAge)
		dalpha += g.n * (r/alpha - k/(alpha+g.Age))
	}
	gradient[0], gradient[1] = dr, dalpha
	return sum
}

// LogLik implements [Model].
func (m NBD) LogLik(p Person) float64 {
	return logRising(m.R, p.Repeats) + m.R*math.Log(m.Alpha) - (m.R+float64(p.Repeats))*math.Log(m.Alpha+p.Age)
}

// Alive implements [Model]: everybody is.
func (m NBD) Alive(Person) float64 { return 1 }

// Expected implements [Model].
func (m NBD) Expected(p Person, horizon float64) float64 {
	return (m.R + float64(p.Repeats)) / (m.Alpha + p.Age) * horizon
}
