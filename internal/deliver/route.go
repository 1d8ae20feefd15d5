package deliver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
)

// Namer is a channel that can say how the other side calls a letter it took.
type Namer interface {
	Channel

	// SendNamed is Send. by names the letter at the other side, for people who ask
	// there; it may be empty.
	SendNamed(ctx context.Context, l Letter) (by string, err error)
}

// Route is a channel that several providers carry. A letter goes to the first of
// them that takes it:
//
//   - what one puts off, or cannot be reached for, goes to the next;
//   - what one refuses for good, or may have taken, goes to no other: a second
//     provider must not send what the first perhaps sent;
//   - one that fails again and again is left alone for a while, and then tried
//     with one letter (a circuit breaker);
//   - one that is paced is waited for;
//   - one whose limits leave no turn is passed over, but for letters that have one.
type Route struct {
	id      string
	outlets []*outlet
}

// NewRoute returns the channel id, carried by providers, the one to be tried first
// first. now is the wall clock by which they are paced.
func NewRoute(id string, now func() time.Time, providers ...Provider) *Route {
	r := &Route{id: id}
	for _, p := range providers {
		r.outlets = append(r.outlets, &outlet{Provider: p, now: now})
	}
	return r
}

// ID implements Channel.
func (r *Route) ID() string { return r.id }

// Send implements Channel.
func (r *Route) Send(ctx context.Context, l Letter) error {
	_, err := r.SendNamed(ctx, l)
	return err
}

// SendNamed implements Namer. by begins with the provider's id.
func (r *Route) SendNamed(ctx context.Context, l Letter) (by string, err error) {
	var put error // why the letter was put off so far
	taken := false
	for _, o := range r.inTurn(l.Via) {
		if o.Takes != nil && !o.Takes(l.To) {
			continue
		}
		taken = true
		opens, ok := o.admit()
		if !ok {
			put = errors.Join(put, fault.New(fault.Transient, "%s failed again and again and rests until %s", o.ID, opens.UTC().Format(time.TimeOnly)))
			continue
		}
		name, err := o.send(ctx, l)
		if !fault.Is(err, fault.Transient) || IsUnknown(err) {
			return strings.TrimSpace(o.ID + " " + name), err
		}
		put = errors.Join(put, err)
		if ctx.Err() != nil {
			break
		}
	}
	if !taken {
		return "", fault.New(fault.Invalid, "no provider of %s takes this kind of address", r.id)
	}
	return "", put
}

// inTurn are the outlets in the order in which they are tried: the one whose turn was
// taken comes first.
func (r *Route) inTurn(via string) []*outlet {
	i := slices.IndexFunc(r.outlets, func(o *outlet) bool { return via != "" && o.ID == via })
	if i <= 0 {
		return r.outlets
	}
	return slices.Concat(r.outlets[i:i+1], r.outlets[:i], r.outlets[i+1:])
}

func (o *outlet) send(ctx context.Context, l Letter) (name string, err error) {
	err = o.mayPass(l)
	if err == nil {
		err = o.wait(ctx)
	}
	if err != nil {
		o.pass()
		return "", err
	}
	if n, ok := o.Channel.(Namer); ok {
		name, err = n.SendNamed(ctx, l)
	} else {
		err = o.Channel.Send(ctx, l)
	}
	o.learn(fault.Is(err, fault.Transient) || IsUnknown(err))
	return name, err
}

// pass gives a place back that nothing was tried with.
func (o *outlet) pass() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mu.trying = false
}
