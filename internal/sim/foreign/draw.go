package foreign

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Sizes of a drawing, in pixels.
const (
	panelWide, panelHigh = 270.0, 190.0
	left, top, gap       = 44.0, 30.0, 26.0
)

// line is how a policy is drawn.
type line struct{ policy, colour, style string }

func lines() []line {
	return []line{
		{Silence, "#7a7a7a", "stroke-dasharray='2 3'"},
		{Newsletter, "#b08a3c", ""},
		{Single, "#b08a3c", "stroke-dasharray='5 3'"},
		{Greedy, "#8a6bb1", "stroke-dasharray='5 3'"},
		{Bandit, "#8a6bb1", ""},
		{Settled, "#2f7d6b", "stroke-dasharray='5 3'"},
		{Rapport, "#2f7d6b", "stroke-width='2.4'"},
	}
}

// Draw draws regret by week, a company a panel, as SVG: by how much the oracle is
// ahead. Scales are cut where Rapport and the bandits end: what blasts everybody
// leaves most panels.
func Draw(out io.Writer, tables []Table) error {
	const across = 3
	rows := (len(tables) + across - 1) / across
	width, height := left+across*(panelWide+gap), top+float64(rows)*(panelHigh+gap+20)+44
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f' font-family='system-ui, sans-serif' font-size='11'>\n", width, height)
	b.WriteString("<style>text{fill:#333}.axis{stroke:#999;stroke-width:.7}@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>\n")
	fmt.Fprint(&b, "<title>Regret by week: by how much, in money a person, the oracle is ahead of each policy</title>\n")
	for i, t := range tables {
		panel(&b, t, left+float64(i%across)*(panelWide+gap), top+float64(i/across)*(panelHigh+gap+20))
	}
	for i, l := range lines() {
		x, y := left+float64(i%4)*215, height-30+float64(i/4)*17
		fmt.Fprintf(&b, "<g stroke-width='1.5' fill='none'><path d='M%.0f %.0fh26' stroke='%s' %s/></g><text x='%.0f' y='%.0f'>%s</text>\n", x, y-4, l.colour, l.style, x+32, y, l.policy)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func panel(b *strings.Builder, t Table, x, y float64) {
	low, high := 0.0, 0.5
	for _, r := range t.Rows {
		for _, v := range r.Regret {
			low = min(low, v)
			if r.Policy == Silence || r.Policy == Rapport || r.Policy == Bandit || r.Policy == Settled {
				high = max(high, v)
			}
		}
	}
	high *= 1.1
	at := func(week int, v float64) string {
		return fmt.Sprintf("%.1f %.1f", x+panelWide*float64(week)/float64(t.Options.Weeks), y+panelHigh*(high-v)/(high-low))
	}
	id := "panel-" + t.Options.Variant
	fmt.Fprintf(b, "<text x='%.0f' y='%.0f' font-weight='600'>%s</text>\n<clipPath id='%s'><rect x='%.0f' y='%.0f' width='%.0f' height='%.0f'/></clipPath>\n", x, y-9, t.Options.Variant, id, x, y, panelWide, panelHigh)
	fmt.Fprintf(b, "<path class='axis' fill='none' d='M%.1f %.1fV%.1fM%sL%s'/>\n", x, y, y+panelHigh, at(0, 0), at(t.Options.Weeks, 0))
	step := math.Pow(10, math.Floor(math.Log10(high-low)))
	if (high-low)/step < 3 {
		step /= 2
	}
	for v := math.Ceil(low/step) * step; v <= high; v += step {
		fmt.Fprintf(b, "<text x='%.1f' y='%.1f' text-anchor='end'>%.4g</text>\n", x-5, y+panelHigh*(high-v)/(high-low)+4, v+0)
	}
	fmt.Fprintf(b, "<text x='%.1f' y='%.1f' text-anchor='end'>week %d</text>\n<g clip-path='url(#%s)' fill='none' stroke-width='1.5'>\n", x+panelWide, y+panelHigh+15, t.Options.Weeks, id)
	for _, l := range lines() {
		r := t.Row(l.policy)
		if len(r.Regret) == 0 {
			continue
		}
		fmt.Fprintf(b, "<path stroke='%s' %s d='M%s", l.colour, l.style, at(0, 0))
		for week, v := range r.Regret {
			fmt.Fprintf(b, "L%s", at(week+1, v))
		}
		b.WriteString("'/>\n")
	}
	b.WriteString("</g>\n")
}
