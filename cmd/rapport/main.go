// Command rapport is the whole of Rapport: it serves, imports, rehearses,
// replays and measures. Each subcommand has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := newRoot().ExecuteContext(ctx); err != nil {
		if errors.Is(err, context.Canceled) {
			os.Exit(130)
		}
		code, tell := codeOf(err)
		if tell {
			fmt.Fprintln(os.Stderr, "rapport:", err)
		}
		os.Exit(code) //nolint:gocritic // stop only ends the listening for signals
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "rapport",
		Short:         "Continuous customer engagement: gather, understand, decide, deliver, measure",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServe(), newDemo(), newImport(), newSources(), newPulls(), newErase(), newSuppress(), newResend(), newCatalogue(), newRehearse(), newReplay(), newSQL(), newAnswer(), newPlay(), newTrain(), newModel(), newBench(), newEvaluate(), newExplain(), newLevers(), newInit(), newValidate(), newCheck(), newDiff(), newApply(), newExport(), newHistory(), newSchema(), newOpenAPI())
	return root
}

// version is the module's version, or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return "development"
}
