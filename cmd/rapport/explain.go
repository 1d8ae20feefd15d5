package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/experiment/offpolicy"
	"github.com/rapporthq/rapport/internal/report/decided"
)

func newExplain() *cobra.Command {
	var server string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain DECISION",
		Short: "Why a decision was made, made again from what was archived",
		Long: `Why a decision was made, made again from what was archived.

DECISION is its id, such as 12/4411/1: GET /api/v1/decisions lists them. The decision is made
again from its archived record and the posterior in the journal, and every bit is
compared. The admin token is read from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var d api.Decision
			id := url.PathEscape(strings.ReplaceAll(args[0], "/", "-"))
			if err := newAdmin(server).call(cmd.Context(), http.MethodGet, "/api/v1/decisions/"+id, nil, &d); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), d)
			}
			return printDecision(cmd.OutOrStdout(), d)
		},
	}
	cmd.Flags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

func printDecision(out io.Writer, d api.Decision) error {
	fmt.Fprintf(out, "%s, for %s, at %s (%s)\n%s\n\n", d.ID, d.Person, d.At, d.Trigger, d.Reason)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "margin\tcost\tmovement\tattention\tscarcity\tlearned\t±\ttrials\tscore\tprobability\t  ")
	for _, l := range d.Lines {
		mark := ""
		if l.Chosen {
			mark = " ← chosen"
		}
		fmt.Fprintf(w, "%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%.2f\t%.3f\t  %s%s\n",
			l.Margin, l.Cost, l.Movement, l.Price, l.Shadow, l.Learned, l.Deviation, l.Trials, l.Score, l.Probability, l.Name, mark)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, c := range d.Candidates {
		if !c.Withheld.IsZero() {
			fmt.Fprintf(out, "withheld: %s by %s: %s\n", c.Action, c.Channel, c.Withheld.Sentence)
		}
	}
	if len(d.Levers) > 0 {
		fmt.Fprintf(out, "levers %s cost %.2f\n", strings.Join(d.Levers, ", "), d.Forgone)
	}
	for _, o := range d.Outcomes {
		fmt.Fprintf(out, "after %d days: earned %.2f, reward %.2f\n", o.Window, o.Margin, o.Reward)
	}
	made := map[string]string{"same": "made again, it is the same to the bit", "different": "made again, it is different: ", "impossible": "it cannot be made again: "}
	_, err := fmt.Fprintln(out, made[d.Again]+d.Why)
	return err
}

// readInstant reads a time of a flag; zero where it was left out.
func readInstant(text string) (event.Instant, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time: write for instance 2026-03-01T00:00:00Z", text)
	}
	return event.InstantOf(t), nil
}

// evaluateDraft asks a running server what definitions would have earned.
func evaluateDraft(cmd *cobra.Command, server, since, until string, yaml []byte) (e decided.Evaluation, err error) {
	in := api.EvaluateDraft{YAML: string(yaml)}
	for at, text := range map[*event.Instant]string{&in.Since: since, &in.Until: until} {
		if *at, err = readInstant(text); err != nil {
			return e, err
		}
	}
	err = newAdmin(server).call(cmd.Context(), http.MethodPost, "/api/v1/evaluation", in, &e)
	return e, err
}

// evaluateArchive asks a running server what a policy would have earned.
func evaluateArchive(cmd *cobra.Command, server, policy, since, until string) (decided.Evaluation, error) {
	q := url.Values{"policy": {policy}}
	for key, v := range map[string]string{"since": since, "until": until} {
		if v != "" {
			q.Set(key, v)
		}
	}
	var e decided.Evaluation
	err := newAdmin(server).call(cmd.Context(), http.MethodGet, "/api/v1/evaluation?"+q.Encode(), nil, &e)
	return e, err
}

// reportOf is a server's answer as it is printed.
func reportOf(e decided.Evaluation) offpolicy.Report {
	out := offpolicy.Report{
		Logged:  experiment.Interval{Value: e.Logged.Value, Low: e.Logged.Low, High: e.Logged.High},
		Support: offpolicy.Support{Decisions: e.Decisions, Effective: e.Effective, Largest: e.Largest, Mean: e.MeanWeight, MeanError: e.MeanError, Refused: e.Refused},
	}
	for _, x := range e.Estimates {
		out.Estimates = append(out.Estimates, offpolicy.Estimate{
			Name: x.Name, Interval: experiment.Interval{Value: x.Value, Low: x.Low, High: x.High}, StandardError: x.StandardError, Tuning: x.Tuning,
		})
	}
	return out
}
