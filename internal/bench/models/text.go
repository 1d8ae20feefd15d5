package models

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/rapporthq/rapport/internal/event"
)

// WriteText writes the table for people, the model first that foresaw best what
// came after the split.
func (res Result) WriteText(out io.Writer) error {
	fmt.Fprintf(out, "%s: %d people who began by %s, %d repeats until then, and %d from then to %s\n",
		res.File, res.People, res.when(res.Split), res.Repeats, res.Actual, res.when(res.End))
	fmt.Fprintln(out, res.rules())
	if len(res.LeftOut) > 0 || res.Rejected > 0 || res.Later > 0 {
		fmt.Fprintf(out, "left out: %s\n", res.leftOut())
	}
	for _, line := range res.Examples {
		fmt.Fprintf(out, "  %s\n", line)
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "model\tknown half\theld out\tover %s\texpected\ttotal\tMAE\tRMSE\tfit\t\n", res.Against)
	for _, r := range byLikelihood(res.Models) {
		if r.Error != "" {
			fmt.Fprintf(w, "%s\t–\t–\t\t\t\t\t\t\t\n", r.Name)
			continue
		}
		gain := ""
		if r.Gain != nil {
			gain = fmt.Sprintf("%+.1f", *r.Gain)
			if r.GainError != nil {
				gain += fmt.Sprintf(" ± %.1f", *r.GainError)
			}
		}
		total := "–"
		if r.TotalError != nil {
			total = fmt.Sprintf("%+.1f %%", 100**r.TotalError)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.2f s\t\n", r.Name, figure(r.LogLik, 2), figure(r.HeldOut, 2), gain,
			figure(r.Expected, 1), total, figure(r.MAE, 4), figure(r.RMSE, 3), r.FitSeconds)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, r := range res.Models {
		if r.Error != "" {
			fmt.Fprintf(out, "%s: not fitted: %s\n", r.Name, r.Error)
			continue
		}
		fmt.Fprintf(out, "%s: %s%s\n", r.Name, r.About, numbers(r.Parameters))
	}
	if s := res.Spend; s != nil && s.Error == "" {
		fmt.Fprintf(out, "spend, Gamma-Gamma × bgnbd: %s expected, %s spent%s\n", figure(s.Expected, 0), figure(s.Actual, 0), numbers(s.Parameters))
	} else if s != nil {
		fmt.Fprintf(out, "spend: not fitted: %s\n", s.Error)
	}
	if res.Serves != nil {
		fmt.Fprintf(out, "\nserves: %s. %s\n", res.Serves.Name, res.Serves.Reason)
	}
	return nil
}

func (res Result) when(at event.Instant) string {
	if res.ByDay {
		return at.Time().Format("2006-01-02")
	}
	return at.String()
}

func (res Result) rules() string {
	parts := []string{"people are watched from their first act on"}
	if res.FromStart {
		parts[0] = "everybody is watched from the beginning of the log"
	}
	if res.ByDay {
		parts = append(parts, "acts of one day are one")
	} else {
		parts = append(parts, "acts of one moment are one")
	}
	return strings.Join(append(parts, "log-likelihoods are of the times of acts in weeks"), "; ")
}

func (res Result) leftOut() string {
	var parts []string
	if res.Later > 0 {
		parts = append(parts, fmt.Sprintf("%d people who began after the split", res.Later))
	}
	if res.Rejected > 0 {
		parts = append(parts, fmt.Sprintf("%d rows that cannot be read", res.Rejected))
	}
	for _, reason := range slices.Sorted(maps.Keys(res.LeftOut)) {
		parts = append(parts, fmt.Sprintf("%d %s", res.LeftOut[reason], reason))
	}
	return strings.Join(parts, ", ")
}

func figure(v *float64, digits int) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, *v)
}

func numbers(all []Parameter) string {
	var b strings.Builder
	for i, p := range all {
		sep := "; "
		if i > 0 {
			sep = ", "
		}
		fmt.Fprintf(&b, "%s%s %.4g", sep, p.Name, p.Value)
		if p.StdErr != nil {
			fmt.Fprintf(&b, " ± %.2g", *p.StdErr)
		}
	}
	return b.String()
}
