package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/slots"
)

// newSlots makes the desk that says what to show.
func (a *App) newSlots() *slots.Desk {
	return slots.New(slots.Options{
		Appender: a, Caller: a.tracking.Caller, Refuse: a.tracking.Refuse, Verify: a.verifyUser, Known: a.signedIn, Definitions: a.Definitions, Links: a.links,
		Now: a.opts.Now, Speed: a.opts.Speed, Busy: a.busy, Log: a.opts.Logger,
	})
}

// signedIn reports whether the record under id leads to somebody with a user id.
func (a *App) signedIn(ctx context.Context, id person.ID) (bool, error) {
	owner, err := inboxes{reading{a.data.State, a.proc, a.opts.Now}}.Person(ctx, id)
	return owner.Known, err
}

// shown is called by the fold's goroutines.
func (a *App) shown(p person.ID, choice *event.ChoiceBody) { a.slots.Shown(p, choice) }

// verifyUser checks the hash of a user id: HMAC-SHA256 by the identity key, RFC 2104,
// in hex.
func (a *App) verifyUser(userID, hash string) error {
	const how = "send userHash: the hex HMAC-SHA256 of the userId by the identity key, which the settings show; make it on your server, never in the browser"
	if hash == "" {
		return fault.New(fault.Unauthorized, "userHash is missing, without which anybody could say that they are this user; "+how).At("userHash")
	}
	got, err := hex.DecodeString(hash)
	m := hmac.New(sha256.New, []byte(a.identity))
	m.Write([]byte(userID))
	if err != nil || !hmac.Equal(got, m.Sum(nil)) {
		return fault.New(fault.Unauthorized, "userHash is not that of this userId; "+how).At("userHash")
	}
	return nil
}

// serveSlots are the places of mux at which slots ask.
func (a *App) serveSlots(mux *http.ServeMux) {
	mux.HandleFunc("/v1/decide", a.slots.Decide)
	mux.HandleFunc("/v1/served", a.slots.Served)
}
