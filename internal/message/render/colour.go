package render

import (
	"fmt"
	"math"
	"strconv"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
)

// What a brand that says nothing looks like, and the two grounds of a dark page.
const (
	defaultInk    = "#1c2127"
	defaultGround = "#f3f4f6"
	paper         = "#ffffff"
	darkPaper     = "#1f2429"
)

// Readable is the contrast that text of usual size needs (WCAG 2.2, success
// criterion 1.4.3).
const Readable = 4.5

// Complete fills in what the brand leaves open.
func Complete(b event.Brand) event.Brand {
	set := func(to *string, by string) {
		if *to == "" {
			*to = by
		}
	}
	set(&b.Accent, message.DefaultAccent)
	set(&b.Ink, defaultInk)
	set(&b.Ground, defaultGround)
	set(&b.Font, "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif")
	if b.OnAccent == "" {
		b.OnAccent = paper
		if Contrast(b.Accent, paper) < Contrast(b.Accent, "#000000") && Contrast(b.Accent, paper) < Readable {
			b.OnAccent = "#000000"
		}
	}
	return b
}

// Contrast is how well text of one colour is told from its ground, from 1 to 21
// (WCAG 2.2, "contrast ratio"). Colours are #rrggbb; what is none is black.
func Contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(colour string) float64 {
	var out float64
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		c := channels(colour)[i] / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		out += weight * c
	}
	return out
}

func channels(colour string) (rgb [3]float64) {
	if len(colour) != 7 {
		return rgb
	}
	for i := range rgb {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return [3]float64{}
		}
		rgb[i] = float64(n)
	}
	return rgb
}

// lightened mixes white into a colour until it can be read on ground.
func lightened(colour, ground string) string {
	for share := 0.0; share < 1; share += 0.1 {
		var out [3]int
		for i, c := range channels(colour) {
			out[i] = int(c + (255-c)*share)
		}
		mixed := fmt.Sprintf("#%02x%02x%02x", out[0], out[1], out[2])
		if Contrast(mixed, ground) >= Readable {
			return mixed
		}
	}
	return paper
}
