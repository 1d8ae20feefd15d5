package app

import (
	"context"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/links"
	"github.com/rapporthq/rapport/internal/message/lint"
)

// LinkReport is what became of the addresses in messages.
type LinkReport struct {
	Looked   int            // addresses that were called
	Personal int            // that are filled in for each person, and were not
	Left     int            // that there are too many of
	Findings []lint.Finding // of those that lead nowhere
}

// longestLook is how long all addresses together are waited for.
const longestLook = 2 * time.Minute

// CheckLinks calls the addresses in the messages of ws, each once.
func CheckLinks(ctx context.Context, ws *definition.Workspace, opts links.Options) LinkReport {
	ctx, cancel := context.WithTimeout(ctx, longestLook)
	defer cancel()
	var out LinkReport
	var addresses []string
	places := map[string][]lint.Link{}
	for _, m := range ws.AllMessages() {
		all, personal := lint.Links(m)
		out.Personal += personal
		for _, l := range all {
			if places[l.URL] == nil {
				addresses = append(addresses, l.URL)
			}
			places[l.URL] = append(places[l.URL], l)
		}
	}
	var found []links.Found
	found, out.Left = links.Look(ctx, addresses, opts)
	out.Looked = len(found)
	for _, f := range found {
		if f.Problem == "" {
			continue
		}
		for _, l := range places[f.URL] {
			out.Findings = append(out.Findings, l.Dead(f.Problem))
		}
	}
	return out
}

// Links implements api.Messages.
func (m messages) Links(ctx context.Context) (api.LinkReport, error) {
	ws, err := m.compiled(ctx, "current")
	if err != nil {
		return api.LinkReport{}, err
	}
	r := CheckLinks(ctx, ws, links.Options{})
	return api.LinkReport{Looked: r.Looked, Personal: r.Personal, Left: r.Left, Findings: api.Findings(r.Findings)}, nil
}
