package bench_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serving is the real binary.
type serving struct {
	cmd *exec.Cmd
	url string
}

// served starts binary on data, and returns when it is ready.
func served(t *testing.T, binary, data string) *serving {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "serve", "--data", data, "--listen", "127.0.0.1:0") //nolint:gosec // our own command
	cmd.Env = append(cmd.Environ(), "RAPPORT_WRITE_KEY=key", "RAPPORT_ADMIN_TOKEN=token")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "Rapport is at "); ok {
			return &serving{cmd, url}
		}
	}
	require.Fail(t, "the server did not say where it is")
	return nil
}

// batch sends tracks with these ids, and reports whether all were acknowledged.
func (s *serving) batch(ctx context.Context, ids []string) bool {
	var calls []map[string]any
	for _, id := range ids {
		calls = append(calls, map[string]any{"type": "track", "event": "Product Viewed", "userId": "u" + id, "messageId": id})
	}
	body, err := json.Marshal(map[string]any{"batch": calls})
	if err != nil {
		return false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/v1/batch", bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.SetBasicAuth("key", "")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Accepted int `json:"accepted"`
	}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return err == nil && resp.StatusCode == http.StatusOK && answer.Accepted == len(ids)
}

// metric reads one of the server's metrics, which has no labels.
func (s *serving) metric(t *testing.T, name string) int {
	t.Helper()
	text := s.open(t, "/metrics")
	defer func() { _ = text.Close() }()
	for lines := bufio.NewScanner(text); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, err := strconv.ParseFloat(value, 64)
			require.NoError(t, err)
			return int(v)
		}
	}
	require.Fail(t, "no metric "+name)
	return 0
}

func (s *serving) open(t *testing.T, path string) io.ReadCloser {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer token")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return resp.Body
}

// TestAServerToldToStopKeepsWhatItAcknowledgedAndEndsLiveStreams sends all that
// was acknowledged again after the next start: each is known as a duplicate.
func TestAServerToldToStopKeepsWhatItAcknowledgedAndEndsLiveStreams(t *testing.T) {
	t.Parallel()
	program, data := binary(t), t.TempDir()
	s := served(t, program, data)

	watched := make(chan error, 1)
	live := s.open(t, "/api/v1/events/live")
	go func() {
		_, err := io.Copy(io.Discard, live) // nil at an orderly end only
		watched <- err
	}()

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	var acknowledged atomic.Int64
	kept := make([][][]string, 4)
	for c := range kept {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				ids := make([]string, 20)
				for i := range ids {
					ids[i] = fmt.Sprintf("%d-%d-%d", c, n, i)
				}
				if !s.batch(ctx, ids) {
					return // the server stops
				}
				kept[c] = append(kept[c], ids)
				acknowledged.Add(int64(len(ids)))
			}
		})
	}
	require.Eventually(t, func() bool { return acknowledged.Load() > 2000 }, time.Minute, 5*time.Millisecond)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, s.cmd.Wait(), "an orderly stop ends with code 0")
	stop()
	clients.Wait()
	require.NoError(t, <-watched)
	require.NoError(t, live.Close())

	s = served(t, program, data)
	before := s.metric(t, "rapport_processor_duplicates_total")
	for _, batches := range kept {
		for _, ids := range batches {
			require.True(t, s.batch(t.Context(), ids))
		}
	}
	require.Eventually(t, func() bool { return s.metric(t, "rapport_processor_lag_records") == 0 }, time.Minute, 50*time.Millisecond)
	require.Equal(t, int(acknowledged.Load()), s.metric(t, "rapport_processor_duplicates_total")-before)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, s.cmd.Wait())
}
