package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/event"
)

func jsonRequest(ctx context.Context, method, url string, body any) (*http.Request, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}

// send posts batches until ctx ends or the server is gone, and remembers what
// was acknowledged. Every fifth person orders, which sets a goal in motion; some
// arrive anonymously first, which sets a hand-over in motion.
func (c *crasher) send(ctx context.Context, url string) {
	for ctx.Err() == nil {
		batch := make([]map[string]any, 0, 20)
		ids := make([]string, 0, 20)
		c.mu.Lock()
		base := c.sent
		c.sent += cap(batch)
		c.mu.Unlock()
		for i := range cap(batch) {
			n := base + i
			id := fmt.Sprintf("m-%d", n)
			ids = append(ids, id)
			batch = append(batch, crashEvent(id, n))
		}
		if !c.post(ctx, url, batch) {
			continue
		}
		c.mu.Lock()
		for _, id := range ids {
			c.acked[id] = true
		}
		c.mu.Unlock()
	}
}

func crashEvent(id string, n int) map[string]any {
	who := n / 4
	e := map[string]any{"messageId": id, "timestamp": time.Now().UTC().Format(time.RFC3339Nano)}
	anon, user := fmt.Sprintf("anon-%d", who), fmt.Sprintf("user-%d", who)
	switch n % 4 {
	case 0:
		e["type"], e["anonymousId"], e["name"] = "page", anon, "Home"
	case 1:
		e["type"], e["anonymousId"], e["event"] = "track", anon, "Product Viewed"
	case 2:
		e["type"], e["userId"], e["anonymousId"] = "identify", user, anon
		e["traits"] = map[string]any{"email": user + "@example.com"}
	case 3:
		e["type"], e["userId"], e["event"] = "track", user, "Order Completed"
		e["properties"] = map[string]any{"revenue": n % 100}
	}
	return e
}

func (c *crasher) post(ctx context.Context, url string, batch []map[string]any) bool {
	req, err := jsonRequest(ctx, http.MethodPost, url+"/v1/batch", map[string]any{"batch": batch})
	if err != nil {
		return false
	}
	req.SetBasicAuth(crashKey, "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Accepted int `json:"accepted"`
	}
	b, err := io.ReadAll(resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK && json.Unmarshal(b, &answer) == nil && answer.Accepted == len(batch)
}

// settle starts the server once more, waits until everything that was begun has
// an outcome, and stops it in order.
func (c *crasher) settle(ctx context.Context) error {
	s, err := c.start(ctx)
	if err != nil {
		return err
	}
	err = s.ready(ctx)
	for quiet, deadline := 0, time.Now().Add(10*time.Minute); err == nil && quiet < 10; {
		if time.Now().After(deadline) {
			err = errors.New("deliveries were still arriving after ten minutes")
			break
		}
		var ws struct {
			Lag int64 `json:"lag"`
		}
		before := c.sink.total()
		time.Sleep(200 * time.Millisecond)
		err = call(ctx, http.MethodGet, s.url+"/api/v1/workspace", nil, &ws)
		if quiet++; ws.Lag > 0 || c.sink.total() != before {
			quiet = 0
		}
	}
	return errors.Join(err, s.stop(syscall.SIGTERM))
}

// examine opens the data folder and compares.
func (c *crasher) examine(ctx context.Context) error {
	kept, err := readOutcomes(ctx, c.data)
	if err != nil {
		return err
	}
	c.compare(kept.counted, kept.granted, kept.outcome)
	c.result.Unaccounted += kept.open
	replay, err := app.Replay(ctx, app.ReplayOptions{Data: c.data, FromStart: true})
	c.result.ReplaySame = replay.Same
	return err
}

func (c *crasher) compare(counted map[string]int, granted map[string]bool, outcome map[string][]event.Outcome) {
	r := &c.result
	r.Acknowledged = len(c.acked)
	for id := range c.acked {
		if counted[id] == 0 {
			r.Lost++
		}
	}
	for _, n := range counted {
		if n > 1 {
			r.Twice++
		}
	}
	r.Granted, r.Received = len(granted), len(c.sink.received)
	for delivery := range granted {
		out := outcome[delivery]
		if len(out) != 1 {
			r.Unaccounted++
			continue
		}
		switch out[0] {
		case event.Sent:
			r.Sent++
			if c.sink.received[delivery] == 0 {
				r.NotReceived++
			}
		case event.Unknown:
			r.Unknown++
		default:
			r.Failed++
		}
	}
	for delivery, n := range c.sink.received {
		if n > 1 {
			r.SentTwice++
		}
		if !granted[delivery] {
			r.NotGranted++
		}
	}
}
