package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/experiment/offpolicy"
	"github.com/rapporthq/rapport/internal/report/decided"
)

func newEvaluate() *cobra.Command {
	var c offpolicy.Columns
	var o offpolicy.Options
	var policy string
	var asJSON bool
	var server, since, until, draft string
	cmd := &cobra.Command{
		Use:   "evaluate [FILE]",
		Short: "What another policy would have earned, from logged decisions",
		Long: `What another policy would have earned, from a CSV file of logged decisions.

Each line is one decision: the action, the probability (propensity) with which it
was chosen, the reward that came of it, the person if known, and in all other
columns what was known when deciding. FILE may be - for standard input.

Policies:
  uniform           each action with the same probability
  always:ACTION     one action for everybody
  best              the action of which most is foretold, learned from other people
  columns:PREFIX    the probability of each action stands in the column PREFIX + its name
  column:NAME       that of the logged action stands in a column: only IPS and SNIPS can be told

Without a FILE a running server evaluates its own decisions, of the time between
--since and --until (RFC 3339): then policies are logged, in-force (by what is
learned by now), uniform, silence, best and always:GOAL/ACTION, among what was possible at each decision. With --draft the policy is
definitions that are not in force: by what is learned by now, with their actions, messages, margins and costs; what else they change is
taken as it was, and named.

The answer to go by is DR. It is refused where the log says too little about the
policy; --json has the reason in support.refused.`,
		Example: "  rapport evaluate decisions.csv --policy best\n  rapport evaluate decisions.csv --action offer --reward margin --policy always:call\n  rapport evaluate --draft definitions/ --since 2026-03-01T00:00:00Z",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				e, err := ask(cmd, server, &policy, since, until, draft)
				switch {
				case err != nil:
					return err
				case asJSON:
					return writeJSON(cmd.OutOrStdout(), e)
				}
				if err := printEvaluation(cmd.OutOrStdout(), policy, reportOf(e)); err != nil || len(e.Uncounted) == 0 {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nThe draft changes this too, and it is taken as it was:\n  %s\n", strings.Join(e.Uncounted, "\n  "))
				return err
			}
			if draft != "" {
				return errors.New("--draft is for the decisions of a running server: leave out the file")
			}
			in := cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close() //nolint:errcheck // it was only read
				in = f
			}
			r, err := evaluate(in, c, policy, o)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r)
			}
			return printEvaluation(cmd.OutOrStdout(), policy, r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&policy, "policy", "uniform", "what to evaluate: see above")
	f.StringVar(&c.Action, "action", "action", "column of the action")
	f.StringVar(&c.Propensity, "propensity", "propensity", "column of the probability with which it was chosen")
	f.StringVar(&c.Reward, "reward", "reward", "column of the reward")
	f.StringVar(&c.Person, "person", "person", "column of the person, if there is one")
	f.StringSliceVar(&c.Ignore, "ignore", nil, "columns that are not context")
	f.Float64Var(&o.Switch, "switch", 0, "weight above which switch-DR leaves a decision to the model; 0: chosen by SLOPE")
	f.Float64Var(&o.Shrink, "shrink", 0, "λ of DRos; 0: chosen by SLOPE")
	f.StringVar(&server, "url", "http://127.0.0.1:8700", "without a FILE: the running server")
	f.StringVar(&since, "since", "", "without a FILE: decisions from then on")
	f.StringVar(&until, "until", "", "without a FILE: decisions before then")
	f.StringVar(&draft, "draft", "", "without a FILE: a file or folder of definitions that are not in force")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// ask has a running server evaluate a policy, or a draft.
func ask(cmd *cobra.Command, server string, policy *string, since, until, draft string) (decided.Evaluation, error) {
	switch {
	case draft == "":
		return evaluateArchive(cmd, server, *policy, since, until)
	case cmd.Flags().Changed("policy"):
		return decided.Evaluation{}, errors.New("--draft is a policy: leave out --policy")
	}
	yaml, _, err := app.ReadDefinitions(draft)
	if err != nil {
		return decided.Evaluation{}, err
	}
	*policy = decided.Draft
	return evaluateDraft(cmd, server, since, until, yaml)
}

// evaluate reads a log and says what it tells of a policy.
func evaluate(in io.Reader, c offpolicy.Columns, policy string, o offpolicy.Options) (offpolicy.Report, error) {
	kind, name, _ := strings.Cut(policy, ":")
	text, err := io.ReadAll(in)
	if err != nil {
		return offpolicy.Report{}, err
	}
	var probabilities []string // columns that hold the policy
	switch kind {
	case "column":
		probabilities = []string{name}
	case "columns":
		head, _, _ := strings.Cut(string(text), "\n")
		for column := range strings.SplitSeq(strings.TrimSpace(head), ",") {
			if column = strings.Trim(column, `"`); strings.HasPrefix(column, name) && !slices.Contains(c.Ignore, column) {
				probabilities = append(probabilities, column)
			}
		}
	}
	c.Ignore = append(c.Ignore, probabilities...)
	l, columns, err := offpolicy.Read(strings.NewReader(string(text)), c)
	if err != nil {
		return offpolicy.Report{}, err
	}
	values := map[string][]float64{}
	for _, column := range probabilities {
		for i, s := range columns[column] {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil || !(v >= 0 && v <= 1) {
				return offpolicy.Report{}, fmt.Errorf("line %d: %q in column %q is not a probability", i+2, s, column)
			}
			values[column] = append(values[column], v)
		}
	}
	if kind == "column" {
		return weighed(l, values[name], o)
	}
	p, err := policyOf(kind, name, &l, values)
	if err != nil {
		return offpolicy.Report{}, err
	}
	rows, err := l.Rows(p)
	if err != nil {
		return offpolicy.Report{}, err
	}
	return offpolicy.Evaluate(rows, o)
}

// weighed is for a policy of which only the probability of the logged action is
// known.
func weighed(l offpolicy.Log, of []float64, o offpolicy.Options) (offpolicy.Report, error) {
	rows := make([]offpolicy.Row, len(l.Decisions))
	for i, d := range l.Decisions {
		rows[i] = offpolicy.Row{Reward: d.Reward, Weight: of[i] / d.Propensity}
	}
	r, err := offpolicy.Evaluate(rows, o)
	r.Estimates = slices.DeleteFunc(r.Estimates, func(e offpolicy.Estimate) bool { return e.Name != "IPS" && e.Name != "SNIPS" })
	return r, err
}

func policyOf(kind, name string, l *offpolicy.Log, values map[string][]float64) (offpolicy.Policy, error) {
	switch kind {
	case "uniform":
		return offpolicy.Uniform, nil
	case "best":
		return offpolicy.Best, nil
	case "always":
		a := slices.Index(l.Actions, name)
		if a < 0 {
			return nil, fmt.Errorf("the log has no action %q; it has %q", name, l.Actions)
		}
		return offpolicy.Always(a), nil
	case "columns":
		for _, a := range l.Actions {
			of, ok := values[name+a]
			if !ok {
				return nil, fmt.Errorf("the policy needs a column %q for action %q", name+a, a)
			}
			for i := range l.Decisions {
				l.Decisions[i].Given = append(l.Decisions[i].Given, of[i])
			}
		}
		return offpolicy.Given, nil
	default:
		return nil, fmt.Errorf("there is no policy %q: see rapport evaluate --help", kind)
	}
}

func printEvaluation(out io.Writer, policy string, r offpolicy.Report) error {
	s := r.Support
	fmt.Fprintf(out, "%d decisions, which say as much about %q as %.0f of its own would; largest weight %.1f %% of all, mean weight %.3f ± %.3f\n",
		s.Decisions, policy, s.Effective, 100*s.Largest, s.Mean, s.MeanError)
	if s.Refused != "" {
		fmt.Fprintf(out, "REFUSED: %s. The figures below are not to be acted upon.\n", s.Refused)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\n\tvalue\tstandard error\tfrom\tto\ttuned to\t\n")
	fmt.Fprintf(w, "as logged\t%s\t\t%s\t%s\t\t\n", short(r.Logged.Value), short(r.Logged.Low), short(r.Logged.High))
	for _, e := range r.Estimates {
		tuned := ""
		if e.Tuning > 0 {
			tuned = short(e.Tuning)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", e.Name, short(e.Value), short(e.StandardError), short(e.Low), short(e.High), tuned)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, "\nIntervals are 95 % confidence sequences: they may be looked at at any time. Those of DM, Switch-DR and DRos\ndo not know the bias of the model.\n")
	return err
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
