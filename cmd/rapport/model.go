package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
)

func newModel() *cobra.Command {
	var server string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Train the state model of a running server, look at it, and have people followed by it",
		Long: `Train the state model of a running server, look at it, and have people followed by it.

A model is trained on everybody's history, by schedule (serve --train-every) or by
hand, in a process of its own. It is a candidate until it is promoted. Promoting a
former one is rolling back. The admin token is read from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.NoArgs,
	}
	cmd.PersistentFlags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print what the server answers")
	answer := func(cmd *cobra.Command, list api.ModelList) error {
		if asJSON {
			return writeJSON(cmd.OutOrStdout(), list)
		}
		return writeModels(cmd.OutOrStdout(), list)
	}
	var by, message string
	order := func(cmd *cobra.Command, path string) error {
		var list api.ModelList
		if err := newAdmin(server).call(cmd.Context(), http.MethodPost, path, api.ModelOrder{By: by, Message: message}, &list); err != nil {
			return err
		}
		return answer(cmd, list)
	}
	list := &cobra.Command{
		Use: "list", Short: "List the models that were trained", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list api.ModelList
			if err := newAdmin(server).call(cmd.Context(), http.MethodGet, "/api/v1/models", nil, &list); err != nil {
				return err
			}
			return answer(cmd, list)
		},
	}
	var wait bool
	train := &cobra.Command{
		Use: "train", Short: "Train a model on everybody's history", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			admin := newAdmin(server)
			var list api.ModelList
			if err := admin.call(cmd.Context(), http.MethodPost, "/api/v1/models/train", api.ModelOrder{By: by}, &list); err != nil {
				return err
			}
			if wait {
				if err := untilTrained(cmd.Context(), admin, cmd.ErrOrStderr(), &list); err != nil {
					return err
				}
			}
			return answer(cmd, list)
		},
	}
	train.Flags().BoolVar(&wait, "wait", false, "wait for its end, and tell how far it is")
	promote := &cobra.Command{
		Use: "promote NUMBER", Short: "Have everybody followed by a model from now on; by a former one, roll back", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := modelPath(args[0])
			if err != nil {
				return err
			}
			return order(cmd, path+"/promote")
		},
	}
	retire := &cobra.Command{
		Use: "retire", Short: "Have nobody followed by a model from now on", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return order(cmd, "/api/v1/models/retire") },
	}
	show := &cobra.Command{
		Use: "show NUMBER", Short: "Say what a model says, and how well it foretells", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := modelPath(args[0])
			if err != nil {
				return err
			}
			var one api.ModelDetail
			if err := newAdmin(server).call(cmd.Context(), http.MethodGet, path, nil, &one); err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), one)
			}
			return writeModel(cmd.OutOrStdout(), &one)
		},
	}
	for _, c := range []*cobra.Command{train, promote, retire} {
		c.Flags().StringVar(&by, "by", "", "who asks (default admin)")
		c.Flags().StringVar(&message, "message", "", "why, for whoever asks later")
	}
	cmd.AddCommand(list, train, promote, retire, show)
	return cmd
}

// modelPath is the address of a model.
func modelPath(number string) (string, error) {
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || n == 0 {
		return "", fmt.Errorf("%q is not the number of a model; rapport model list has them", number)
	}
	return fmt.Sprintf("/api/v1/models/%d", n), nil
}

func untilTrained(ctx context.Context, admin *adminClient, out io.Writer, list *api.ModelList) error {
	said := ""
	for list.Training.Running {
		if m := list.Training.Message; m != said {
			said = m
			fmt.Fprintln(out, m)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		if err := admin.call(ctx, http.MethodGet, "/api/v1/models", nil, list); err != nil {
			return err
		}
	}
	if list.Training.Failed != "" {
		return fmt.Errorf("nothing was trained: %s", list.Training.Failed)
	}
	return nil
}

func writeModels(out io.Writer, list api.ModelList) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tTRAINED\tBY\tPEOPLE\tTOOK\tIN FORCE")
	for _, m := range list.Models {
		force := ""
		if m.Followed {
			force = "since " + m.InForce.Time().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", m.Number, m.At.Time().Format(time.DateTime), m.By, m.People, time.Duration(m.Took)*time.Millisecond, force)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if list.Training.Running {
		fmt.Fprintf(out, "Training: %s\n", list.Training.Message)
	}
	if d := list.Training.Drift; d != nil && d.Raised {
		fmt.Fprintln(out, d.Sentence, "Train and promote another.")
	}
	return nil
}

func writeModel(out io.Writer, m *api.ModelDetail) error {
	fmt.Fprintf(out, "Model %d: %s, of %d people. %s\n%s\n\n", m.Number, m.Trained.Form, m.Trained.People, m.Trained.Reason, m.Sentence)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "STATE\tVALUE\t")
	for _, s := range m.States {
		fmt.Fprintf(w, "%s\t%.2f\t%s\n", s.Name, s.Value, s.Sentence)
	}
	fmt.Fprintln(w, "\t\t\nFORETOLD BY\tHELD OUT\tACTS EXPECTED, CAME")
	for _, s := range m.Examined.Scores {
		fmt.Fprintf(w, "%s\t%.3f\t%.0f, %.0f\n", s.Name, s.HeldOut, s.Acts, s.Came)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, e := range m.Effects {
		fmt.Fprintln(out, e.Sentence)
	}
	return nil
}
