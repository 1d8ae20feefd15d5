package engine

import (
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// A delivery of unknown outcome may have arrived. What people are owed is sent again
// where whoever takes it knows it by its key, so that twice counts once; all else,
// and everywhere else, it is left at that.
const (
	mostRepeats   = 5
	repeatBackoff = 30 * time.Second
)

// knowsKeys reports whether who takes what goes out by a channel is told a key that is
// the same whenever the same delivery comes again. Of the protocols spoken only our
// own webhook has one, its webhook-id: SMTP, SMPP and the carriers' APIs take a
// second request for a second letter.
func knowsKeys(channel string) bool { return channel == "webhook" }

// repeat puts d, of which it is not known whether it arrived, back into the outbox if
// it may be sent again.
func (env *Env) repeat(p *profile.Person, d profile.Delivery, body *event.ReceiptBody) bool {
	program := env.Defs.Program(d.Goal)
	if body.Outcome != event.Unknown || d.Reply != nil || program == nil || !program.Transactional || !knowsKeys(d.Channel) || d.Tries+1 >= mostRepeats {
		return false
	}
	d.Tries++
	d.Phase, d.Session, d.Grant, d.After = profile.Queued, "", nil, env.Now.Add(repeatBackoff<<d.Tries)
	p.Untouch(d.ID) // it is a touch again when it is granted again
	p.PutDelivery(d)
	return true
}
