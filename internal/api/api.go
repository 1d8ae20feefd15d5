// Package api is the admin side of Rapport over HTTP: the JSON API under
// /api/v1, sessions for the console, the console itself, and the two probes.
//
// It asks and commands through two small interfaces, [Reports] and [Control],
// and knows nothing of how they are met. Errors become status codes in one
// place, problem.go; what is not classified by package fault is logged and
// shown to nobody. Authentication is a bearer token or a session cookie got for
// that token.
package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/klauspost/compress/gzhttp"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
)

// Reports answers the console's questions. Errors are faults; NotFound for a
// person or goal that is not there.
type Reports interface {
	Workspace(ctx context.Context) (report.Workspace, error)
	Map(ctx context.Context, of report.Scope) (report.Map, error)
	Loop(ctx context.Context, of report.Scope) (report.Loop, error)

	// People with Filter.Identity set is a direct look-up: it finds a person as
	// soon as they are folded, and no people is not an error.
	People(ctx context.Context, f report.Filter) (report.People, error)

	Person(ctx context.Context, id person.ID) (report.Person, error)
	Timeline(ctx context.Context, id person.ID, limit int, cursor string) (report.Timeline, error)
	Why(ctx context.Context, id person.ID) (report.Why, error)
	Goals(ctx context.Context) ([]report.GoalRow, error)
	Goal(ctx context.Context, id string) (report.Goal, error)
	Journeys(ctx context.Context) ([]report.JourneyRow, error)
	Journey(ctx context.Context, id string) (report.Journey, error)
	Trials(ctx context.Context) ([]report.TrialRow, error)
	Trial(ctx context.Context, id string) (report.Trial, error)
}

// Control changes things. A method returns once its change is durable and
// folded, so that the next read shows it.
type Control interface {
	// SetLive replaces who may be sent to.
	SetLive(ctx context.Context, live event.Live, allow []string) error

	// SetAsOf sets the workspace's clock; the zero instant is now.
	SetAsOf(ctx context.Context, asOf event.Instant) error

	// SetConsent records what a person said.
	SetConsent(ctx context.Context, id person.ID, consent event.ConsentBody) error

	// Definition returns the definitions in force, as YAML.
	Definition(ctx context.Context) ([]byte, error)

	// Ready returns nil once the fold has caught up with what the journal held at
	// start, and until then a fault whose message says how far it is.
	Ready(ctx context.Context) error
}

// Options is what New needs.
type Options struct {
	Reports Reports
	Control Control

	// Accounts answers questions about companies and households.
	Accounts Accounts

	// Catalogue is what events and messages refer to.
	Catalogue Catalogue

	// Sources is the list of sources and their write keys, Figures what arrives of
	// them, Letters what was refused of it, and Live all of it as it arrives.
	// Webhooks tries how bodies would be read.
	Sources  Sources
	Figures  Figures
	Letters  Letters
	Live     Live
	Webhooks Webhooks

	// Pulls fetch rows from databases. Nil: there are none.
	Pulls Pulls

	// Segments answers who belongs together, and how far that is computed.
	Segments Segments

	// States answers where relationships are believed to stand; Models are what
	// believes it.
	States States
	Models Models

	// Previews answers whom a rule would mean.
	Previews Previews

	// Definitions are the versions of the definitions.
	Definitions Definitions

	// Identities tells who is who. Nil: the endpoints say that they are not there.
	Identities Identities

	// Resends lets deliveries go out once more. Nil: the endpoint says that it cannot.
	Resends Resends

	// Erasures erase people. Nil: the endpoints say that they cannot.
	Erasures Erasures

	// Settings are what is set for the whole workspace.
	Settings Settings

	// Simulator takes the place of providers where there is no account.
	Simulator Simulator

	// Decisions are explained, and levers moved.
	Decisions Decisions

	// Questions are asked of the archive.
	Questions Questions

	// Requests are what people have to see to, and Conversations the dialogues that are
	// defined.
	Requests      Requests
	Conversations Conversations

	// Messages are what the company says.
	Messages Messages

	// Rehearsals plays simulated companies.
	Rehearsals Rehearsals

	// Events takes imports: POST /api/v1/events. It bounds its own bodies. Nil:
	// there is no such endpoint.
	Events http.Handler

	// Console is the built console. Without an index.html in it, a page says how
	// to build it. Nil is the same.
	Console fs.FS

	// Token is the admin token. Empty, with Open false, lets nobody in.
	Token string

	// Open lets everybody in who reaches the server by a loopback name. It is for
	// the demo, and only when that listens on loopback.
	Open bool

	// Log defaults to one that discards.
	Log *slog.Logger

	// Now is the clock by which sessions expire. Defaults to time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

const (
	maxBody     = 64 << 10 // of a JSON request, in bytes
	gzipMinimum = 1 << 10  // smaller answers are not worth compressing, in bytes
)

// New returns the handler of everything but the tracking API.
func New(o Options) http.Handler {
	o = o.withDefaults()
	b := boundary{log: o.Log}
	s := newSessions(o)

	endpoints := http.NewServeMux()
	register(humago.New(endpoints, config()), o, b)
	spec := specification()
	endpoints.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(spec) // the client left; nothing to do
	})
	endpoints.HandleFunc("GET "+definitionSchemaPath, definitionSchema)
	endpoints.HandleFunc("POST "+sessionPath, b.handle(s.open))
	endpoints.HandleFunc("DELETE "+sessionPath, b.handle(s.close))
	if o.Live != nil {
		endpoints.HandleFunc("GET "+livePath, b.handle(live{o.Live}.serve))
	}
	if o.Events != nil {
		endpoints.Handle("POST /api/v1/events", o.Events)
	}
	endpoints.HandleFunc(anyEndpoint, b.handle(noEndpoint(endpoints)))

	mux := http.NewServeMux()
	mux.Handle("/api/", b.protect(o.Open, s.require(b, endpoints)))
	mux.Handle("GET /openapi.json", endpoints)
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", ready(o.Control))
	mux.Handle("/", newConsole(o.Console))
	return b.observe(compress(mux))
}

// OpenAPI returns the description of the API as OpenAPI 3.1 in JSON: the same
// bytes each time.
func OpenAPI() ([]byte, error) {
	return specification(), nil
}

// compress answers in gzip to those who take it, when that is worth it: not to
// those who watch, for it would wait until there is enough to compress.
func compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(gzipMinimum))
	if err != nil {
		panic("api: gzip options: " + err.Error())
	}
	zipped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == livePath {
			next.ServeHTTP(w, r)
			return
		}
		zipped.ServeHTTP(w, r)
	})
}

// config turns off what huma would serve by itself: its documentation page
// loads scripts from elsewhere, and schema links belong to public APIs.
func config() huma.Config {
	c := huma.DefaultConfig("Rapport", "1")
	c.Info.Description = "The admin API of Rapport: what the console and operators' tools call. " +
		"Times are RFC 3339, null for never. Amounts are whole millionths of a currency unit."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()}
	c.Transformers = []huma.Transformer{asProblem}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "the admin token"},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "what POST " + sessionPath + " sets"},
	}
	c.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	aliasTypes(c.Components.Schemas)
	return c
}
