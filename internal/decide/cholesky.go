package decide

import "math"

// cholesky replaces the lower triangle of a, n by n and row by row, with the
// factor L of a = LLᵀ. It is false if a is not positive definite. What is above
// the diagonal is not read.
func cholesky(a []float64, n int) bool {
	for j := range n {
		d := a[j*n+j]
		for k := range j {
			d -= float64(a[j*n+k] * a[j*n+k])
		}
		if !(d > 0) {
			return false
		}
		d = math.Sqrt(d)
		a[j*n+j] = d
		for i := j + 1; i < n; i++ {
			v := a[i*n+j]
			for k := range j {
				v -= float64(a[i*n+k] * a[j*n+k])
			}
			a[i*n+j] = v / d
		}
	}
	return true
}

// solveLower replaces x with L⁻¹x.
func solveLower(l []float64, n int, x []float64) {
	for i := range n {
		v := x[i]
		for k := range i {
			v -= float64(l[i*n+k] * x[k])
		}
		x[i] = v / l[i*n+i]
	}
}

// solveUpper replaces x with L⁻ᵀx.
func solveUpper(l []float64, n int, x []float64) {
	for i := n - 1; i >= 0; i-- {
		v := x[i]
		for k := i + 1; k < n; k++ {
			v -= float64(l[k*n+i] * x[k])
		}
		x[i] = v / l[i*n+i]
	}
}

// inverse returns (LLᵀ)⁻¹ in full.
func inverse(l []float64, n int) []float64 {
	out := make([]float64, n*n)
	e := make([]float64, n)
	for c := range n {
		clear(e)
		e[c] = 1
		solveLower(l, n, e)
		solveUpper(l, n, e)
		for r := range n {
			out[r*n+c] = e[r]
		}
	}
	for r := range n { // exactly symmetric
		for c := range r {
			v := (out[r*n+c] + out[c*n+r]) / 2
			out[r*n+c], out[c*n+r] = v, v
		}
	}
	return out
}
