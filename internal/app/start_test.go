package app_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
)

// slowBodies is a journal whose definitions take their time, and which lets a
// caller in meanwhile.
type slowBodies struct {
	journal.Journal
	meanwhile func()
}

func (j *slowBodies) PutBody(ctx context.Context, body []byte) (string, error) {
	j.meanwhile()
	return j.Journal.PutBody(ctx, body)
}

func TestTheFirstEventOfANewWorkspaceComesAfterItsDefinitions(t *testing.T) {
	t.Parallel()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := ln.Addr().String()
	require.NoError(t, ln.Close())

	data, err := app.OpenData(t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	post := func(ctx context.Context) (int, error) {
		body := strings.NewReader(`{"userId":"1","event":"Order Completed","messageId":"m"}`)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/v1/track", body)
		require.NoError(t, err)
		req.SetBasicAuth(writeKey, "")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	data.Journal = &slowBodies{data.Journal, func() {
		soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if status, err := post(soon); err == nil { // not of the test's own goroutine: no FailNow
			t.Errorf("a request was answered with %d before there were definitions", status)
		}
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done, ready := make(chan error, 1), make(chan struct{})
	go func() {
		done <- app.Serve(ctx, app.Options{
			Config: config.Config{Data: data.Dir, Listen: address, WriteKey: writeKey, AdminToken: adminToken, PublicURL: "http://127.0.0.1"},
			Data:   data, Ready: func(string, *app.App) { close(ready) },
		})
	}()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-ready:
	}
	status, err := post(t.Context())
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	cancel()
	require.NoError(t, <-done)
	require.NoError(t, data.Close())
}

func TestACheckpointThatWasCutShortIsSweptAway(t *testing.T) {
	t.Parallel()
	data, err := app.OpenData(t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	cut := filepath.Join(data.Dir, "checkpoints", "20260101T000000.000000Z.partial")
	require.NoError(t, os.MkdirAll(cut, 0o700))
	for n := range 4 {
		require.NoError(t, data.Checkpoint(event.Instant(1+n)))
	}
	require.NoDirExists(t, cut)
	all, err := data.Checkpoints()
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.NoError(t, data.Close())
}
