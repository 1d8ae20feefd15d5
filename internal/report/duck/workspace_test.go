package duck_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/report/duck"
	"github.com/rapporthq/rapport/internal/report/question"
)

// workspace is a served one.
type workspace struct {
	t    *testing.T
	url  string
	stop func()
}

func serve(t *testing.T, data string) *workspace {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- app.Serve(ctx, app.Options{
			Config:   config.Config{Data: data, Listen: "127.0.0.1:0", WriteKey: "key", AdminToken: "token", PublicURL: "http://127.0.0.1"},
			Answerer: []string{os.Args[0], duck.Command},
			Ready:    func(address string, _ *app.App) { ready <- address },
		})
	}()
	w := &workspace{t: t}
	select {
	case err := <-done:
		cancel()
		require.NoError(t, err)
	case address := <-ready:
		w.url = "http://" + address
	}
	w.stop = func() {
		cancel()
		require.NoError(t, <-done)
	}
	return w
}

func (w *workspace) call(method, path string, body, answer any) int {
	w.t.Helper()
	b, err := json.Marshal(body)
	require.NoError(w.t, err)
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader(b))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer token")
	if method == http.MethodPost && path == "/v1/batch" {
		req.SetBasicAuth("key", "")
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	if answer != nil {
		require.NoError(w.t, json.Unmarshal(text, answer), "%s", text)
	}
	return resp.StatusCode
}

// TestWhatHappensCanBeAskedWithinTenSeconds begins with the first event sent and
// ends with the answer that counts the last.
func TestWhatHappensCanBeAskedWithinTenSeconds(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	w := serve(t, data)
	type call = map[string]any
	var batch []call
	for i := range 300 {
		batch = append(batch, call{
			"type": "track", "event": "Order Completed", "userId": fmt.Sprint("u", i%40), "messageId": fmt.Sprint("m", i),
			"properties": call{"revenue": 1.25, "currency": "EUR"},
		})
	}
	batch = append(batch, batch[:5]...) // a client that sends again
	started := time.Now()
	require.Equal(t, http.StatusOK, w.call(http.MethodPost, "/v1/batch", call{"batch": batch}, nil))
	ask := call{"sql": "SELECT count(*), count(DISTINCT person_id), sum(amount), (SELECT count(*) FROM people) FROM events WHERE name = 'Order Completed'"}
	const want = `[[300,40,375,40]]`
	var a question.Answer
	require.Eventually(t, func() bool {
		var answer question.Answer
		var text json.RawMessage
		if status := w.call(http.MethodPost, "/api/v1/questions/run", ask, &text); status != http.StatusOK || json.Unmarshal(text, &answer) != nil {
			t.Logf("%d: %s", status, text)
			return false
		}
		a = answer
		got, err := json.Marshal(a.Rows)
		return err == nil && string(got) == want
	}, 60*time.Second, 200*time.Millisecond)
	t.Logf("asked and answered %.1f s after the first event was sent; the answer took %.0f ms", time.Since(started).Seconds(), a.ElapsedMS)
	require.NotZero(t, a.AsOf)

	var problem struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	}
	require.Equal(t, http.StatusUnprocessableEntity, w.call(http.MethodPost, "/api/v1/questions/run", call{"sql": "SELECT * FROM '/etc/passwd'"}, &problem))
	var tables struct{ Tables []question.Table }
	require.Equal(t, http.StatusOK, w.call(http.MethodGet, "/api/v1/questions/tables", nil, &tables))
	require.Len(t, tables.Tables, 7)
	for _, table := range tables.Tables { // what is documented is what is there
		var d question.Answer
		require.Equal(t, http.StatusOK, w.call(http.MethodPost, "/api/v1/questions/run", call{"sql": "DESCRIBE " + table.Name}, &d))
		require.Len(t, d.Rows, len(table.Columns))
		for i, row := range d.Rows {
			require.Equal(t, []any{table.Columns[i].Name, table.Columns[i].Type}, row[:2], table.Name)
		}
	}
	var kept struct{ Questions []question.Kept }
	require.Equal(t, http.StatusOK, w.call(http.MethodPut, "/api/v1/questions/mine", call{"name": "Mine", "sql": "SELECT 1", "chart": call{"kind": "table"}}, nil))
	require.Equal(t, http.StatusOK, w.call(http.MethodGet, "/api/v1/questions", nil, &kept))
	require.Equal(t, "mine", kept.Questions[0].ID)
	for _, k := range kept.Questions {
		var answer question.Answer
		require.Equal(t, http.StatusOK, w.call(http.MethodPost, "/api/v1/questions/run", call{"sql": k.SQL}, &answer), k.ID)
	}
	require.Equal(t, http.StatusOK, w.call(http.MethodDelete, "/api/v1/questions/mine", nil, nil))
	require.Equal(t, http.StatusNotFound, w.call(http.MethodDelete, "/api/v1/questions/mine", nil, nil))

	w.stop()
	stopped, err := app.QuestionsOf(data, []string{os.Args[0], duck.Command}).Run(t.Context(), question.Ask{SQL: ask["sql"].(string)})
	require.NoError(t, err)
	got, err := json.Marshal(stopped.Rows)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}
