package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/decided"
)

func newLevers() *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use:   "levers",
		Short: "Pin, boost, block or pause what is decided, on a running server",
		Long: `Pin, boost, block or pause what is decided, on a running server.

Without a subcommand it lists the levers that are on. What a lever costs is recorded
with each decision that it changes (forgone). The admin token is read from
RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list api.LeverList
			if err := newAdmin(server).call(cmd.Context(), http.MethodGet, "/api/v1/levers", nil, &list); err != nil {
				return err
			}
			if err := printLevers(cmd, list); err != nil {
				return err
			}
			var cost decided.LeverCost
			if err := newAdmin(server).call(cmd.Context(), http.MethodGet, "/api/v1/levers/cost", nil, &cost); err != nil {
				return err
			}
			return printLeverCost(cmd, cost)
		},
	}
	cmd.PersistentFlags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.AddCommand(newPullLever(&server), newReleaseLever(&server))
	return cmd
}

func printLeverCost(cmd *cobra.Command, c decided.LeverCost) error {
	sum := func(e report.Estimate) string {
		if !e.Enough {
			return fmt.Sprintf("%.2f %s", e.Value, c.Currency)
		}
		return fmt.Sprintf("%.2f %s (%.2f to %.2f)", e.Value, c.Currency, e.Low, e.High)
	}
	fmt.Fprintln(cmd.OutOrStdout(), c.Sentence)
	if c.Decisions > 0 {
		fmt.Fprintf(cmd.OutOrStdout(), "They cost %s\n", sum(c.Total))
	}
	for _, l := range c.Levers {
		fmt.Fprintf(cmd.OutOrStdout(), "  %s: %d decisions, %s\n", l.ID, l.Decisions, sum(l.Total))
	}
	return nil
}

func newPullLever(server *string) *cobra.Command {
	var r api.LeverRequest
	var spell time.Duration
	cmd := &cobra.Command{
		Use:   "pull pin|boost|block|pause everything|channel:ID|goal:ID|GOAL/ACTION|GOAL/ACTION/MESSAGE",
		Short: "Move a lever",
		Example: `  rapport levers pull block win-back/come-back --why "the warehouse is empty"
  rapport levers pull boost second-order/thank-you --factor 3
  rapport levers pull pause channel:email --for 24h`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Kind = event.LeverKind(args[0])
			if err := leverOn(&r, args[1]); err != nil {
				return err
			}
			if spell > 0 {
				r.Until = event.InstantOf(time.Now().Add(spell))
			}
			var l event.Lever
			if err := newAdmin(*server).call(cmd.Context(), http.MethodPost, "/api/v1/levers", r, &l); err != nil {
				return err
			}
			return printLevers(cmd, api.LeverList{Levers: []event.Lever{l}})
		},
	}
	cmd.Flags().Float64Var(&r.Factor, "factor", 0, "of a boost: by how much odds are multiplied")
	cmd.Flags().DurationVar(&spell, "for", 0, "how long it is on, such as 24h; 0: until released")
	cmd.Flags().StringVar(&r.Why, "why", "", "for whoever asks later")
	cmd.Flags().StringVar(&r.By, "by", "", "who asks; default admin")
	return cmd
}

// leverOn reads what a lever is on.
func leverOn(r *api.LeverRequest, what string) error {
	parts := strings.Split(what, "/")
	switch kind, id, named := strings.Cut(what, ":"); {
	case what == "everything":
		r.On = event.OnEverything
	case named && kind == "channel":
		r.On, r.Channel = event.OnChannel, id
	case named && kind == "goal":
		r.On, r.Goal = event.OnGoal, id
	case len(parts) == 2:
		r.On, r.Goal, r.Action = event.OnAction, parts[0], parts[1]
	case len(parts) == 3:
		r.On, r.Goal, r.Action, r.Message = event.OnMessage, parts[0], parts[1], parts[2]
	default:
		return errors.New("say what the lever is on: everything, channel:ID, goal:ID, GOAL/ACTION or GOAL/ACTION/MESSAGE")
	}
	return nil
}

func newReleaseLever(server *string) *cobra.Command {
	return &cobra.Command{
		Use: "release ID", Short: "Release a lever", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var list api.LeverList
			if err := newAdmin(*server).call(cmd.Context(), http.MethodDelete, "/api/v1/levers/"+url.PathEscape(args[0]), nil, &list); err != nil {
				return err
			}
			return printLevers(cmd, list)
		},
	}
}

func printLevers(cmd *cobra.Command, list api.LeverList) error {
	if len(list.Levers) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "no lever is on")
		return err
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, l := range list.Levers {
		until := "until released"
		if l.Until != 0 {
			until = "until " + l.Until.String()
		}
		what := strings.Trim(strings.Join([]string{l.Goal, l.Action, l.Message, l.Channel}, "/"), "/")
		kind := string(l.Kind)
		if l.Kind == event.Boost {
			kind = fmt.Sprintf("boost × %g", l.Factor)
		}
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\t%s\n", l.ID, kind, l.On, what, until, l.By, l.Why)
	}
	return w.Flush()
}
