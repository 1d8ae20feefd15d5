package apns_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/apns"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/event"
)

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

var token = strings.Repeat("0a1b2c3d", 8)

type harness struct {
	delivertest.HTTPServer
	channel *apns.Channel
	key     *ecdsa.PrivateKey
	last    http.Header
	proto   string
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (*harness) To() string { return token }

func (*harness) Longest() int { return 3000 }

func start(t *testing.T) *harness {
	t.Helper()
	h := &harness{}
	var err error
	h.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(h.key)
	require.NoError(t, err)
	h.Read = func(r *http.Request) delivertest.Got {
		var p struct {
			Aps     struct{ Alert struct{ Title, Body string } }
			Rapport struct{ URL string }
		}
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			panic(err)
		}
		h.last, h.proto = r.Header.Clone(), r.Proto
		title := p.Aps.Alert.Title
		return delivertest.Got{Delivery: strings.TrimPrefix(title, "Hello "), To: strings.TrimPrefix(r.URL.Path, "/3/device/"), Subject: title, Text: p.Aps.Alert.Body + "\n" + p.Rapport.URL}
	}
	h.Accept, h.Refuse = delivertest.JSON(http.StatusOK, ""), delivertest.JSON(http.StatusGone, `{"reason":"Unregistered","timestamp":1}`)
	h.Defer = delivertest.JSON(http.StatusTooManyRequests, `{"reason":"TooManyRequests"}`)
	h.Start(t, true)
	h.channel, err = apns.Open(apns.Options{
		TeamID: "DEF123GHIJ", KeyID: "ABC123DEFG", Topic: "example.shop.app", Now: now, BaseURL: h.URL, Transport: h.Client().Transport,
		SigningKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.channel.Close()) })
	return h
}

func TestAPNsKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		return start(t)
	})
}

func TestRequestsAreAsAppleWantsThem(t *testing.T) {
	t.Parallel()
	h := start(t)
	id, err := h.channel.SendNamed(t.Context(), delivertest.Letter("d", token))
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0", h.proto)
	require.Equal(t, id, h.last.Get("apns-id"))
	require.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, id)
	require.LessOrEqual(t, len(h.last.Get("apns-collapse-id")), 64)
	require.Equal(t, "example.shop.app", h.last.Get("apns-topic"))

	parts := strings.Split(strings.TrimPrefix(h.last.Get("Authorization"), "bearer "), ".")
	require.Len(t, parts, 3)
	head, err := base64.RawURLEncoding.DecodeString(parts[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"alg":"ES256","kid":"ABC123DEFG","typ":"JWT"}`, string(head))
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	require.True(t, ecdsa.Verify(&h.key.PublicKey, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])))

	first := h.last.Get("Authorization")
	again, err := h.channel.SendNamed(t.Context(), delivertest.Letter("d", token))
	require.NoError(t, err)
	require.Equal(t, id, again, "the same delivery is the same notification")
	require.Equal(t, first, h.last.Get("Authorization"), "Apple wants tokens to be used for a while")
}

func TestAnswersAreSorted(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]struct {
		status int
		kind   string
	}{
		"BadDeviceToken": {400, "dead"}, "Unregistered": {410, "dead"}, "PayloadTooLarge": {413, "refused"}, "InvalidProviderToken": {403, "retry"},
		"TooManyRequests": {429, "retry"}, "ServiceUnavailable": {503, "retry"}, "InternalServerError": {500, "unknown"},
	} {
		h := start(t)
		h.Refuse = delivertest.JSON(want.status, `{"reason":"`+reason+`"}`)
		h.Behave(delivertest.Refuse)
		require.Equal(t, want.kind, delivertest.KindOf(h.channel.Send(t.Context(), delivertest.Letter("d", token))), reason)
	}
}

func TestOnlyApplesTokensAreTaken(t *testing.T) {
	t.Parallel()
	require.True(t, apns.Takes(token))
	require.False(t, apns.Takes("fcm:APA91bH"))
	require.False(t, apns.Takes("../../x"))
}
