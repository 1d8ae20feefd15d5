package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
)

// program is a served workspace in a process of its own, and the commands that
// one gives beside it.
type program struct {
	t   *testing.T
	url string
	env []string
}

// start serves an empty workspace until the test ends.
func start(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, env: []string{"TZ=UTC", "RAPPORT_ADMIN_TOKEN=secret", "RAPPORT_WRITE_KEY=key"}}
	cmd := exec.CommandContext(context.Background(), os.Args[0], "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--train-every", "-1s") //nolint:gosec // it is ourselves
	cmd.Env = p.env
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var said bytes.Buffer
	cmd.Stderr = &said
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for p.url == "" && lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), "http://"); ok {
			p.url = "http://" + strings.Fields(after)[0]
		}
	}
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		for lines.Scan() { // to its end, which Wait must not come before
		}
		require.NoError(t, cmd.Wait(), "%s", &said)
	})
	require.NotEmpty(t, p.url, "the server ended before it served")
	return p
}

// run gives a command, and returns what it prints and what it says besides.
func (p *program) run(args ...string) (out, said string, err error) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), os.Args[0], append(args, "--url", p.url)...) //nolint:gosec // it is ourselves
	cmd.Env = p.env
	var o, s bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &s
	err = cmd.Run()
	return o.String(), s.String(), err
}

// models gives a command about models, which must succeed, and reads its answer.
func (p *program) models(args ...string) (list api.ModelList) {
	p.t.Helper()
	out, said, err := p.run(append(append([]string{"model"}, args...), "--json")...)
	require.NoError(p.t, err, said)
	require.NoError(p.t, json.Unmarshal([]byte(out), &list), out)
	return list
}

// followed is the number of the model in force; 0: none.
func followed(list api.ModelList) (number uint64) {
	for _, m := range list.Models {
		if m.Followed {
			number = m.Number
		}
	}
	return number
}

// purchases writes a log of n people who order every week or two, and stop.
func purchases(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	r := rand.New(rand.NewPCG(3, 3))
	for i := range n {
		day := time.Date(2026, 1, 1+r.IntN(20), 0, 0, 0, 0, time.UTC)
		for range 2 + r.IntN(8) {
			fmt.Fprintf(&b, `{"type":"track","userId":"u%d","event":"Order Completed","messageId":"%d-%s","timestamp":%q,"properties":{"revenue":%d}}`+"\n",
				i, i, day.Format(time.DateOnly), day.Format(time.RFC3339), 10+r.IntN(40))
			day = day.AddDate(0, 0, 3+r.IntN(12))
		}
	}
	path := filepath.Join(t.TempDir(), "orders.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func TestAModelIsTrainedPromotedAndRolledBackFromTheCommandLine(t *testing.T) {
	t.Parallel()
	p := start(t)
	_, said, err := p.run("model", "train", "--wait")
	require.Error(t, err)
	require.Contains(t, said, "0 people have acted of their own accord: a model needs 50 at least")
	require.Empty(t, p.models("list").Models)

	_, said, err = p.run("import", purchases(t, 70))
	require.NoError(t, err, said)
	out, said, err := p.run("model", "train", "--wait", "--by", "ada")
	require.NoError(t, err, said)
	require.Contains(t, said, "Reading people's histories.", "how far it is, is told")
	require.Contains(t, out, "ada")
	require.Zero(t, followed(p.models("list")), "a model is a candidate until somebody promotes it")

	out, said, err = p.run("model", "show", "1")
	require.NoError(t, err, said)
	for _, part := range []string{"Model 1: ", "of 70 people", "STATE", "VALUE"} {
		require.Contains(t, out, part)
	}
	require.EqualValues(t, 1, followed(p.models("promote", "1", "--by", "ada", "--message", "the first")))

	require.Len(t, p.models("train", "--wait").Models, 2)
	require.EqualValues(t, 2, followed(p.models("promote", "2")))
	require.EqualValues(t, 1, followed(p.models("promote", "1", "--message", "roll back")), "a former one may come back")
	out, said, err = p.run("model", "list")
	require.NoError(t, err, said)
	require.Regexp(t, `(?m)^1 .*since \d{4}-`, out)
	require.NotRegexp(t, `(?m)^2 .*since`, out)
	require.Zero(t, followed(p.models("retire")))

	for problem, args := range map[string][]string{
		"There is no model 9; there are 2.":   {"promote", "9"},
		"there is no model 3":                 {"show", "3"},
		`"last" is not the number of a model`: {"promote", "last"},
	} {
		_, said, err = p.run(append([]string{"model"}, args...)...)
		require.Error(t, err)
		require.Contains(t, strings.ToLower(said), strings.ToLower(problem))
	}
	p.env = []string{"TZ=UTC"}
	_, said, err = p.run("model", "list")
	require.Error(t, err)
	require.Contains(t, said, "RAPPORT_ADMIN_TOKEN is not set")
}
