package fcm_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/fcm"
	"github.com/rapporthq/rapport/internal/event"
)

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

const token = "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1"

type harness struct {
	delivertest.HTTPServer
	channel *fcm.Channel
	tokens  atomic.Int32
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (*harness) To() string { return token }

func (*harness) Longest() int { return 3000 }

// start starts a Google that checks who asks for a token.
func start(t *testing.T, key *rsa.PrivateKey) *harness {
	t.Helper()
	h := &harness{}
	h.First = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/token" {
			return false
		}
		parts := strings.Split(r.FormValue("assertion"), ".")
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		sig, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil || rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return true
		}
		_, _ = fmt.Fprintf(w, `{"access_token":"ya29.%d","expires_in":3599,"token_type":"Bearer"}`, h.tokens.Add(1))
		return true
	}
	h.Read = func(r *http.Request) delivertest.Got {
		var m struct {
			Message struct {
				Token        string
				Notification struct{ Title, Body string }
				Data         struct{ URL string }
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ya29.") {
			panic(fmt.Sprint(err, r.Header))
		}
		n := m.Message.Notification
		return delivertest.Got{Delivery: strings.TrimPrefix(n.Title, "Hello "), To: m.Message.Token, Subject: n.Title, Text: n.Body + "\n" + m.Message.Data.URL}
	}
	h.Accept = delivertest.JSON(http.StatusOK, `{"name":"projects/shop/messages/1"}`)
	h.Refuse = delivertest.JSON(http.StatusNotFound, `{"error":{"status":"NOT_FOUND","details":[{"errorCode":"UNREGISTERED"}]}}`)
	h.Defer = delivertest.JSON(http.StatusTooManyRequests, `{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"errorCode":"QUOTA_EXCEEDED"}]}}`)
	h.Start(t, false)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	file, err := json.Marshal(map[string]string{
		"client_email": "push@shop.iam.example", "private_key_id": "1", "token_uri": h.URL + "/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	require.NoError(t, err)
	h.channel, err = fcm.Open(fcm.Options{Project: "shop", ServiceAccount: string(file), BaseURL: h.URL, Now: now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.channel.Close()) })
	return h
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

func TestFCMKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		return start(t, key)
	})
}

func TestATokenIsUsedUntilItEndsAndAnswersAreSorted(t *testing.T) {
	t.Parallel()
	h := start(t, newKey(t))
	for range 3 {
		require.NoError(t, h.channel.Send(t.Context(), delivertest.Letter("d", token)))
	}
	require.EqualValues(t, 1, h.tokens.Load())
	for code, want := range map[string]struct {
		status int
		kind   string
	}{
		"UNREGISTERED": {404, "dead"}, "SENDER_ID_MISMATCH": {403, "dead"}, "INVALID_ARGUMENT": {400, "refused"}, "QUOTA_EXCEEDED": {429, "retry"},
		"UNAVAILABLE": {503, "retry"}, "INTERNAL": {500, "unknown"}, "THIRD_PARTY_AUTH_ERROR": {401, "retry"},
	} {
		h.Refuse = delivertest.JSON(want.status, `{"error":{"status":"X","details":[{"@type":"x"},{"errorCode":"`+code+`"}]}}`)
		h.Behave(delivertest.Refuse)
		require.Equal(t, want.kind, delivertest.KindOf(h.channel.Send(t.Context(), delivertest.Letter("d", token))), code)
	}
	h.Behave(delivertest.Accept)
	require.NoError(t, h.channel.Send(t.Context(), delivertest.Letter("d", token)), "after a 401 a new token is fetched")
	require.True(t, fcm.Takes(token))
	require.False(t, fcm.Takes(strings.Repeat("ab", 32)))
}
