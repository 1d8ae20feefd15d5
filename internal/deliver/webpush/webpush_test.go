package webpush_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/webpush"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/testenv"
)

var b64 = base64.RawURLEncoding

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

// browser is a subscription and the keys that only the browser has.
type browser struct {
	key  *ecdh.PrivateKey
	auth []byte
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	require.NoError(t, err)
	b := browser{key, make([]byte, 16)}
	_, _ = rand.Read(b.auth)
	return b
}

func (b browser) address(endpoint string) string {
	return webpush.Address(endpoint, b64.EncodeToString(b.key.PublicKey().Bytes()), b64.EncodeToString(b.auth))
}

// open decrypts as RFC 8291 has a browser do.
func (b browser) open(body []byte) ([]byte, error) {
	salt, public, sealed := body[:16], body[21:86], body[86:]
	theirs, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	ikm, _ := hkdf.Key(sha256.New, shared, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(public), 32)
	key, _ := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, _ := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	return plain[:len(plain)-1], nil
}

func open(t *testing.T, transport http.RoundTripper) *webpush.Channel {
	t.Helper()
	key := make([]byte, 32)
	key[31] = 7
	c, err := webpush.Open(webpush.Options{Subject: "mailto:push@shop.example", PrivateKey: b64.EncodeToString(key), Now: now, Transport: transport})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// notification is what a browser shows.
type notification struct {
	Notification struct{ Title, Body, Navigate string }
}

type harness struct {
	delivertest.HTTPServer
	browser browser
	channel *webpush.Channel
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (h *harness) To() string { return h.browser.address(h.URL + "/push/1") }

func (*harness) Longest() int { return 3000 }

func (h *harness) read(r *http.Request) delivertest.Got {
	sealed, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	plain, err := h.browser.open(sealed)
	if err != nil {
		panic(err)
	}
	var p notification
	if err := json.Unmarshal(plain, &p); err != nil {
		panic(err)
	}
	n := p.Notification
	return delivertest.Got{Delivery: strings.TrimPrefix(n.Title, "Hello "), To: h.To(), Subject: n.Title, Text: n.Body + "\n" + n.Navigate}
}

func TestWebPushKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		h := &harness{browser: newBrowser(t)}
		h.Read = h.read
		h.Accept, h.Refuse, h.Defer = delivertest.JSON(http.StatusCreated, ""), delivertest.JSON(http.StatusGone, ""), delivertest.JSON(http.StatusTooManyRequests, "")
		h.Start(t, true)
		h.channel = open(t, h.Client().Transport)
		return h
	})
}

// TestAPushServiceCanCheckWhoSentIt reads the VAPID header as a push service does.
func TestAPushServiceCanCheckWhoSentIt(t *testing.T) {
	t.Parallel()
	var got http.Header
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.WriteHeader(http.StatusCreated)
	}))
	defer s.Close()
	c := open(t, s.Client().Transport)
	require.NoError(t, c.Send(t.Context(), delivertest.Letter("d", newBrowser(t).address(s.URL+"/push/1"))))
	require.Equal(t, "aes128gcm", got.Get("Content-Encoding"))
	require.LessOrEqual(t, len(got.Get("Topic")), 32)
	token, key, ok := strings.Cut(strings.TrimPrefix(got.Get("Authorization"), "vapid t="), ", k=")
	require.True(t, ok)
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	public, err := b64.DecodeString(key)
	require.NoError(t, err)
	sig, err := b64.DecodeString(parts[2])
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	num := func(b []byte) *big.Int { return new(big.Int).SetBytes(b) }
	checked, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
	require.NoError(t, err)
	require.True(t, ecdsa.Verify(checked, sum[:], num(sig[:32]), num(sig[32:])))
	body, err := b64.DecodeString(parts[1])
	require.NoError(t, err)
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	require.NoError(t, json.Unmarshal(body, &claims))
	require.Equal(t, s.URL, claims.Aud)
	require.Equal(t, "mailto:push@shop.example", claims.Sub)
	require.Less(t, time.Until(time.Unix(claims.Exp, 0)), 24*time.Hour)

	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/key", nil))
	require.JSONEq(t, `{"key":"`+key+`"}`, w.Body.String(), "browsers subscribe by the same key")
}

// sealed is what a push service is given of a letter to b.
func (b *browser) sealed(t *testing.T, change func(*deliver.Letter)) (l deliver.Letter, body []byte) {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
	}))
	defer s.Close()
	l = delivertest.Letter("d", b.address(s.URL+"/push/1"))
	change(&l)
	require.NoError(t, open(t, s.Client().Transport).Send(t.Context(), l))
	return l, body
}

func TestAnIndependentLibraryDecrypts(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	l, sealed := b.sealed(t, func(l *deliver.Letter) {
		l.Content.Text = "Žluťoučký kůň 🌻 " + strings.Repeat("x", 3000)
	})
	ask, err := json.Marshal(map[string]string{
		"body": b64.EncodeToString(sealed), "private": b64.EncodeToString(b.key.Bytes()),
		"public": b64.EncodeToString(b.key.PublicKey().Bytes()), "auth": b64.EncodeToString(b.auth),
	})
	require.NoError(t, err)
	var p notification
	require.NoError(t, json.Unmarshal([]byte(testenv.Peer(t, "webpush.mjs", string(ask))), &p))
	require.Equal(t, l.Content.Text, p.Notification.Body)
}

// TestChromiumShowsWhatIsSent delivers what the channel sent, once it is decrypted, to
// a page with our service worker, by Chromium's debugging protocol.
func TestChromiumShowsWhatIsSent(t *testing.T) {
	t.Parallel()
	b := newBrowser(t)
	_, sealed := b.sealed(t, func(l *deliver.Letter) {
		l.Content.Locale = "en"
		l.Content.More = []event.Step{{Label: "Read it", URL: "https://shop.example/read"}}
		l.Links.More = []string{"https://r.example/m/c/U"}
	})
	plain, err := b.open(sealed)
	require.NoError(t, err)

	root := testenv.Root(t)
	_, err = os.Stat(filepath.Join(root, "web", "node_modules", "playwright-core"))
	testenv.Need(t, "the packages of web; npm ci there installs them", err == nil)
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	_, err = os.Stat(chromium)
	testenv.Need(t, "Chromium", err == nil)
	cmd := exec.CommandContext(t.Context(), testenv.Program(t, "node"), "push.mjs") //nolint:gosec // the test names the script
	cmd.Dir = filepath.Join(root, "web", "browser")
	cmd.Env = append(os.Environ(), "PUSH_WORKER="+filepath.Join(root, "internal", "deliver", "web", "push.js"))
	cmd.Stdin = bytes.NewReader(plain)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	require.NoError(t, err, complaints.String())
	require.JSONEq(t, `{
		"shown": [{"title": "Hello d", "body": "Hello there.", "lang": "en", "dir": "ltr", "icon": "", "actions": ["Go on", "Read it"]}],
		"opened": ["https://r.example/m/c/T", "https://r.example/m/c/T", "https://r.example/m/c/U"]
	}`, string(out))
}

func TestAddressesThatLeadIntoTheOwnNetworkAreNotCalled(t *testing.T) {
	t.Parallel()
	c, b := open(t, nil), newBrowser(t)
	for _, endpoint := range []string{"https://127.0.0.1:1/x", "https://10.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/latest"} {
		require.Equal(t, "retry", delivertest.KindOf(c.Send(t.Context(), delivertest.Letter("d", b.address(endpoint)))), endpoint)
	}
	for _, to := range []string{"", "http://push.example/x a b", b.address("http://push.example/x"), "https://push.example/x AAAA AAAA", b.address("https://u:p@push.example/x")} {
		require.Equal(t, "dead", delivertest.KindOf(c.Send(t.Context(), delivertest.Letter("d", to))), to)
	}
}
