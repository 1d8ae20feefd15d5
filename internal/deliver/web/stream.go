package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// How streams behave. A connection that is cut unseen is found by the beat, and what
// a bell missed is found then too.
const (
	streamBeat  = 20 * time.Second
	streamPause = 50 * time.Millisecond // between readings of one inbox
	streamWait  = 10 * time.Second      // for a reader who does not take what is sent
	streamRetry = 2000                  // milliseconds after which a browser comes back
	mostStreams = 20000
	mostOfOne   = 12 // streams of one person: each tab has one
)

// Touched hears which records changed. It does not block.
func (d *Desk) Touched(ids []person.ID) {
	if d.streams.Load() == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		for bell := range d.bells[id] {
			ring(bell)
		}
	}
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default: // it rings already
	}
}

// listen rings bell when one of the records changes, until the function that it
// returns is called.
func (d *Desk) listen(bell chan struct{}, ids ...person.ID) (stop func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, id := range ids {
		if len(d.bells[id]) >= mostOfOne && !d.bells[id][bell] {
			return nil, fault.New(fault.Busy, "this inbox is open in %d places already; close one", mostOfOne)
		}
	}
	for _, id := range ids {
		if d.bells[id] == nil {
			d.bells[id] = map[chan struct{}]bool{}
		}
		d.bells[id][bell] = true
	}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, id := range ids {
			if delete(d.bells[id], bell); len(d.bells[id]) == 0 {
				delete(d.bells, id)
			}
		}
	}, nil
}

// stream tells the inbox as it is and then what becomes of it, as server-sent events
// (WHATWG HTML section 9.2): each entry that is new or changed as "entry", the id of
// one that is there no more as "gone", "ready" when all are told that there are, and
// "bye" with the reason when the session ends. A browser that comes back is told all
// again.
func (d *Desk) stream(w http.ResponseWriter, r *http.Request) (any, error) {
	text := bearer(r)
	v, err := d.who(r.Context(), text)
	if err != nil {
		return nil, err
	}
	defer d.streams.Add(-1)
	if d.streams.Add(1) > mostStreams {
		return nil, fault.New(fault.Busy, "too many inboxes are open; come back in a minute")
	}
	bell := make(chan struct{}, 1)
	stop, err := d.listen(bell, v.record, v.owner.ID)
	if err != nil {
		return nil, err
	}
	defer func() { stop() }()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	out := writer{w: w, c: http.NewResponseController(w), told: map[string][]byte{}}
	defer func() { _ = out.c.SetWriteDeadline(time.Time{}) }() // the connection may serve other requests
	out.say("retry: %d\n\n", streamRetry)
	for first := true; out.err == nil; first = false {
		now, err := d.who(r.Context(), text)
		if err != nil {
			out.bye(err)
			break
		}
		if now.owner.ID != v.owner.ID { // two people turned out to be one
			stop()
			again, err := d.listen(bell, now.record, now.owner.ID)
			if err != nil {
				stop = func() {}
				out.bye(err)
				break
			}
			v, stop = now, again
		}
		entries, err := d.entries(r.Context(), v.owner.ID)
		if err != nil {
			d.opts.Log.ErrorContext(r.Context(), "an inbox cannot be read", "error", err)
			break // the browser comes back
		}
		out.tell(entries)
		if first {
			out.say("event: ready\ndata: {}\n\n")
		}
		if out.err == nil && !d.wait(r, bell, &out) {
			break
		}
	}
	return nil, nil
}

// wait waits until there may be something new, and reports whether the stream goes on.
func (d *Desk) wait(r *http.Request, bell chan struct{}, out *writer) bool {
	pause := time.NewTimer(streamPause)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-d.closed:
		return false
	case <-r.Context().Done():
		return false
	}
	beat := time.NewTimer(streamBeat)
	defer beat.Stop()
	select {
	case <-bell:
		return true
	case <-beat.C:
		out.say(": still here\n\n")
		return out.err == nil
	case <-d.closed:
		return false
	case <-r.Context().Done():
		return false
	}
}

// writer writes to a reader who must not keep it waiting for ever.
type writer struct {
	w    http.ResponseWriter
	c    *http.ResponseController
	told map[string][]byte // entries as they were told, by id
	err  error
}

// tell tells what changed of the entries.
func (o *writer) tell(entries []Entry) {
	there := make(map[string]bool, len(entries))
	for _, e := range entries {
		b, err := json.Marshal(e)
		if err != nil {
			o.err = err
			return
		}
		there[e.ID] = true
		if !bytes.Equal(o.told[e.ID], b) {
			o.told[e.ID] = b
			o.say("event: entry\ndata: %s\n\n", b)
		}
	}
	for id := range o.told {
		if !there[id] {
			delete(o.told, id)
			o.say("event: gone\ndata: %q\n\n", id)
		}
	}
}

func (o *writer) bye(why error) {
	said := "the inbox cannot be read just now"
	if f, ok := why.(*fault.Error); ok { //nolint:errorlint // only what is safe to show by itself
		said = f.Message
	}
	b, _ := json.Marshal(said) // a string always can be
	o.say("event: bye\ndata: %s\n\n", b)
}

func (o *writer) say(format string, args ...any) {
	if o.err != nil {
		return
	}
	_ = o.c.SetWriteDeadline(time.Now().Add(streamWait)) // where it cannot be set, the connection's own limits hold
	if _, o.err = fmt.Fprintf(o.w, format, args...); o.err == nil {
		o.err = o.c.Flush()
	}
}
