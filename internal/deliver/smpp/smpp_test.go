package smpp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/smpp"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/testenv"
)

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

// centre is npm smpp as the message centre, which is not ours.
type centre struct {
	t       *testing.T
	channel *smpp.Channel
	inbox   *delivertest.Inbox
	control string
}

func start(t *testing.T) *centre {
	t.Helper()
	port, control := testenv.FreePort(t), testenv.FreePort(t)
	testenv.StartPeer(t, "smsc.mjs", fmt.Sprint(port), fmt.Sprint(control))
	c := &centre{t: t, inbox: &delivertest.Inbox{}, control: fmt.Sprintf("http://127.0.0.1:%d", control)}
	require.Eventually(t, func() bool {
		resp, err := http.Get(c.control + "/got") //nolint:noctx // a test's
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return true
	}, 20*time.Second, 20*time.Millisecond)
	var err error
	c.channel, err = smpp.Open(smpp.Options{
		Addr: fmt.Sprintf("127.0.0.1:%d", port), SystemID: "rapport", Password: "secret", From: "+15550100", Inbox: c.inbox, Now: now,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.channel.Close()) })
	return c
}

func (c *centre) call(path string, ask, answer any) {
	b, err := json.Marshal(ask)
	require.NoError(c.t, err)
	resp, err := http.Post(c.control+path, "application/json", bytes.NewReader(b)) //nolint:noctx // a test's
	require.NoError(c.t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, resp.Body.Close())
	if answer != nil {
		require.NoError(c.t, json.Unmarshal(text, answer))
	}
}

func (c *centre) Channel() deliver.Channel { return c.channel }

func (*centre) To() string { return "+15550199" }

func (*centre) Longest() int { return 600 }

func (c *centre) Behave(b delivertest.Behaviour) {
	if b == delivertest.Down {
		var err error
		require.NoError(c.t, c.channel.Close())
		c.channel, err = smpp.Open(smpp.Options{Addr: fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(c.t)), SystemID: "rapport", Password: "secret", From: "1", Inbox: c.inbox, Now: now})
		require.NoError(c.t, err)
		return
	}
	c.call("/behave", map[string]string{"behave": map[delivertest.Behaviour]string{
		delivertest.Accept: "accept", delivertest.Refuse: "refuse", delivertest.Defer: "defer", delivertest.Hang: "hang",
		delivertest.HangAfter: "hang-after", delivertest.BreakAfter: "break-after",
	}[b]}, nil)
}

func (c *centre) Got() []delivertest.Got {
	var got []struct{ To, Text string }
	c.call("/got", nil, &got)
	var out []delivertest.Got
	for _, g := range got {
		head, text, _ := strings.Cut(g.Text, "\n")
		out = append(out, delivertest.Got{Delivery: strings.TrimPrefix(head, "Hello "), To: "+" + g.To, Subject: head, Text: text})
	}
	return out
}

func TestSMPPKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		return start(t)
	})
}

func TestReceiptsAndTextsComeBack(t *testing.T) {
	t.Parallel()
	c := start(t)
	l := delivertest.Letter("d", "+15550199")
	l.Ref = "r1"
	l.Content.Text = "Price: 5€ {now} [or] ~later^ à la carte @ £1_2"
	id, err := c.channel.SendNamed(t.Context(), l)
	require.NoError(t, err)
	require.Equal(t, "m1", id)
	require.Contains(t, c.Got()[0].Text, l.Content.Text, "the default alphabet with its extension")

	var said struct{ Status int }
	c.call("/receipt", map[string]string{"id": id, "state": "DELIVRD"}, &said)
	require.Zero(t, said.Status)
	c.call("/receipt", map[string]string{"id": id, "state": "ENROUTE"}, &said)
	c.call("/receipt", map[string]string{"id": id, "state": "UNDELIV"}, &said)
	require.Equal(t, []deliver.Report{
		{Channel: "sms", Ref: "r1", Outcome: event.Delivered}, {Channel: "sms", Ref: "r1", Outcome: event.Lost, Detail: "undeliv 000"},
	}, c.inbox.Reports())

	for _, text := range []string{"STOP", "Žluťoučký 🌻"} {
		c.call("/say", map[string]string{"from": "15550199", "text": text}, &said)
		require.Zero(t, said.Status)
		heard := c.inbox.Heard()
		require.Equal(t, text, heard[len(heard)-1].Text)
		require.Equal(t, "+15550199", heard[len(heard)-1].From)
	}
	c.inbox.Fail(errors.New("the disk is full"))
	c.call("/say", map[string]string{"from": "15550199", "text": "Hi"}, &said)
	require.Equal(t, 0x14, said.Status, "it is to be told again")
}
