package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/report"
)

const token = "an admin token"

// ask sends a request with the admin token, unless headers (name, value, ...)
// say otherwise.
func ask(t *testing.T, h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func serve(w *world) http.Handler {
	return api.New(api.Options{Reports: w, Control: w, Segments: w, Token: token})
}

func TestEachEndpoint(t *testing.T) {
	t.Parallel()
	person := "/api/v1/people/" + adaID().String()
	tests := []struct {
		name, method, target, body string
		status                     int
		want                       []string // parts of the answer
		after                      func(*testing.T, *world)
	}{
		{
			name: "a workspace starts disarmed", method: "GET", target: "/api/v1/workspace",
			status: 200, want: []string{`"live":"disarmed"`, `"allow":[]`, `"as_of":null`},
		},
		{
			name: "going live is answered with the workspace as it is then", method: "PUT", target: "/api/v1/workspace/live",
			body:   `{"live":"everyone","allow":["me@example.org"]}`,
			status: 200, want: []string{`"live":"everyone"`, `"allow":["me@example.org"]`},
			after: func(t *testing.T, w *world) {
				t.Helper()
				require.Equal(t, event.LiveToAll, w.live)
				require.Equal(t, []string{"me@example.org"}, w.allow)
			},
		},
		{
			name: "what is no mode is refused and changes nothing", method: "PUT", target: "/api/v1/workspace/live",
			body:   `{"live":"maybe","allow":[]}`,
			status: 422, want: []string{`"field":"live"`, `disarmed, everyone, stopped`},
			after: func(t *testing.T, w *world) { t.Helper(); require.Equal(t, event.Disarmed, w.live) },
		},
		{
			name: "an allow-list is not emptied by forgetting it", method: "PUT", target: "/api/v1/workspace/live",
			body: `{"live":"disarmed"}`, status: 422, want: []string{"allow"},
		},
		{
			name: "1997 is looked at as of 1998", method: "PUT", target: "/api/v1/workspace/as-of",
			body: `{"as_of":"1998-07-01T00:00:00Z"}`, status: 200, want: []string{`"as_of":"1998-07-01T00:00:00Z"`},
			after: func(t *testing.T, w *world) {
				t.Helper()
				require.Equal(t, event.InstantOf(time.Date(1998, 7, 1, 0, 0, 0, 0, time.UTC)), w.asOf)
			},
		},
		{
			name: "null is now again", method: "PUT", target: "/api/v1/workspace/as-of",
			body: `{"as_of":null}`, status: 200, want: []string{`"as_of":null`},
		},
		{
			name: "a time that is none is refused", method: "PUT", target: "/api/v1/workspace/as-of",
			body: `{"as_of":"yesterday"}`, status: 422, want: []string{`"field":"as_of"`},
		},
		{name: "the map has no null arrays", method: "GET", target: "/api/v1/map", status: 200, want: []string{`"touchpoints":[]`, `"dead_ends":[]`}},
		{
			name: "a person is found by identity", method: "GET", target: "/api/v1/people?identity=user_id:ada",
			status: 200, want: []string{`{"people":[{"id":"` + adaID().String() + `"`},
			after: func(t *testing.T, w *world) {
				t.Helper()
				require.Equal(t, report.Filter{Identity: "user_id:ada", Limit: 50}, w.filter)
			},
		},
		{name: "nobody is an empty list", method: "GET", target: "/api/v1/people?identity=user_id:bob", status: 200, want: []string{`{"people":[],`}},
		{
			name: "every condition reaches the report", method: "GET",
			target: "/api/v1/people?query=a&stage=b&segment=s&touchpoint=c&effort=response&next=none&continued=open&event=d&goal=e&arm=holdout&outcome=held&action=f&withheld=g&limit=500&cursor=h",
			status: 200,
			after: func(t *testing.T, w *world) {
				t.Helper()
				require.Equal(t, report.Filter{
					Query: "a", Stage: "b", Segment: "s", Touchpoint: "c", Effort: "response", Next: "none", Continued: "open", Event: "d", Goal: "e",
					Arm: "holdout", Outcome: "held", Action: "f", Withheld: "g", Limit: 500, Cursor: "h",
				}, w.filter)
			},
		},
		{name: "segments are counted", method: "GET", target: "/api/v1/segments", status: 200, want: []string{`"id":"regulars"`, `"people":1`}},
		{name: "a segment has its rule", method: "GET", target: "/api/v1/segments/regulars", status: 200, want: []string{`"rule":"orders > 3"`, `"used_by":[]`}},
		{name: "a segment that is none is not found", method: "GET", target: "/api/v1/segments/others", status: 404, want: []string{`"field":"id"`}},
		{name: "a sweep says how far it is", method: "GET", target: "/api/v1/sweep", status: 200, want: []string{`"running":true`, `"share":0.25`}},
		{name: "consent has a history", method: "GET", target: person + "/consent-history", status: 200, want: []string{`"mode":"opt_in"`, `"said":[]`}},
		{name: "a limit has a limit", method: "GET", target: "/api/v1/people?limit=501", status: 422, want: []string{`"field":"limit"`, "500"}},
		{name: "a misspelt condition does not match everybody", method: "GET", target: "/api/v1/people?stag=b", status: 422, want: []string{`"field":"stag"`}},
		{name: "a person's page", method: "GET", target: person, status: 200, want: []string{`"id":"` + adaID().String() + `"`, `"identities":[]`}},
		{name: "an id that is none is not found", method: "GET", target: "/api/v1/people/42", status: 404, want: []string{`"field":"id"`, "identity=user_id:ID"}},
		{name: "an id of nobody is not found", method: "GET", target: "/api/v1/people/prs_00000000000000000000000001", status: 404, want: []string{`"status":404`}},
		{
			name: "a timeline comes in pages", method: "GET", target: person + "/timeline?limit=1",
			status: 200, want: []string{`{"events":[{"event":"Order Completed"`, `"message_id":"m2"`, `"next_cursor":"after-m2"`},
		},
		{name: "and goes on from the cursor", method: "GET", target: person + "/timeline?limit=1&cursor=after-m2", status: 200, want: []string{`"message_id":"m1"`}},
		{name: "empty parameters are as if not said", method: "GET", target: person + "/timeline?limit=&cursor=", status: 200, want: []string{`"message_id":"m1"`}},
		{name: "why", method: "GET", target: person + "/why", status: 200, want: []string{"she has not given consent", `"goals":[]`}},
		{
			name: "consent is recorded with its proof", method: "POST", target: person + "/consent",
			body:   `{"channel":"email","given":true,"proof":"the form of 3 May"}`,
			status: 200, want: []string{`"consent":[{"channel":"email","given":true,"time":null,"proof":"the form of 3 May"}]`},
			after: func(t *testing.T, w *world) {
				t.Helper()
				require.Equal(t, []event.ConsentBody{{Channel: "email", Given: true, Proof: "the form of 3 May"}}, w.consent)
			},
		},
		{
			name: "consent says whether it was given", method: "POST", target: person + "/consent",
			body: `{"channel":"email"}`, status: 422, want: []string{"given"},
			after: func(t *testing.T, w *world) { t.Helper(); require.Empty(t, w.consent) },
		},
		{name: "no goals is an empty list", method: "GET", target: "/api/v1/goals", status: 200, want: []string{`{"goals":[]}`}},
		{name: "a goal", method: "GET", target: "/api/v1/goals/second-order", status: 200, want: []string{`"arms":[]`}},
		{name: "a goal that is not there", method: "GET", target: "/api/v1/goals/x", status: 404, want: []string{`There is no goal \"x\".`}},
		{name: "definitions are YAML", method: "GET", target: "/api/v1/definition", status: 200, want: []string{"name: Engines\n"}},
		{name: "an endpoint that is not there", method: "GET", target: "/api/v1/unicorns", status: 404, want: []string{"There is no GET /api/v1/unicorns", "openapi.json"}},
		{name: "a body that is no JSON", method: "PUT", target: "/api/v1/workspace/live", body: `{`, status: 400, want: []string{`"status":400`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			got := ask(t, serve(w), test.method, test.target, test.body)
			require.Equal(t, test.status, got.Code, got.Body)
			for _, want := range test.want {
				require.Contains(t, got.Body.String(), want)
			}
			kind := got.Header().Get("Content-Type")
			if test.status >= 400 {
				require.Equal(t, "application/problem+json", kind)
			} else if !strings.HasSuffix(test.target, "definition") {
				require.Equal(t, "application/json", kind)
			}
			require.Equal(t, "no-store", got.Header().Get("Cache-Control"))
			if test.after != nil {
				test.after(t, w)
			}
		})
	}
}

func TestFaultsBecomeStatusesAndCausesStayInTheLog(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk 7 is on fire")
	tests := []struct {
		err    error
		status int
		shown  string
	}{
		{fault.Wrap(fault.Invalid, cause, "That is wrong.").At("query"), 422, "That is wrong."},
		{fault.Wrap(fault.Unauthorized, cause, "Who are you?"), 401, "Who are you?"},
		{fault.Wrap(fault.Conflict, cause, "Not any more."), 409, "Not any more."},
		{fault.Wrap(fault.TooLarge, cause, "Too much."), 413, "Too much."},
		{fault.Wrap(fault.Busy, cause, "Later."), 429, "Later."},
		{fault.Wrap(fault.Transient, cause, "Perhaps."), 502, "Perhaps."},
		{fault.Wrap(fault.Unsupported, cause, "Not here."), 501, "Not here."},
		{fault.Wrap(fault.Internal, cause, "Secret."), 500, "Something went wrong on our side."},
		{cause, 500, "Something went wrong on our side."},
	}
	for _, test := range tests {
		t.Run(test.shown, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			w := newWorld()
			w.broken = test.err
			h := api.New(api.Options{Reports: w, Control: w, Token: token, Log: slog.New(slog.NewJSONHandler(&log, nil))})
			got := ask(t, h, "GET", "/api/v1/people", "")
			require.Equal(t, test.status, got.Code)
			var p api.Problem
			require.NoError(t, json.Unmarshal(got.Body.Bytes(), &p))
			require.Equal(t, test.status, p.Status)
			require.Equal(t, http.StatusText(test.status), p.Title)
			require.True(t, strings.HasPrefix(p.Detail, test.shown), p.Detail)
			require.NotContains(t, got.Body.String(), "fire")
			require.NotContains(t, got.Body.String(), "Secret")
			if test.status == 500 {
				require.Contains(t, log.String(), "fire")
				require.NotEmpty(t, p.Instance)
				require.Contains(t, log.String(), p.Instance, "the log can be searched for what the client was given")
			}
		})
	}
}

func TestBusyAndUnknownCallersAreToldWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	require.Equal(t, "Bearer", ask(t, serve(w), "GET", "/api/v1/people", "", "Authorization", "").Header().Get("WWW-Authenticate"))
	w.broken = fault.New(fault.Busy, "Later.")
	require.Equal(t, "1", ask(t, serve(w), "GET", "/api/v1/people", "").Header().Get("Retry-After"))
}

// panics is a report whose map is a defect.
type panics struct{ *world }

func (panics) Map(context.Context, report.Scope) (report.Map, error) { panic("a defect of ours") }

func TestPanicIsAnswered500AndLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld()
	h := api.New(api.Options{Reports: panics{w}, Control: w, Token: token, Log: slog.New(slog.NewTextHandler(&log, nil))})
	got := ask(t, h, "GET", "/api/v1/map", "")
	require.Equal(t, 500, got.Code)
	require.NotContains(t, got.Body.String(), "defect")
	require.Contains(t, log.String(), "a defect of ours")
	require.Contains(t, log.String(), "api_test.go", "the stack says where")
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld()
	long := strings.Repeat("x", 70<<10)
	got := ask(t, serve(w), "PUT", "/api/v1/workspace/live", `{"live":"everyone","allow":["`+long+`"]}`)
	require.Equal(t, 413, got.Code)
	require.Equal(t, event.Disarmed, w.live)
	require.Equal(t, 422, ask(t, serve(w), "POST", "/api/v1/session", `{"token":"`+long+`"}`).Code)
}

func TestAnswersAreCompressedWhenThatIsWorthIt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	require.Empty(t, ask(t, serve(w), "GET", "/api/v1/goals", "", "Accept-Encoding", "gzip").Header().Get("Content-Encoding"))

	w.allow = []string{strings.Repeat("x", 5000)}
	got := ask(t, serve(w), "GET", "/api/v1/workspace", "", "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", got.Header().Get("Content-Encoding"))
	require.Less(t, got.Body.Len(), 1000)
	unzipped, err := gzip.NewReader(got.Body)
	require.NoError(t, err)
	text, err := io.ReadAll(unzipped)
	require.NoError(t, err)
	require.Contains(t, string(text), w.allow[0])
}

func TestProbesSayWhetherTheFoldHasCaughtUp(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.notReady = fault.New(fault.Busy, "12,000 events are not yet folded.")
	got := ask(t, serve(w), "GET", "/readyz", "", "Authorization", "")
	require.Equal(t, 503, got.Code)
	require.Equal(t, "12,000 events are not yet folded.\n", got.Body.String())
	require.Equal(t, 200, ask(t, serve(w), "GET", "/healthz", "", "Authorization", "").Code, "alive all the same")

	w.notReady = errors.New("a secret")
	require.Equal(t, "not ready\n", ask(t, serve(w), "GET", "/readyz", "").Body.String())

	w.notReady = nil
	got = ask(t, serve(w), "GET", "/readyz", "", "Authorization", "")
	require.Equal(t, 200, got.Code)
	require.Equal(t, "ready\n", got.Body.String())
}

func TestDescriptionIsServedToAnybody(t *testing.T) {
	t.Parallel()
	want, err := api.OpenAPI()
	require.NoError(t, err)
	got := ask(t, serve(newWorld()), "GET", "/openapi.json", "", "Authorization", "")
	require.Equal(t, 200, got.Code)
	require.Equal(t, string(want), got.Body.String())
}

func TestRequestsAreLoggedWithoutTheirQuery(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld()
	h := api.New(api.Options{
		Reports: w, Control: w, Token: token,
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	ask(t, h, "GET", "/api/v1/people?identity=email:ada@example.org", "")
	require.Contains(t, log.String(), "route=\"GET /api/v1/people\" status=200")
	require.NotContains(t, log.String(), "ada@")
}

func TestAWrongMethodIsToldTheRightOnes(t *testing.T) {
	t.Parallel()
	h := serve(newWorld())
	res := ask(t, h, http.MethodDelete, "/api/v1/people", "")
	require.Equal(t, http.StatusMethodNotAllowed, res.Code, res.Body)
	require.Equal(t, "GET", res.Header().Get("Allow"))
	require.Equal(t, http.StatusNotFound, ask(t, h, http.MethodDelete, "/api/v1/nothing", "").Code)
}
