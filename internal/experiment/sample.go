package experiment

import "math"

// Sample sums up one arm: how many people, and the first two moments of their
// outcome y and of a covariate x measured before they joined. The zero value is
// an empty arm. The result depends on the order of Add only by rounding.
type Sample struct {
	N int

	y, x          float64 // means
	yy, xx, xy    float64 // sums of centred squares and products
	distinguished bool    // two different outcomes were seen
	first         float64
	events        int // outcomes other than 0
}

// Add counts one person with outcome y and covariate x; x is 0 when there is
// none. The update is Welford's (1962), which does not cancel.
func (s *Sample) Add(y, x float64) {
	if s.N == 0 {
		s.first = y
	} else if y != s.first {
		s.distinguished = true
	}
	if y != 0 {
		s.events++
	}
	s.N++
	n := float64(s.N)
	dy, dx := y-s.y, x-s.x
	s.y += dy / n
	s.x += dx / n
	s.yy += dy * (y - s.y)
	s.xx += dx * (x - s.x)
	s.xy += dy * (x - s.x)
}

// Mean is the mean outcome, 0 for an empty arm.
func (s *Sample) Mean() float64 { return s.y }

// moments returns the unbiased variances of y and x and their covariance.
func (s *Sample) moments() (vy, vx, cxy float64) {
	if s.N < 2 {
		return 0, 0, 0
	}
	d := float64(s.N - 1)
	return s.yy / d, s.xx / d, s.xy / d
}

// Deviation is the standard deviation of the outcome less slope times the covariate.
func (s *Sample) Deviation(slope float64) float64 { return math.Sqrt(s.adjusted(slope)) }

// PooledSlope is the slope of the outcome on the covariate within arms, pooled
// over them: CUPED's θ. Taken from people who are not compared (those of an
// earlier period), or once from the first who are, and then kept, it depends on
// nobody's arm, and looking again cannot bend it. It is 0 if the covariate does
// not vary.
func PooledSlope(arms ...Sample) float64 {
	var xy, xx float64
	for i := range arms {
		xy += arms[i].xy
		xx += arms[i].xx
	}
	if xx <= 0 {
		return 0
	}
	return xy / xx
}
