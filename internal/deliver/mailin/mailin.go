// Package mailin takes in mail that comes back: what could not be delivered
// (delivery status notifications, RFC 3464), what was marked as spam (feedback
// reports, RFC 5965), and what people answer.
//
// Which letter it is about is in the address that it came to, behind a plus sign,
// or in the Message-ID that it answers or encloses: both hold the letter's ref.
package mailin

import (
	"bytes"
	"context"
	"net/mail"
	"strings"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Take tells inbox of a mail that came to the mailbox to. Its errors are those of
// inbox, and fault.Invalid for what is no mail, or concerns nobody.
func Take(ctx context.Context, inbox deliver.Inbox, to string, raw []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the mail cannot be read")
	}
	parts := split(part{kind: m.Header.Get("Content-Type"), encoding: m.Header.Get("Content-Transfer-Encoding"), body: body(m)}, 0)
	ref := refOf(to)
	if ref == "" {
		ref = refOf(lastWord(m.Header.Get("In-Reply-To")))
	}
	if ref == "" {
		ref = refOf(lastWord(m.Header.Get("References")))
	}
	at := event.Instant(0)
	if t, err := m.Header.Date(); err == nil {
		at = event.InstantOf(t)
	}
	for _, p := range parts {
		switch p.media {
		case "message/delivery-status":
			return bounce(ctx, inbox, firstOf(ref, enclosed(parts)), p, at)
		case "message/feedback-report":
			return complaint(ctx, inbox, firstOf(enclosed(parts), ref), p, at)
		}
	}
	if automatic(m.Header) {
		return fault.New(fault.Invalid, "a machine answered")
	}
	from, err := mail.ParseAddress(m.Header.Get("From"))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the mail says not who wrote it")
	}
	subject, err := words.DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = m.Header.Get("Subject")
	}
	return inbox.Hear(ctx, deliver.Heard{
		Channel: "email", From: from.Address, Subject: readable(subject), Text: readable(Said(textOf(parts))), ID: readable(strings.Trim(m.Header.Get("Message-ID"), "<> ")), Ref: ref, At: at,
	})
}

// readable is text without what is no character: mails say of what alphabet they
// are, and are wrong at times.
func readable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

// automatic reports whether no person wrote the mail (RFC 3834, and older habits).
func automatic(h mail.Header) bool {
	auto := strings.ToLower(h.Get("Auto-Submitted"))
	precedence := strings.ToLower(h.Get("Precedence"))
	return auto != "" && auto != "no" || precedence == "bulk" || precedence == "auto_reply" || precedence == "junk" || h.Get("X-Autoreply") != "" || h.Get("X-Auto-Response-Suppress") == "All"
}

// refOf is the ref in an address or a Message-ID: what is behind a plus sign, or
// alone before the at sign.
func refOf(address string) string {
	local, _, ok := strings.Cut(strings.Trim(strings.TrimSpace(address), "<>"), "@")
	if !ok {
		return ""
	}
	if _, ref, ok := strings.Cut(local, "+"); ok {
		return strings.ToLower(ref)
	}
	if len(local) < leastRef || strings.Trim(local, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return ""
	}
	return local
}

// leastRef is how long a ref is at least, in letters.
const leastRef = 40

func lastWord(s string) string {
	fields := strings.Fields(s)
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1]
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// enclosed is the ref of the letter that a report encloses.
func enclosed(parts []part) string {
	for _, p := range parts {
		if p.media != "message/rfc822" && p.media != "text/rfc822-headers" {
			continue
		}
		m, err := mail.ReadMessage(bytes.NewReader(append(p.decoded(), "\r\n\r\n"...)))
		if err != nil {
			continue
		}
		for _, name := range []string{"Message-ID", "Reply-To", "Return-Path"} {
			if ref := refOf(m.Header.Get(name)); ref != "" {
				return ref
			}
		}
	}
	return ""
}

// bounce reads the fields of RFC 3464, section 2.3.
func bounce(ctx context.Context, inbox deliver.Inbox, ref string, p part, at event.Instant) error {
	r := deliver.Report{Channel: "email", Ref: ref, At: at}
	for _, block := range blocks(p.decoded()) {
		action, status := strings.ToLower(block.Get("Action")), statusOf(block.Get("Status"))
		switch action {
		case "failed":
			r.Outcome, r.Detail = event.Lost, short(status+" "+block.Get("Diagnostic-Code"))
			if dead(status) {
				r.Outcome = event.Bounced
			}
		case "delivered", "relayed", "expanded":
			r.Outcome = event.Delivered
		default: // delayed: it is still on its way
			continue
		}
		return inbox.Report(ctx, r)
	}
	return fault.New(fault.Invalid, "the notification tells of nothing that ended")
}

// statusOf is the code of a Status field, without the comment behind it.
func statusOf(s string) string {
	code, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return code
}

// dead reports whether a status is about the address (RFC 3463, sections 3.2 and
// 3.3) or its domain.
func dead(status string) bool {
	switch status {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4":
		return true
	default:
		return false
	}
}

func complaint(ctx context.Context, inbox deliver.Inbox, ref string, p part, at event.Instant) error {
	for _, block := range blocks(p.decoded()) {
		switch kind := strings.ToLower(strings.TrimSpace(block.Get("Feedback-Type"))); kind {
		case "abuse", "fraud", "virus", "opt-out", "opt-out-list", "other":
			return inbox.Report(ctx, deliver.Report{Channel: "email", Ref: ref, Outcome: event.Complained, Detail: kind, At: at})
		}
	}
	return fault.New(fault.Invalid, "the feedback is no complaint")
}

func short(s string) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "")
	return s[:min(len(s), 200)]
}
