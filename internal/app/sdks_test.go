package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/analytics-go/v3"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/testenv"
	"github.com/rapporthq/rapport/web"
)

// The official SDKs, unmodified, against a served workspace.

const sdkPatience = time.Minute

// sdk starts a driver of sdktest; the function waits until it has ended.
func sdk(t *testing.T, driver string, args ...string) (wait func()) {
	t.Helper()
	node := testenv.Program(t, "node")
	folder := filepath.Join(testenv.Root(t), "internal", "app", "sdktest")
	_, err := os.Stat(filepath.Join(folder, "node_modules", "@segment", "analytics-node"))
	testenv.Need(t, "the official SDKs of Node; `make test-go` installs them", err == nil)
	cmd := exec.CommandContext(t.Context(), node, append([]string{filepath.Join(folder, driver)}, args...)...) //nolint:gosec // a driver of ours
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return func() {
		_ = stdin.Close() // it may have ended by itself
		require.NoError(t, cmd.Wait(), "%s", &out)
		if t.Failed() {
			t.Logf("%s said: %s", driver, &out)
		}
	}
}

// sent are the calls of the tracking API on a person's timeline.
func (r *running) sent(id string) (calls []string) {
	r.t.Helper()
	var page struct {
		Events []struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"events"`
	}
	r.ok(http.MethodGet, "/api/v1/people/"+id+"/timeline?limit=100", nil, &page)
	for _, e := range page.Events {
		if slices.Contains([]string{"identify", "track", "page", "group", "alias"}, e.Kind) {
			calls = append(calls, strings.TrimSpace(e.Kind+" "+e.Name))
		}
	}
	slices.Sort(calls)
	return calls
}

// arrived holds that everything that a driver sent is there, and once.
func (r *running) arrived(userID string, want ...string) {
	r.t.Helper()
	slices.Sort(want)
	var found people
	var calls []string
	require.Eventually(r.t, func() bool {
		r.ok(http.MethodGet, "/api/v1/people?identity=user_id:"+userID, nil, &found)
		if len(found.People) == 1 {
			calls = r.sent(found.People[0].ID)
		}
		return len(calls) >= len(want)
	}, sdkPatience, 20*time.Millisecond, "there is %v of %v", &calls, want)
	require.Equal(r.t, want, calls)
	type known struct {
		Traits []struct {
			Name  string          `json:"name"`
			Value json.RawMessage `json:"value"`
		} `json:"traits"`
		Accounts []struct {
			Name string `json:"name"`
		} `json:"accounts"`
	}
	var who known
	require.Eventually(r.t, func() bool { // an account is folded on its own, after its members
		who = known{}
		r.ok(http.MethodGet, "/api/v1/people/"+found.People[0].ID, nil, &who)
		return len(who.Accounts) == 1 && who.Accounts[0].Name == "Acme"
	}, sdkPatience, 20*time.Millisecond, "accounts are %v", &who)
	require.Len(r.t, who.Traits, 1)
	require.Equal(r.t, "plan", who.Traits[0].Name)
	require.JSONEq(r.t, `"pro"`, string(who.Traits[0].Value))
	r.letters("", 0)
}

func serverCalls(user string) []string {
	return []string{"identify", "track Order Completed", "page Checkout", "group acme", "alias " + user}
}

func TestTheOfficialSDKsOfServersBringEachCallOnce(t *testing.T) {
	t.Parallel()
	for driver, user := range map[string]string{"analytics-node": "node", "rudder-sdk-node": "rudder-node"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			r := serve(t, config.Config{Data: t.TempDir()})
			sdk(t, driver+".mjs", r.url, writeKey)()
			r.arrived(user+"-2", serverCalls(user+"-1")...)
			require.Equal(t, r.person("user_id:"+user+"-2"), r.person("user_id:"+user+"-1"))
		})
	}
	t.Run("analytics-go", func(t *testing.T) {
		t.Parallel()
		r := serve(t, config.Config{Data: t.TempDir()})
		analyticsGo(t, r.url)
		r.arrived("go-2", serverCalls("go-1")...)
		require.Equal(t, r.person("user_id:go-2"), r.person("user_id:go-1"))
	})
}

// analyticsGo uses Segment's library for Go, as a shop's server would.
func analyticsGo(t *testing.T, address string) {
	t.Helper()
	ends := make(outcomes, 5)
	client, err := analytics.NewWithConfig(writeKey, analytics.Config{Endpoint: address, Logger: quiet{}, Callback: ends, Interval: 50 * time.Millisecond})
	require.NoError(t, err)
	for _, m := range []analytics.Message{
		analytics.Identify{UserId: "go-1", Traits: analytics.NewTraits().Set("plan", "pro")},
		analytics.Track{UserId: "go-1", Event: "Order Completed", Properties: analytics.NewProperties().SetRevenue(12.5).SetCurrency("EUR")},
		analytics.Page{UserId: "go-1", Name: "Checkout"},
		analytics.Group{UserId: "go-1", GroupId: "acme", Traits: analytics.NewTraits().SetName("Acme")},
		analytics.Alias{UserId: "go-2", PreviousId: "go-1"},
	} {
		require.NoError(t, client.Enqueue(m))
	}
	for range cap(ends) { // Close gives up what is to be sent again
		require.NoError(t, <-ends)
	}
	require.NoError(t, client.Close())
}

// faulty passes requests on, but the first is answered with 500 although it has
// arrived, as a gateway does that loses the answer, and the second with 429.
func faulty(t *testing.T, address string) (through string, asked *atomic.Int64) {
	t.Helper()
	to, err := url.Parse(address)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) {
		case 1:
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			_, _ = io.Copy(io.Discard, r.Body) // the client reads the answer when it has sent all
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestCallsThatAnSDKSendsAgainAreThereOnce(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(t *testing.T, address string){
		"node": func(t *testing.T, address string) { sdk(t, "analytics-node.mjs", address, writeKey)() },
		"go":   analyticsGo,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, config.Config{Data: t.TempDir()})
			through, asked := faulty(t, r.url)
			send(t, through)
			require.GreaterOrEqual(t, asked.Load(), int64(3))
			r.arrived(name+"-2", serverCalls(name+"-1")...)
		})
	}
}

// shop is a web shop with a page of sdktest, of another origin than the server.
func shop(t *testing.T, page, server string) string {
	t.Helper()
	folder := filepath.Join(testenv.Root(t), "internal", "app", "sdktest")
	html, err := os.ReadFile(filepath.Join(folder, page)) //nolint:gosec // a file of ours
	require.NoError(t, err)
	text := strings.NewReplacer("SERVER", server, "KEY", writeKey).Replace(string(html))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shop", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, text)
	})
	onlyLibrary, _, cut := strings.Cut(text, "// What follows")
	require.True(t, cut)
	mux.HandleFunc("GET /next", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, onlyLibrary+"</script>")
	})
	mux.HandleFunc("GET /rudder.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(folder, "node_modules/@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js"))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestTheOfficialSDKsOfBrowsersBringEachCallOnce(t *testing.T) {
	t.Parallel()
	chromium := testenv.Program(t, "chromium")
	_, err := web.Library().Open("analytics.min.js")
	testenv.Need(t, "the browser library in the binary; `make build` puts it there", err == nil)
	for page, user := range map[string]string{"analytics-next.html": "next-1", "analytics-js.html": "rudder-js-1"} {
		want := []string{"page Checkout", "identify", "track Order Completed", "group acme"}
		if user == "rudder-js-1" {
			want = append(want, "track Page Left")
		}
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			r := serve(t, config.Config{Data: t.TempDir(), PublicURL: "http://127.0.0.1:0"})
			at := shop(t, page, r.url)
			wait := sdk(t, "browser.mjs", chromium, at+"/shop", at+"/next", "4")
			defer wait()
			r.arrived(user, want...)
		})
	}
}

// outcomes gets what became of each message of analytics-go.
type outcomes chan error

func (o outcomes) Success(analytics.Message)              { o <- nil }
func (o outcomes) Failure(_ analytics.Message, err error) { o <- err }

// quiet is a logger of analytics-go for failures that are meant.
type quiet struct{}

func (quiet) Logf(string, ...any)   {}
func (quiet) Errorf(string, ...any) {}
