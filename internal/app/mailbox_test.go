package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
)

func TestAnAnswerInAMailboxReachesThePerson(t *testing.T) {
	t.Parallel()
	mails, address := newMailbox(t)
	box := delivertest.NewMailbox(t, "answers", "", nil)
	defs := strings.ReplaceAll(mailing(address, 0), `receive: "127.0.0.1:0"`, fmt.Sprintf(`imap: %q, imap_tls: none, imap_username: answers, imap_every: 1s`, box.Addr))
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, defs)})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	var got []string
	var who string
	for n := 0; len(got) == 0; n++ {
		who = fmt.Sprintf("u%d", n)
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(fmt.Sprintf(
			`{"userId":%q,"messageId":"i%s","traits":{"email":"%s@example.com","consent":{"email":true}}}`, who, who, who)), nil))
		r.track(`{"userId":"` + who + `","event":"Order Completed","messageId":"m` + who + `"}`)
		settle(t, r)
		got = mails.of(who + "@example.com")
	}
	ref := regexp.MustCompile(`answers\+([a-z2-7]+)@shop\.example`).FindStringSubmatch(got[0])[1]
	require.Eventually(t, func() bool {
		_, text := r.metrics()
		return regexp.MustCompile(`rapport_mailin_looks_total\{outcome="read"\} [1-9]`).MatchString(text)
	}, time.Minute, 50*time.Millisecond, "the first look reads nothing")
	raw := "From: " + who + "@example.com\r\nTo: answers+" + ref + "@shop.example\r\nMessage-ID: <1@x>\r\nSubject: Re: Thanks\r\n\r\nWhere is it?\r\n"
	box.Put(raw)
	id := r.person("user_id:" + who)
	require.Eventually(t, func() bool { return strings.Contains(bodies(t, r, id), `"text":"Where is it?"`) }, time.Minute, 20*time.Millisecond)
}
