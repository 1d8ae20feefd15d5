package delivertest

import (
	"context"
	"slices"
	"sync"

	"github.com/rapporthq/rapport/internal/deliver"
)

// Inbox remembers what providers tell. Its zero value is ready for use.
type Inbox struct {
	mu      sync.Mutex
	reports []deliver.Report
	heard   []deliver.Heard
	fail    error
}

// Fail has every method return err from now on.
func (i *Inbox) Fail(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fail = err
}

// Report implements deliver.Inbox.
func (i *Inbox) Report(_ context.Context, r deliver.Report) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail == nil {
		i.reports = append(i.reports, r)
	}
	return i.fail
}

// Hear implements deliver.Inbox.
func (i *Inbox) Hear(_ context.Context, h deliver.Heard) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail == nil {
		i.heard = append(i.heard, h)
	}
	return i.fail
}

// Reports returns what was reported, in order.
func (i *Inbox) Reports() []deliver.Report {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.reports)
}

// Heard returns what was said, in order.
func (i *Inbox) Heard() []deliver.Heard {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.heard)
}

// Texts are everything that providers told, as it would be kept: a fuzz test's to look at.
func (i *Inbox) Texts() (out []string) {
	for _, r := range i.Reports() {
		out = append(out, r.Channel, string(r.Outcome), r.Detail)
	}
	for _, h := range i.Heard() {
		out = append(out, h.Channel, h.From, h.Address, h.Subject, h.Text, h.Payload, h.Keys, h.ID, h.Ref)
	}
	return out
}
