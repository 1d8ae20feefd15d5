package smpp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// again is the status that has a centre tell it once more: the queue is full.
const again uint32 = 0x14

// told takes in a deliver_sm (section 4.6.1): a receipt, or what somebody wrote. It
// returns the status of the answer.
func (c *Channel) told(ctx context.Context, p pdu) uint32 {
	f := fields{p.body}
	f.text() // service_type
	fromType := f.byte()
	f.byte()
	from := f.text()
	f.bytes(2)
	f.text() // our own number
	class := f.byte()
	f.bytes(2)
	f.text()
	f.text()
	f.bytes(2)
	coding := f.byte()
	f.byte()
	text := f.bytes(int(f.byte()))
	options := f.options()
	if payload := options[messagePayload]; len(payload) > 0 {
		text = payload
	}
	if class&0x40 != 0 && len(text) > 0 { // a header before the text
		text = text[min(len(text), int(text[0])+1):]
	}
	var err error
	if class&0x3C == 0x04 {
		err = c.receipt(ctx, string(text), options)
	} else {
		if fromType == 1 && !strings.HasPrefix(from, "+") {
			from = "+" + from
		}
		err = c.opts.Inbox.Hear(ctx, deliver.Heard{Channel: "sms", From: from, Text: decode(coding, text), ID: nameOf(p)})
	}
	if err != nil && !fault.Is(err, fault.Invalid) {
		return again
	}
	return 0
}

// nameOf names a message that the centre does not: one that comes again under the
// same number is the same.
func nameOf(p pdu) string {
	sum := sha256.Sum256(append([]byte{byte(p.sequence >> 24), byte(p.sequence >> 16), byte(p.sequence >> 8), byte(p.sequence)}, p.body...))
	return "smpp/" + hex.EncodeToString(sum[:12])
}

// field finds what the text of a receipt says (appendix B): "id:7 … stat:DELIVRD".
var field = regexp.MustCompile(`(?i)\b(id|stat|err):(\S+)`)

func (c *Channel) receipt(ctx context.Context, text string, options map[uint16][]byte) error {
	said := map[string]string{}
	for _, m := range field.FindAllStringSubmatch(text, -1) {
		said[strings.ToLower(m[1])] = m[2]
	}
	id := strings.TrimRight(string(options[receiptedID]), "\x00")
	if id == "" {
		id = said["id"]
	}
	state := strings.ToUpper(said["stat"])
	if s := options[messageState]; len(s) == 1 {
		state = map[byte]string{2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}[s[0]]
	}
	r := deliver.Report{Channel: "sms", Ref: c.refOf(id)}
	switch state {
	case "DELIVRD":
		r.Outcome = event.Delivered
	case "EXPIRED", "DELETED", "UNDELIV", "REJECTD":
		r.Outcome, r.Detail = event.Lost, strings.TrimSpace(strings.ToLower(state)+" "+said["err"])
	default: // on its way
		return nil
	}
	return c.opts.Inbox.Report(ctx, r)
}
