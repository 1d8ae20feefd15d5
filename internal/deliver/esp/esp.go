// Package esp reads what providers of e-mail tell of letters that went out by
// them: the event webhooks of Amazon SES (by SNS), SendGrid and Postmark. Letters
// carry their ref in the provider's own header; see email.Tag.
//
// The providers sign in different ways, and one not at all, so the address of the
// webhook ends in a secret that only they are given.
package esp

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options configure a Handler. All are required.
type Options struct {
	Provider string // "ses", "sendgrid" or "postmark"
	Key      string // the last part of the address: /events/KEY
	Inbox    deliver.Inbox
}

// New returns a handler of POST /events/KEY.
func New(opts Options) (http.Handler, error) {
	read, ok := map[string]func(context.Context, []byte) ([]deliver.Report, error){"ses": ses, "sendgrid": sendGrid, "postmark": postmark}[opts.Provider]
	if !ok {
		return nil, fault.New(fault.Invalid, "events of %q cannot be read; use one of: postmark, sendgrid, ses", opts.Provider)
	}
	if len(opts.Key) < 16 || opts.Inbox == nil {
		return nil, fault.New(fault.Invalid, "the events_key must be a secret of 16 characters or more")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := strings.CutPrefix(r.URL.Path, "/events/")
		if r.Method != http.MethodPost || !ok || subtle.ConstantTimeCompare([]byte(key), []byte(opts.Key)) != 1 {
			http.NotFound(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusBadRequest)
			return
		}
		reports, err := read(r.Context(), body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := tell(r.Context(), opts.Inbox, reports); err != nil {
			http.Error(w, "not now", http.StatusServiceUnavailable) // all comes again, and counts once
		}
	}), nil
}

func tell(ctx context.Context, inbox deliver.Inbox, reports []deliver.Report) error {
	var errs []error
	for _, r := range reports {
		r.Channel = "email"
		if err := inbox.Report(ctx, r); err != nil && !fault.Is(err, fault.Invalid) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// ses reads https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html.
func ses(ctx context.Context, body []byte) ([]deliver.Report, error) {
	var envelope struct {
		Type         string `json:"Type"`
		Message      string `json:"Message"`
		SubscribeURL string `json:"SubscribeURL"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body is not JSON as SNS sends it")
	}
	if envelope.Type == "SubscriptionConfirmation" {
		return nil, confirm(ctx, envelope.SubscribeURL)
	}
	var m struct {
		EventType string `json:"eventType"`
		Kind      string `json:"notificationType"`
		Mail      struct {
			Tags map[string][]string `json:"tags"`
		} `json:"mail"`
		Bounce struct {
			Type string    `json:"bounceType"`
			Sub  string    `json:"bounceSubType"`
			At   time.Time `json:"timestamp"`
		} `json:"bounce"`
		Complaint struct {
			Type string    `json:"complaintFeedbackType"`
			At   time.Time `json:"timestamp"`
		} `json:"complaint"`
		Delivery struct {
			At time.Time `json:"timestamp"`
		} `json:"delivery"`
		Open struct {
			At time.Time `json:"timestamp"`
		} `json:"open"`
	}
	if err := json.Unmarshal([]byte(envelope.Message), &m); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the notification is not JSON as SES sends it")
	}
	r := deliver.Report{}
	if refs := m.Mail.Tags["ref"]; len(refs) == 1 {
		r.Ref = refs[0]
	}
	kind := m.EventType
	if kind == "" {
		kind = m.Kind
	}
	switch kind {
	case "Bounce":
		r.Outcome, r.Detail, r.At = event.Lost, strings.TrimSpace(m.Bounce.Type+" "+m.Bounce.Sub), instant(m.Bounce.At)
		if m.Bounce.Type == "Permanent" {
			r.Outcome = event.Bounced
		}
	case "Complaint":
		r.Outcome, r.Detail, r.At = event.Complained, m.Complaint.Type, instant(m.Complaint.At)
	case "Delivery":
		r.Outcome, r.At = event.Delivered, instant(m.Delivery.At)
	case "Open":
		r.Outcome, r.At = event.Opened, instant(m.Open.At)
	default: // sent, or a click, of which we know ourselves
		return nil, nil
	}
	return []deliver.Report{r}, nil
}

// confirm calls back as SNS asks a new address to, at Amazon and nowhere else.
func confirm(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Hostname(), ".amazonaws.com") {
		return fault.New(fault.Invalid, "the subscription is not one of Amazon's")
	}
	client := http.Client{Timeout: 10 * time.Second}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the subscription cannot be confirmed")
	}
	resp, err := client.Do(req)
	if err != nil {
		return fault.Wrap(fault.Transient, err, "the subscription cannot be confirmed")
	}
	return resp.Body.Close()
}

// sendGrid reads https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event.
func sendGrid(_ context.Context, body []byte) ([]deliver.Report, error) {
	var list []struct {
		Event   string `json:"event"`
		Ref     string `json:"ref"`
		At      int64  `json:"timestamp"`
		Type    string `json:"type"`
		Reason  string `json:"reason"`
		Machine bool   `json:"sg_machine_open"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body is not JSON as SendGrid sends it")
	}
	var out []deliver.Report
	for _, e := range list {
		r := deliver.Report{Ref: e.Ref, At: instant(time.Unix(e.At, 0)), Machine: e.Machine}
		switch e.Event {
		case "delivered":
			r.Outcome = event.Delivered
		case "bounce":
			r.Outcome, r.Detail = event.Bounced, e.Reason
			if e.Type == "blocked" {
				r.Outcome = event.Lost
			}
		case "dropped":
			r.Outcome, r.Detail = event.Lost, e.Reason
		case "spamreport":
			r.Outcome = event.Complained
		case "open":
			r.Outcome = event.Opened
		default:
			continue
		}
		out = append(out, r)
	}
	return out, nil
}

// postmark reads https://postmarkapp.com/developer/webhooks/webhooks-overview.
func postmark(_ context.Context, body []byte) ([]deliver.Report, error) {
	var e struct {
		RecordType string            `json:"RecordType"`
		Type       string            `json:"Type"`
		Metadata   map[string]string `json:"Metadata"`
		Details    string            `json:"Details"`
		Bounced    time.Time         `json:"BouncedAt"`
		Delivered  time.Time         `json:"DeliveredAt"`
		Received   time.Time         `json:"ReceivedAt"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body is not JSON as Postmark sends it")
	}
	r := deliver.Report{Ref: e.Metadata["ref"]}
	switch e.RecordType {
	case "Bounce":
		r.Outcome, r.Detail, r.At = event.Lost, e.Type, instant(e.Bounced)
		if e.Type == "HardBounce" || e.Type == "BadEmailAddress" {
			r.Outcome = event.Bounced
		}
	case "SpamComplaint":
		r.Outcome, r.At = event.Complained, instant(e.Bounced)
	case "Delivery":
		r.Outcome, r.At = event.Delivered, instant(e.Delivered)
	case "Open":
		r.Outcome, r.At = event.Opened, instant(e.Received)
	default:
		return nil, nil
	}
	return []deliver.Report{r}, nil
}

func instant(t time.Time) event.Instant {
	if t.Unix() <= 0 {
		return 0
	}
	return event.InstantOf(t)
}
