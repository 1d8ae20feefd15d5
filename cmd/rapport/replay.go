package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
)

func newReplay() *cobra.Command {
	var o app.ReplayOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Rebuild the state from the journal and prove that it is the same",
		Long: `Rebuild the state from the latest checkpoint and the journal's tail (or from the
beginning), beside the state that is there, and compare the two by hash. Nothing
in the data folder changes. The server must be stopped.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Progress = progressLines(cmd.ErrOrStderr(), "events to fold")
			tendHeap(cmd.Context())
			res, err := app.Replay(cmd.Context(), o)
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(cmd.OutOrStdout(), res)
			} else {
				verdict := map[bool]string{true: "The same.", false: "Not the same."}[res.Same]
				if res.Events == 0 {
					verdict += " The checkpoint was made at the last stop, so nothing had to be folded; --from-start folds everything."
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Folded %d journal records from %s in %.1f s (%.0f a second).\nstate    %s\nrebuilt  %s\n%s\n",
					res.Events, res.From, res.Seconds, res.PerSec, res.Live, res.Rebuilt, verdict)
			}
			if err == nil && !res.Same {
				err = errors.New("the rebuilt state is not the same: please report this with the data folder's journal")
			}
			return err
		},
	}
	cmd.Flags().StringVar(&o.Data, "data", "data", "data folder")
	cmd.Flags().BoolVar(&o.FromStart, "from-start", false, "fold the whole journal, whatever checkpoints there are")
	cmd.Flags().IntVar(&o.Groups, "groups", 0, "goroutines that fold (default 2)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// progressLines writes what is left, at most once a second.
func progressLines(w io.Writer, what string) func(left uint64) {
	if f, ok := w.(*os.File); !ok || f == nil {
		return nil
	}
	last := time.Now()
	return func(left uint64) {
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			fmt.Fprintf(w, "%d %s\n", left, what)
		}
	}
}
