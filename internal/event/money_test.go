package event_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
)

func TestAmountsAreReadExactly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]event.Micros{
		"0":                            0,
		"-0":                           0,
		"12.5":                         12_500_000,
		"+12.50":                       12_500_000,
		" 12.5\n":                      12_500_000,
		".5":                           500_000,
		"5.":                           5_000_000,
		"007":                          7_000_000,
		"0.0000005":                    1,
		"-0.0000005":                   -1,
		"0.00000049999":                0,
		"0.9999995":                    1_000_000,
		"0.1":                          100_000,
		"1e3":                          1_000_000_000,
		"1.5E-2":                       15_000,
		"1e-6":                         1,
		"5e-7":                         1,
		"4e-7":                         0,
		"1e-400":                       0,
		"0e999999":                     0,
		"123456789012.345678e0":        123_456_789_012_345_678,
		"9223372036854.775807":         math.MaxInt64,
		"-9223372036854.775807":        -math.MaxInt64,
		"9223372036854.7758074":        math.MaxInt64,
		"0.000000000000000000000001":   0,
		"100000000000000000000000e-20": 1_000_000_000,
	} {
		got, err := event.ParseMicros(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, bad := range []string{
		"", " ", ".", "-", "+", "--1", "+-1", "1,5", "1 5", "1.2.3", "e5", "1e", "1e+", "1e1.5", "0x10", "0x1p4", "1_000", "NaN", "Inf", "-inf",
		"infinity", "true", "null", "[1]", "١٢", "9223372036854.775808", "9223372036854.7758075", "1e13", "1e400", "1e9223372036854775807", "1e99999999999999999999", "€5",
	} {
		_, err := event.ParseMicros(bad)
		require.Error(t, err, "%q", bad)
	}
}

// exact is the amount that text says, by rational numbers; ok is false beyond
// what fits.
func exact(t *testing.T, text string) (event.Micros, bool) {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	require.True(t, ok, text)
	r.Mul(r, big.NewRat(1_000_000, 1))
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	r.Add(r, half)
	n := new(big.Int).Quo(r.Num(), r.Denom()) // towards zero
	return event.Micros(n.Int64()), n.IsInt64() && n.Int64() != math.MinInt64
}

func TestAmountsAgreeWithRationalNumbers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 6)) //nolint:gosec // a test
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
		return b.String()
	}
	for range 20_000 {
		text := []string{"", "-", "+"}[r.IntN(3)] + digits(1+r.IntN(14))
		if r.IntN(3) > 0 {
			text += "." + digits(1+r.IntN(12))
		}
		if r.IntN(4) == 0 {
			text += fmt.Sprintf("e%d", r.IntN(30)-15)
		}
		want, fits := exact(t, strings.TrimPrefix(text, "+"))
		got, err := event.ParseMicros(text)
		require.Equal(t, fits, err == nil, text)
		if fits {
			require.Equal(t, want, got, text)
			back, err := event.ParseMicros(got.String())
			require.NoError(t, err)
			require.Equal(t, got, back, "what is written is read back")
		}
	}
}

func TestAmountsAreWrittenWithAtLeastTwoDecimals(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]event.Micros{
		"0.00": 0, "1.00": 1_000_000, "1.50": 1_500_000, "-0.05": -50_000, "0.000001": 1, "12.345": 12_345_000,
		"9223372036854.775807": math.MaxInt64, "-9223372036854.775808": math.MinInt64,
	} {
		require.Equal(t, want, m.String())
	}
}
