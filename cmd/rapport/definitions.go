package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/report"
)

const definitionsPath = "/api/v1/definitions"

// onServer are the flags of a command about the definitions of a running server.
type onServer struct {
	url  string
	json bool
}

func (o *onServer) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.url, "url", "http://127.0.0.1:8700", "the running server")
	cmd.Flags().BoolVar(&o.json, "json", false, "print what the server answers")
}

func newDiff() *cobra.Command {
	var o onServer
	cmd := &cobra.Command{
		Use:   "diff FOLDER",
		Short: "Say what a folder of definitions would change in those in force",
		Long: `Say what a folder of definitions would change in those in force on a running
server, by object, and what that does to people. Exits with 0 when nothing differs,
1 when something does, and 2 on trouble. The admin token is read from
RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, v, err := compareFolder(cmd.Context(), newAdmin(o.url), args[0])
			if err != nil {
				return trouble{err}
			}
			if o.json {
				err = writeJSON(cmd.OutOrStdout(), v)
			} else {
				err = writeDifference(cmd.OutOrStdout(), v.Changes)
			}
			if err == nil && len(v.Changes.Changes) > 0 {
				return exitWith(1)
			}
			return err
		},
	}
	o.flags(cmd)
	return cmd
}

// compareFolder reads a folder and asks the server what it would change.
func compareFolder(ctx context.Context, server *adminClient, folder string) ([]byte, api.Validation, error) {
	var v api.Validation
	yaml, _, err := app.ReadDefinitions(folder)
	if err != nil {
		return nil, v, err
	}
	err = server.call(ctx, http.MethodPost, definitionsPath+"/validate", api.DefinitionSource{YAML: string(yaml)}, &v)
	if err == nil && !v.Valid {
		err = errors.New("the server refuses definitions that are valid here; is it of another version?")
		for _, p := range v.Problems {
			err = errors.Join(err, errors.New(definition.Problem(p).String()))
		}
	}
	return yaml, v, err
}

// writeDifference prints a difference for reading.
func writeDifference(out io.Writer, d *definition.Difference) error {
	marks := map[definition.Verb]string{definition.Added: "+", definition.Removed: "-", definition.Changed: "~"}
	for _, c := range d.Changes {
		fmt.Fprintf(out, "%s %s: %s. %s\n", marks[c.Verb], strings.TrimSpace(c.Kind+" "+c.ID), c.Verb, c.Effect)
		for _, f := range c.Fields {
			fmt.Fprintf(out, "    %s: %s -> %s\n", f.Path, orNothing(f.From), orNothing(f.To))
		}
	}
	_, err := fmt.Fprintln(out, d.Sentence)
	return err
}

func orNothing(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}

type applyFlags struct {
	onServer
	yes, dryRun, noWait bool
	base, by, message   string
}

func newApply() *cobra.Command {
	var o applyFlags
	cmd := &cobra.Command{
		Use:   "apply FOLDER",
		Short: "Bring a folder of definitions into force on a running server",
		Long: `Bring a folder of definitions into force on a running server.

What would change is shown first, and asked about on a terminal. If another version
came into force in between, nothing is applied: two people who apply at once lose
nothing. --base names the version that must be in force. Then people are brought up
to the new version by a sweep, whose progress is shown.

A server that was started with --definitions brings that folder into force again at
its next start. The admin token is read from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return apply(cmd, args[0], &o) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say what would change")
	f.BoolVar(&o.noWait, "no-wait", false, "do not wait for the sweep")
	f.StringVar(&o.base, "base", "", "hash of the version that must be in force (default: the one that was compared with)")
	f.StringVar(&o.by, "by", "", "who applies, for the history (default: the user of this machine)")
	f.StringVarP(&o.message, "message", "m", "", "why, for the history")
	return cmd
}

func apply(cmd *cobra.Command, folder string, o *applyFlags) error {
	server := newAdmin(o.url)
	yaml, v, err := compareFolder(cmd.Context(), server, folder)
	if err != nil {
		return err
	}
	if !o.json {
		if err := writeDifference(cmd.OutOrStdout(), v.Changes); err != nil {
			return err
		}
	}
	switch {
	case o.dryRun && o.json:
		return writeJSON(cmd.OutOrStdout(), v)
	case o.dryRun:
		return nil
	case !o.yes && v.Changes.From != v.Changes.To:
		if err := confirm(cmd); err != nil {
			return err
		}
	}
	request := api.ApplyRequest{DefinitionSource: api.DefinitionSource{YAML: string(yaml)}, Base: v.Base, By: o.by, Message: o.message}
	if o.base != "" {
		request.Base = o.base
	}
	if u, err := user.Current(); request.By == "" && err == nil {
		request.By = u.Username
	}
	var done api.Applied
	if err := server.call(cmd.Context(), http.MethodPost, definitionsPath, request, &done); err != nil {
		return err
	}
	if !o.noWait {
		if err := waitSwept(cmd, server, done.Sweep); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(cmd.OutOrStdout(), done)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Version %d (%.12s) is in force.\n", done.Version.Number, done.Version.Hash)
	return err
}

func confirm(cmd *cobra.Command) error {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("nobody is there to ask; give --yes to apply without a question")
	}
	fmt.Fprint(cmd.ErrOrStderr(), "Apply? [y/N] ")
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New("nothing was applied")
	}
	return nil
}

// waitSwept shows the sweep's progress until it is done.
func waitSwept(cmd *cobra.Command, server *adminClient, path string) error {
	const width = 30
	bar := term.IsTerminal(int(os.Stderr.Fd()))
	for {
		var s report.Sweep
		if err := server.call(cmd.Context(), http.MethodGet, path, nil, &s); err != nil {
			return err
		}
		if bar {
			full := int(s.Share * width)
			fmt.Fprintf(cmd.ErrOrStderr(), "\r[%s%s] %3.0f%% of %d people", strings.Repeat("#", full), strings.Repeat(".", width-full), 100*s.Share, s.Of)
		}
		if !s.Running {
			if bar {
				fmt.Fprintln(cmd.ErrOrStderr())
			}
			return nil
		}
		select {
		case <-cmd.Context().Done():
			return cmd.Context().Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func newExport() *cobra.Command {
	var o onServer
	var version string
	var force bool
	cmd := &cobra.Command{
		Use:   "export FOLDER",
		Short: "Write the definitions in force as files, one for each kind",
		Long: `Write the definitions in force on a running server into a folder, one file for each
kind, with their comments. Applying that folder changes nothing. The admin token is
read from RAPPORT_ADMIN_TOKEN.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var page api.DefinitionPage
			if err := newAdmin(o.url).call(cmd.Context(), http.MethodGet, definitionsPath+"/"+url.PathEscape(version), nil, &page); err != nil {
				return err
			}
			if o.json {
				return writeJSON(cmd.OutOrStdout(), page)
			}
			return writeFiles(cmd.OutOrStdout(), args[0], page, force)
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&version, "version", "current", "hash of another version, or its beginning")
	cmd.Flags().BoolVar(&force, "force", false, "write over what is in the folder")
	return cmd
}

// writeFiles writes a version into a folder. Other files there would be taken
// for part of it, so that there may be none.
func writeFiles(out io.Writer, folder string, page api.DefinitionPage, force bool) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, f := range page.Files {
		wanted[filepath.Join(folder, f.Name)] = true
	}
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		there, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return err
		}
		for _, path := range there {
			if !force || !wanted[path] {
				return fmt.Errorf("%s is there already; choose an empty folder, or remove it first (--force writes over files of the same name, and leaves no others)", path)
			}
		}
	}
	for _, f := range page.Files {
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(f.Name)), []byte(f.Source), 0o640); err != nil { //nolint:gosec // definitions are to be read by others
			return err
		}
	}
	_, err := fmt.Fprintf(out, "Wrote version %.12s to %s: %d files.\n", page.Hash, folder, len(page.Files))
	return err
}

func newHistory() *cobra.Command {
	var o onServer
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List every version of the definitions that was ever in force",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list api.DefinitionVersions
			if err := newAdmin(o.url).call(cmd.Context(), http.MethodGet, definitionsPath, nil, &list); err != nil {
				return err
			}
			if o.json {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, v := range list.Versions {
				fmt.Fprintf(w, "%d\t%.12s\t%s\t%s\t%s\n", v.Number, v.Hash, v.At, v.By, v.Message)
			}
			return w.Flush()
		},
	}
	o.flags(cmd)
	cmd.AddCommand(newRestore())
	return cmd
}

func newRestore() *cobra.Command {
	var o onServer
	var message string
	cmd := &cobra.Command{
		Use:   "restore HASH",
		Short: "Bring an old version back, as a new version with the same content",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var done api.Applied
			request := api.RestoreRequest{Message: message}
			if u, err := user.Current(); err == nil {
				request.By = u.Username
			}
			if err := newAdmin(o.url).call(cmd.Context(), http.MethodPost, definitionsPath+"/"+url.PathEscape(args[0])+"/restore", request, &done); err != nil {
				return err
			}
			if o.json {
				return writeJSON(cmd.OutOrStdout(), done)
			}
			if err := writeDifference(cmd.OutOrStdout(), &done.Changes); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Version %d (%.12s) is in force.\n", done.Version.Number, done.Version.Hash)
			return err
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVarP(&message, "message", "m", "", "why, for the history")
	return cmd
}
