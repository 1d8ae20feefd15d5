package source

import (
	"cmp"
	"context"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// MaxOutages is how many are kept, of all sources.
const MaxOutages = 200

// Outages are when sources were not connected, the oldest first.
func (d *Directory) Outages() []event.Outage {
	return append([]event.Outage{}, d.index.Load().body.Outages...)
}

// SetOutages replaces the outages of a source; none takes them all back. Its error is
// NotFound for what is no source.
func (d *Directory) SetOutages(ctx context.Context, id string, outages []event.Outage, by string) ([]event.Outage, error) {
	if _, err := d.Find(id); err != nil {
		return nil, err
	}
	now := d.o.Now()
	for i := range outages {
		o := &outages[i]
		o.Source, o.By = id, by
		switch {
		case o.To != 0 && o.To <= o.From:
			return nil, fault.New(fault.Invalid, "outage %d ends before it begins", i+1).At("outages")
		case o.From > now || o.To > now:
			return nil, fault.New(fault.Invalid, "outage %d is of a time that is not here yet; leave its end out where it goes on", i+1).At("outages")
		case o.From == 0 && o.To == 0:
			return nil, fault.New(fault.Invalid, "outage %d says neither since when nor until when", i+1).At("outages")
		}
	}
	err := d.edit(ctx, by, func(list *event.SourcesBody) error {
		list.Outages = slices.DeleteFunc(list.Outages, func(o event.Outage) bool { return o.Source == id })
		list.Outages = append(list.Outages, outages...)
		if len(list.Outages) > MaxOutages {
			return fault.New(fault.TooLarge, "there would be %d outages of sources, and %d are kept; take old ones back, or say several as one", len(list.Outages), MaxOutages)
		}
		slices.SortStableFunc(list.Outages, func(a, b event.Outage) int { return cmp.Compare(a.From, b.From) })
		return nil
	})
	return d.Outages(), err
}
