package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/api"
)

func newResend() *cobra.Command {
	var server, from, to string
	cmd := &cobra.Command{
		Use:   "resend",
		Short: "Let webhooks that went wrong go out once more",
		Long: `Let deliveries by webhook that failed, or of which nobody knows whether they arrived,
go out once more, under the same webhook-id: those granted from --from on, and before
--to. Each passes the gate once more, which may stop it with a reason, on the person's
timeline. At most 1,000 go at once; what is left is said. The admin token is read from
RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var ask api.ResendRequest
			var err error
			if ask.From, err = readInstant(from); err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			if ask.To, err = readInstant(to); err != nil {
				return fmt.Errorf("--to: %w", err)
			}
			var done api.Resent
			if err := newAdmin(server).call(cmd.Context(), http.MethodPost, "/api/v1/deliveries/resend", ask, &done); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d go out once more, %d cannot, %d are left.\n", done.Resent, len(done.Not), done.Left)
			for _, n := range done.Not {
				fmt.Fprintf(cmd.OutOrStdout(), "%s %s: %s\n", n.Person, n.Delivery, n.Why)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&server, "url", "http://127.0.0.1:8700", "the running server")
	cmd.Flags().StringVar(&from, "from", "", "time of the earliest, such as 2026-11-28T09:30:00Z")
	cmd.Flags().StringVar(&to, "to", "", "time before which they were granted; default: now")
	return cmd
}
