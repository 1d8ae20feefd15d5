package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
)

func TestAnAccountThatWarmsUpSendsNoMoreADayAndTheRestWaitsWithItsReason(t *testing.T) {
	t.Parallel()
	const perDay, people = 2, 24
	begun := time.Now().UTC()
	mails, address := newMailbox(t)
	defs := strings.ReplaceAll(mailing(address, 0), `receive: "127.0.0.1:0"`, fmt.Sprintf(
		`warm_up_since: "%s", warm_up_first: "%d", warm_up_ceiling: "%[2]d", warm_up_days: "1"`, begun.Add(-72*time.Hour).Format(time.DateOnly), perDay))
	cfg := config.Config{Data: t.TempDir(), Definitions: folder(t, defs)}
	r := serve(t, cfg)
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	sent := func() (n int) {
		for i := range people {
			n += len(mails.of(fmt.Sprintf("u%d@example.com", i)))
		}
		return n
	}
	for i := range people {
		who := fmt.Sprintf("u%d", i)
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(fmt.Sprintf(
			`{"userId":%q,"messageId":"i%s","traits":{"email":"%s@example.com","consent":{"email":true}}}`, who, who, who)), nil))
		r.track(`{"userId":"` + who + `","event":"Order Completed","messageId":"m` + who + `"}`)
	}
	settle(t, r)
	waiting := func() (n int) {
		for i := range people {
			b := bodies(t, r, r.person(fmt.Sprintf("user_id:u%d", i)))
			if strings.Contains(b, `"paced"`) && strings.Contains(b, "The account warms up") && len(mails.of(fmt.Sprintf("u%d@example.com", i))) == 0 {
				n++
			}
		}
		return n
	}
	require.Eventually(t, func() bool { return sent() >= perDay && waiting() > 0 }, time.Minute, 100*time.Millisecond, "some went out, and some wait")
	r.stop()
	r = serve(t, cfg)
	settle(t, r)
	days := int(time.Since(begun)/(24*time.Hour)) + 1
	if time.Now().UTC().Day() != begun.Day() {
		days++
	}
	require.LessOrEqual(t, sent(), perDay*days, "after a restart too")
	require.Eventually(t, func() bool {
		_, text := r.metrics()
		return strings.Contains(text, fmt.Sprintf("rapport_deliver_outbox_rows{channel=\"email\"} %d\n", waiting()))
	}, time.Minute, 200*time.Millisecond, "what waits is lost to nobody")
}
