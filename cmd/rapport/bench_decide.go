package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/sim/weekly"
)

func newBenchDecide() *cobra.Command {
	var o weekly.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "decide",
		Short: "What policies are worth on a company whose truth is known",
		Long: `What policies are worth on a company whose truth is known: silence, the oracle that
sees states, an even split, one action to all, bandits that see recency and
frequency, and what Rapport learns from a log. All meet the same chance, so
that gains over silence are told person by person.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := weekly.Compare(o)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), t)
			}
			return printDecide(cmd.OutOrStdout(), t)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.People, "people", 5000, "people who are decided for")
	f.IntVar(&o.Weeks, "weeks", 104, "weeks")
	f.IntVar(&o.Learners, "learners", 2000, "people of the log that is learned from")
	f.IntVar(&o.LogWeeks, "log-weeks", 26, "weeks of that log")
	f.Uint64Var(&o.Seed, "seed", 1, "decides everything")
	f.StringVar(&o.Variant, "company", "ordinary", strings.Join(weekly.Variants(), ", "))
	f.BoolVar(&o.Quick, "quick", false, "leave out what learns while it acts")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

func printDecide(out io.Writer, t weekly.Table) error {
	o := t.Options
	fmt.Fprintf(out, "%s company, %d people, %d weeks, seed %d; learned from %d other people over %d weeks\n\n", o.Variant, o.People, o.Weeks, o.Seed, o.Learners, o.LogWeeks)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "value\t±\tover silence\t±\tof the oracle's\ttouches a year\t  policy\n")
	for _, r := range t.Rows {
		fmt.Fprintf(w, "%.2f\t%.2f\t%+.2f\t%.2f\t%.0f %%\t%.1f\t  %s\n", r.Value, r.Error, r.Gain, r.GainError, 100*r.Share,
			touchesAYear(r.Acted[:], o.People, o.Weeks), r.Policy)
	}
	return w.Flush()
}

// touchesAYear is how often a person was touched a year, of choices counted by action
// of which the first is nothing.
func touchesAYear(acted []int, people, weeks int) float64 {
	touches := 0
	for _, n := range acted[1:] {
		touches += n
	}
	return float64(touches) / float64(people) / float64(weeks) * 52
}
