package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
)

const gcVariable = "GOGC"

// tendHeap leaves the collector to app.TendHeap, unless GOGC has a word on it.
func tendHeap(ctx context.Context) {
	if os.Getenv(gcVariable) == "" {
		app.TendHeap(ctx)
	}
}

// variable is an environment variable that serve reads.
type variable struct {
	name, about string
	into        *string // nil: it is read elsewhere
}

// serveVariables are all of them, but for those that pulls name.
func serveVariables(cfg *config.Config) []variable {
	return []variable{
		{"RAPPORT_WRITE_KEY", "the first write key, instead of the one in `secrets.json`", &cfg.WriteKey},
		{"RAPPORT_ADMIN_TOKEN", "the admin token, instead of the one in `secrets.json`", &cfg.AdminToken},
		{"RAPPORT_SMTP_PASSWORD", "password at the SMTP server", &cfg.SMTP.Password},
		{"RAPPORT_WEBHOOK_SECRET", "`whsec_` and base64: what posts to the webhook are signed with; required with `--webhook`", &cfg.Webhook.Secret},
		{gcVariable, "percentage by which the heap may grow before it is collected; without it, as much as leaves the heap small", nil},
	}
}

func newServe() *cobra.Command {
	var cfg config.Config
	var level, format string
	var holdFold bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a workspace from a data folder",
		Long: `Serve a workspace from a data folder.

A new workspace is disarmed: it gathers and decides, and nothing leaves it until
someone goes live on purpose; before that, only addresses on the allow-list are
served. The write key and the admin token are made up on the first start, printed
once and kept in the data folder; RAPPORT_WRITE_KEY and RAPPORT_ADMIN_TOKEN
preset them. RAPPORT_SMTP_PASSWORD and RAPPORT_WEBHOOK_SECRET hold the other secrets.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := logger(level, format)
			if err != nil {
				return err
			}
			for _, v := range serveVariables(&cfg) {
				if v.into != nil {
					*v.into = os.Getenv(v.name)
				}
			}
			tendHeap(cmd.Context())
			return app.Serve(cmd.Context(), app.Options{Config: cfg, Answerer: answerer(), Player: player(), Trainer: trainer(), HoldFold: holdFold, Out: cmd.OutOrStdout(), Logger: log})
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.Data, "data", "data", "folder that holds the journal and the state")
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:8700", "address of the HTTP server")
	f.StringVar(&cfg.PublicURL, "public-url", "", "how customers reach this server (default http://LISTEN)")
	f.StringVar(&cfg.Definitions, "definitions", "", "folder of definitions; without it a new workspace begins with --template")
	f.StringVar(&cfg.Template, "template", "retail", "ready definitions of a new workspace")
	f.BoolVar(&cfg.Open, "open", false, "leave the admin API open on loopback")
	f.StringVar(&cfg.SMTP.Address, "smtp", "", "HOST:PORT of the SMTP server for e-mail")
	f.StringVar(&cfg.SMTP.Username, "smtp-user", "", "user name at the SMTP server")
	f.StringVar(&cfg.SMTP.TLS, "smtp-tls", "opportunistic", "opportunistic, required or none")
	f.StringVar(&cfg.SMTP.From, "smtp-from", "", "sender address (default: that of the definitions)")
	f.StringVar(&cfg.Webhook.URL, "webhook", "", "URL that the webhook channel posts to")
	f.IntVar(&cfg.Groups, "groups", 0, "goroutines that fold (default: number of processors)")
	f.IntVar(&cfg.Concurrency, "concurrency", 0, "deliveries of one channel that may be asked for or under way at once (default 64)")
	f.StringVar(&cfg.Erasures, "erasures", "", "file that lists who was erased; keep it apart from backups (default erasures.jsonl in the data folder)")
	f.DurationVar(&cfg.TrainEvery, "train-every", 0, "how often a state model is trained, once there are enough people; negative: only by hand (default 24h)")
	f.BoolVar(&cfg.PromoteModels, "promote-models", false, "follow people by a model trained by schedule that is no worse than the one in force, without asking")
	f.DurationVar(&cfg.CheckpointEvery, "checkpoint-every", 0, "how often the state is checkpointed (default 10m)")
	f.DurationVar(&cfg.KeepJournal, "keep-journal", 0, "how long the journal is kept, at most: what was erased is gone from it by then (default 720h: 30 days)")
	f.BoolVar(&holdFold, "hold-fold", false, "take events and fold none of them; for bench ingest")
	_ = f.MarkHidden("hold-fold") // there is such a flag
	f.StringVar(&level, "log", "info", "log level: debug, info, warn or error")
	f.StringVar(&format, "log-format", "text", "form of the log on standard error: text or json")
	return cmd
}

// logger writes to standard error.
func logger(level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, err
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, o)), nil
	default:
		return nil, fmt.Errorf("log-format %q: want text or json", format)
	}
}
