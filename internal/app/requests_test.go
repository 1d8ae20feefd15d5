package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requestPage is what of a request's page the tests look at.
type requestPage struct {
	ID, Person, Owner, Outcome, Subject, Channel string
	Due, Closed                                  *string
	Thread                                       []struct{ Who, By, Channel, Text string }
}

func (k *talk) requests(query string) (list struct {
	Requests []requestPage
	Total    int
	Owners   []string
},
) {
	k.t.Helper()
	require.Equal(k.t, http.StatusOK, k.call(http.MethodGet, "/api/v1/requests"+query, nil, &list))
	return list
}

func TestARequestIsAssignedAnsweredOnThePersonsChannelAndClosed(t *testing.T) {
	k := newTalk(t)
	k.say("sms", "I have a complaint", "", "")
	k.say("sms", "2", "", "")
	require.Equal(t, "Thank you. Somebody will answer you today.", k.say("sms", "It came broken", "", ""))

	list := k.requests("")
	require.Len(t, list.Requests, 1)
	r := list.Requests[0]
	require.Contains(t, r.Subject, "I have a complaint")
	at := "/api/v1/requests/" + r.Person + "/" + r.ID
	act := func(body map[string]string) (page requestPage) {
		t.Helper()
		require.Equal(t, http.StatusOK, k.call(http.MethodPost, at, body, &page))
		return page
	}
	require.Equal(t, "eve", act(map[string]string{"act": "assigned", "owner": "eve", "by": "eve"}).Owner)
	act(map[string]string{"act": "noted", "text": "Second time this month.", "by": "eve"})
	require.Equal(t, http.StatusUnprocessableEntity, k.call(http.MethodPost, at, map[string]string{"act": "answered"}, nil))
	page := act(map[string]string{"act": "answered", "text": "Dear {{ first_name }}, a new one is on its way.", "by": "eve"})
	require.Nil(t, page.Due)
	var said []string
	for _, u := range page.Thread {
		said = append(said, u.Who+": "+u.Text)
	}
	require.Contains(t, said, "customer: It came broken")
	require.Contains(t, said, "note: Second time this month.")
	require.Contains(t, said, "colleague: Dear Ada, a new one is on its way.")
	require.Contains(t, strings.Join(said, "\n"), `what: "It came broken"`, "the whole context is handed over")

	require.NotNil(t, act(map[string]string{"act": "closed", "outcome": "replaced"}).Closed)
	require.Equal(t, http.StatusConflict, k.call(http.MethodPost, at, map[string]string{"act": "answered", "text": "and?"}, nil))
	require.Empty(t, k.requests("").Requests)
	require.Equal(t, "replaced", k.requests("?status=closed").Requests[0].Outcome)
}

func TestAConversationIsSimulatedOnSeveralChannelsAndTouchesNobody(t *testing.T) {
	k := newTalk(t)
	var played struct {
		Plays []struct {
			Channel, Outcome string
			Lines            []struct{ Who, Text string }
		}
	}
	say := func(words ...string) (out []map[string]string) {
		for _, w := range words {
			out = append(out, map[string]string{"text": w})
		}
		return out
	}
	require.Equal(t, http.StatusOK, k.call(http.MethodPost, "/api/v1/conversations/change-plan/simulate", map[string]any{
		"plays": []any{
			map[string]any{"channel": "web", "said": []map[string]string{{"choice": "large"}, {"text": "tomorrow"}, {"choice": "yes"}}},
			map[string]any{"channel": "sms", "said": say("2", "tomorrow", "yes")},
			map[string]any{"channel": "voice", "said": []map[string]string{{"keys": "2"}, {"text": "tomorrow"}, {"keys": "1"}}},
			map[string]any{"channel": "email", "said": say("Large plan\n\n> 1. Small plan", "tomorrow", "yes")},
		},
		"traits": map[string]string{"first_name": "Bob"},
	}, &played))
	require.Len(t, played.Plays, 4)
	for _, p := range played.Plays {
		require.Equal(t, "changed", p.Outcome, p.Channel)
	}
	require.Contains(t, played.Plays[1].Lines[1].Text, "Hello Bob.")
	require.Empty(t, k.system.done, "nothing was asked of the company's system")
	var letters struct{ Letters []any }
	k.call(http.MethodGet, "/api/v1/simulator/letters", nil, &letters)
	require.Empty(t, letters.Letters)
}

func TestADraftIsDrawnCheckedAndAppliedWithItsTests(t *testing.T) {
	k := newTalk(t)
	var page struct {
		Source, Definitions, Base string
		Problems                  []struct {
			Line int
			What string
		}
		Steps []struct {
			ID, Deed string
			Line     int
			Leads    []struct{ To, Why string }
		}
		Tests []struct{ Name, Diff string }
	}
	require.Equal(t, http.StatusOK, k.call(http.MethodGet, "/api/v1/conversations/change-plan", nil, &page))
	require.Len(t, page.Steps, 11)
	require.Len(t, page.Tests, 5)
	draft := strings.Replace(page.Source, "From which day on?", "And from which day on?", 1)
	require.Equal(t, http.StatusOK, k.call(http.MethodPost, "/api/v1/conversations/change-plan/draft", map[string]string{"source": draft}, &page))
	require.Empty(t, page.Problems)
	require.Contains(t, page.Tests[0].Diff, "  - > From which day on?\n  + > And from which day on?")
	require.Equal(t, http.StatusOK, k.call(http.MethodPost, "/api/v1/definitions", map[string]string{"yaml": page.Definitions, "base": page.Base}, nil))
	k.say("sms", "change my plan", "", "")
	require.Contains(t, k.say("sms", "1", "", ""), "And from which day on?")

	require.Equal(t, http.StatusOK, k.call(http.MethodPost, "/api/v1/conversations/change-plan/draft", map[string]string{"source": strings.Replace(draft, "go: change}", "go: chance}", 1)}, &page))
	require.NotEmpty(t, page.Problems)
}

func TestTheParityReportSaysWhatCannotBeDoneWhereAndWherePeopleStop(t *testing.T) {
	k := newTalk(t)
	k.say("sms", "where is my order", "", "")
	k.say("sms", "1234", "", "")
	k.say("web", "change my plan", "", "")
	k.say("web", "never mind", "", "")
	var parity struct {
		Channels []string
		Tasks    []struct {
			ID    string
			Cells []struct {
				Channel                         string
				Available                       bool
				People, Done, Left, Tests, Same int
			}
			Steps []struct {
				Step             string
				Reached, Dropped int
			}
		}
		Gaps []struct {
			Task, Channel, Sentence string
			People                  int
		}
	}
	require.Equal(t, http.StatusOK, k.call(http.MethodGet, "/api/v1/parity", nil, &parity))
	require.Contains(t, parity.Channels, "voice")
	for _, task := range parity.Tasks {
		for _, c := range task.Cells {
			require.True(t, c.Available)
			require.Equal(t, c.Tests, c.Same, "%s by %s comes to the same outcome", task.ID, c.Channel)
		}
	}
	require.Equal(t, "plan", parity.Tasks[0].Steps[0].Step)
	require.Equal(t, 1, parity.Tasks[0].Steps[0].Dropped)
	require.Equal(t, []string{"change-plan", "web"}, []string{parity.Gaps[0].Task, parity.Gaps[0].Channel})
}
