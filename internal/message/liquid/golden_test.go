package liquid_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/message/liquid"
	"github.com/rapporthq/rapport/internal/testenv"
)

// goldenPasses is how many of the 1,054 cases of golden-liquid
// (https://github.com/jg-rp/golden-liquid) this package passes. It may rise; a
// fall is a regression. The rest are include, render, tablerow and other tags
// that messages do without, ranges as values, and filters that the library lacks.
const goldenPasses = 653

type goldenCase struct {
	Name     string         `json:"name"`
	Template string         `json:"template"`
	Data     map[string]any `json:"data"`
	Result   *string        `json:"result"`
	Results  []string       `json:"results"`
	Invalid  bool           `json:"invalid"`
	Tags     []string       `json:"tags"`
}

func TestGoldenLiquidDoesNotGetWorse(t *testing.T) {
	t.Parallel()
	var suite struct {
		Tests []goldenCase `json:"tests"`
	}
	b, err := os.ReadFile(testenv.Data(t, "golden-liquid/golden_liquid.json"))
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	require.NoError(t, d.Decode(&suite))
	require.NotEmpty(t, suite.Tests)

	passed := 0
	for _, c := range suite.Tests {
		got, err := renderGolden(c)
		switch {
		case c.Invalid:
			if err != nil {
				passed++
			}
		case err == nil && (c.Result != nil && *c.Result == got || slices.Contains(c.Results, got)):
			passed++
		default:
			if testing.Verbose() {
				t.Logf("%s\t%q\tgot %q\terr %v", c.Name, c.Template, got, err)
			}
		}
	}
	t.Logf("golden-liquid: %d of %d", passed, len(suite.Tests))
	require.GreaterOrEqual(t, passed, goldenPasses)
}

func renderGolden(c goldenCase) (string, error) {
	tmpl, err := liquid.Parse(c.Template)
	if err != nil {
		return "", err
	}
	out, err := tmpl.Render(liquid.Input{Vars: c.Data})
	return out.Text, err
}
