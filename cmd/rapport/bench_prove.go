package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/sim/foreign"
)

func newBenchProve() *cobra.Command {
	var o foreign.Options
	var companies []string
	var asJSON bool
	var drawing string
	cmd := &cobra.Command{
		Use:   "prove",
		Short: "What policies are worth on companies that are of the family of no model",
		Long: `What policies are worth on companies that are of the family of no model that
Rapport fits: relationships have a memory, people differ, weekends are theirs,
reactions come days later, touches tire and annoy. There are six: ordinary; null,
where touches do nothing but cost; harmful, where they only annoy; fatigue; drift,
which changes half-way; and heterogeneous.

Rapport learns from a log of other people, and goes on learning while it acts. All
policies meet the same chance, so that gains over silence are told person by person.
What a policy is worth includes what people bring who are left alone afterwards, for
as long again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var tables []foreign.Table
			for _, o.Variant = range companies {
				t, err := foreign.Compare(o)
				if err != nil {
					return err
				}
				tables = append(tables, t)
				if !asJSON {
					if err := printProof(cmd.OutOrStdout(), t); err != nil {
						return err
					}
				}
			}
			if drawing != "" {
				f, err := os.Create(drawing)
				if err != nil {
					return err
				}
				if err := foreign.Draw(f, tables); err != nil {
					return err
				}
				if err := f.Close(); err != nil {
					return err
				}
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), tables)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.People, "people", 5000, "people who are decided for")
	f.IntVar(&o.Weeks, "weeks", 26, "weeks")
	f.IntVar(&o.Learners, "learners", 2000, "people of the log that is learned from")
	f.IntVar(&o.Tried, "tried", 10_000, "people on whom the oracle tries things")
	f.Uint64Var(&o.Seed, "seed", 1, "decides everything")
	f.StringSliceVar(&companies, "company", foreign.Variants(), "which of them")
	f.BoolVar(&o.Quick, "quick", false, "silence, the oracle and Rapport only")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON, with the course of every policy by week")
	f.StringVar(&drawing, "svg", "", "draw regret by week into this file")
	return cmd
}

func printProof(out io.Writer, t foreign.Table) error {
	o := t.Options
	fmt.Fprintf(out, "%s company, %d people, %d weeks, seed %d; learned from %d other people\n\n", o.Variant, o.People, o.Weeks, o.Seed, o.Learners)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "value\t±\tover silence\t±\tof the oracle's\ttouches a year\t  policy\n")
	for _, r := range t.Rows {
		share := fmt.Sprintf("%.0f %%", 100*r.Share)
		if r.Share == 0 {
			share = ""
		}
		fmt.Fprintf(w, "%.2f\t%.2f\t%+.2f\t%.2f\t%s\t%.1f\t  %s%s\n", r.Value, r.Error, r.Gain, r.GainError, share,
			touchesAYear(r.Acted[:], o.People, o.Weeks), r.Policy, recovered(r))
	}
	fmt.Fprintln(w)
	return w.Flush()
}

func recovered(r foreign.Row) string {
	if r.Recovered == nil || !strings.HasPrefix(r.Policy, "Rapport") && r.Policy != foreign.TheOracle {
		return ""
	}
	return fmt.Sprintf(" (a week gains %.0f %% of what it did before the drift)", 100**r.Recovered)
}
