package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/sim"
)

// campaign writes to everybody who has an account, every so often from day 40
// on, and tells what came of it in the 60 days from then.
func campaign(t *testing.T, every time.Duration, kind string) (truth sim.Truth, answers map[event.Outcome]int, tagged, withdrawn int) {
	t.Helper()
	c := company(1, 1200)
	accounts := map[string]string{}
	answers = map[event.Outcome]int{}
	begin, end := monday.Add(40*day), monday.Add(100*day)
	n := 0
	letters := map[string]bool{}
	next := begin
	var order []string
	for now := monday; now < end; {
		now = now.Add(3 * time.Hour)
		for _, e := range c.Step(now) {
			if mail := gjson.GetBytes(e.Traits, "email").Str; mail != "" && accounts[e.UserID] == "" && now <= begin {
				accounts[e.UserID] = mail
				order = append(order, e.UserID)
			}
			if e.Kind == event.Receipt {
				r, err := event.Unpack[event.ReceiptBody](e)
				require.NoError(t, err)
				require.True(t, letters[r.Delivery])
				if !r.Machine {
					answers[r.Outcome]++
				}
			}
			if d := gjson.GetBytes(e.Context, "rapport_delivery").Str; d != "" {
				require.True(t, letters[d], "%s answers a letter that was never sent", e.MessageID)
				tagged++
			}
			if v := gjson.GetBytes(e.Traits, "consent.email"); v.Exists() && !v.Bool() {
				withdrawn++
			}
		}
		if every == 0 || now < next || now < begin {
			continue
		}
		next = now.Add(every)
		for _, user := range order {
			n++
			l := sim.Letter{Delivery: fmt.Sprint("dlv-", n), Channel: "email", To: accounts[user], Kind: kind, Appeal: []string{"ethos", "logos", "pathos"}[n%3]}
			letters[l.Delivery] = true
			require.True(t, c.Receive(l, now))
		}
	}
	windows := make([]sim.Window, len(order))
	for i, user := range order {
		windows[i] = sim.Window{UserID: user, From: begin, Until: end}
	}
	return c.Truth(windows), answers, tagged, withdrawn
}

func TestSilenceIsTheTruthWithoutLetters(t *testing.T) {
	t.Parallel()
	truth, answers, tagged, _ := campaign(t, 0, "")
	require.Zero(t, truth.Effect)
	require.Zero(t, truth.Reached)
	require.Positive(t, truth.Lived)
	require.Empty(t, answers)
	require.Zero(t, tagged)
}

func TestAFewLettersHelp(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"education", "information", "offer"} {
		truth, answers, tagged, withdrawn := campaign(t, 21*day, kind)
		require.Greater(t, truth.Effect, 2*truth.StandardError, "%s: %+v", kind, truth)
		require.Equal(t, truth.People, truth.Reached)
		require.Greater(t, answers[event.Opened], answers[event.Clicked])
		require.Equal(t, answers[event.Clicked], tagged, "a click is a visit that names its letter")
		require.Less(t, withdrawn, truth.People/20)
	}
}

func TestTooManyLettersHarm(t *testing.T) {
	t.Parallel()
	truth, answers, _, withdrawn := campaign(t, day, "question")
	require.Less(t, truth.Effect, -2*truth.StandardError, "%+v", truth)
	require.Positive(t, answers[event.Complained])
	require.Greater(t, withdrawn, truth.People/5)
}

func TestLettersToStrangersAreRefused(t *testing.T) {
	t.Parallel()
	require.False(t, company(1, 10).Receive(sim.Letter{To: "nobody@example.com"}, monday))
}

func TestPeopleWithoutLettersLiveAsInTheOtherWorld(t *testing.T) {
	t.Parallel()
	c := company(5, 300)
	var with, without []sim.Window
	end := monday.Add(120 * day)
	for now := monday; now < end; {
		now = now.Add(12 * time.Hour)
		for _, e := range c.Step(now) {
			mail := gjson.GetBytes(e.Traits, "email").Str
			if mail == "" {
				continue
			}
			w := sim.Window{UserID: e.UserID, From: monday, Until: end}
			if e.UserID[len(e.UserID)-1]%2 == 0 {
				with = append(with, w)
				require.True(t, c.Receive(sim.Letter{Delivery: e.MessageID, Channel: "email", To: mail, Kind: "offer"}, now))
			} else {
				without = append(without, w)
			}
		}
	}
	require.Greater(t, len(without), 30)
	truth := c.Truth(without)
	require.Zero(t, truth.Reached)
	require.Zero(t, truth.Effect)
	require.Zero(t, truth.StandardError)
	require.NotZero(t, c.Truth(with).Effect)
}
