package profile

import (
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// AddressKind is the kind of identity by which people are reached on a channel;
// empty for channels on which the company knows people by its own ids.
func AddressKind(channel string) person.Kind {
	switch channel {
	case "email":
		return person.Email
	case "sms", "whatsapp", "voice":
		return person.Phone
	case "push":
		return person.DeviceToken
	case "web-push", "slack", "telegram":
		return person.External + person.Kind(channel)
	default:
		return ""
	}
}

// SuppressionKey is under which an address is suppressed on a channel: a number
// that no text message reaches may still be called.
func SuppressionKey(channel, address string) string {
	if AddressKind(channel) == person.Phone {
		return channel + ":" + address
	}
	return address
}

// SuppressedOn returns why nothing is sent to address on a channel any more.
func (p *Person) SuppressedOn(channel, address string) (Suppressed, bool) {
	s, ok := p.Suppressed[SuppressionKey(channel, address)]
	return s, ok
}

// Address returns where p is reached on a channel: by the trait of that name, else
// the identity that was met last and is not suppressed, for devices change their
// tokens; on channels that a company resolves itself, the strongest identity.
func (p *Person) Address(channel string) string {
	kind := AddressKind(channel)
	if kind == "" {
		for _, k := range []person.Kind{person.UserID, person.AnonymousID} {
			if v := p.identity(k); v != "" {
				return v
			}
		}
		return ""
	}
	if kind == person.Email || kind == person.Phone {
		if a := person.NewIdentity(kind, p.Trait(string(kind))); a.Value != "" {
			return a.Value
		}
	}
	if kind == person.Email { // as it always was: what is folded must not change
		return p.identity(kind)
	}
	return p.latest(kind)
}

func (p *Person) identity(k person.Kind) string {
	for _, i := range p.Identities {
		if i.Kind == k {
			return i.Value
		}
	}
	return ""
}

// latest is the identity of kind k that was met last. One that bounced is
// returned when there is no other, so that the gate can say why it is not used.
func (p *Person) latest(k person.Kind) string {
	var best string
	var when event.Instant
	for n, i := range p.Identities {
		if i.Kind != k {
			continue
		}
		var at event.Instant
		if n < len(p.Met) {
			at = max(p.Met[n].First, p.Met[n].Last)
		}
		if _, gone := p.Suppressed[i.Value]; gone {
			at = -1
		}
		if best == "" || at > when {
			best, when = i.Value, at
		}
	}
	return best
}
