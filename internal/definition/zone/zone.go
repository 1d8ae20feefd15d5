// Package zone knows the world's time zones from data in the binary. What quiet
// hours a person has must not depend on the machine that folds: package time
// prefers the system's data, which is of another day on every machine.
//
// The data is the IANA time zone database (https://www.iana.org/time-zones, in
// the public domain) as Go distributes it in lib/time/zoneinfo.zip. A new
// version changes what is folded from then on, as a new version of the engine
// does.
package zone

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"sync"
	"time"
)

//go:embed zoneinfo.zip
var data []byte

// Table remembers the zones that were asked for. The zero value is ready, and
// safe for concurrent use.
type Table struct {
	mu    sync.Mutex
	files map[string]*zip.File
	zones map[string]*time.Location
}

// Load returns the zone of an IANA name, for instance Europe/Berlin, or UTC.
func (t *Table) Load(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if z, ok := t.zones[name]; ok {
		return z, nil
	}
	z, err := t.readLocked(name)
	if err == nil {
		t.zones[name] = z
	}
	return z, err
}

func (t *Table) readLocked(name string) (*time.Location, error) {
	if t.files == nil {
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return nil, fmt.Errorf("read time zones: %w", err)
		}
		t.files, t.zones = make(map[string]*zip.File, len(r.File)), map[string]*time.Location{}
		for _, f := range r.File {
			t.files[f.Name] = f
		}
	}
	f := t.files[name]
	if f == nil || f.FileInfo().IsDir() {
		return nil, fmt.Errorf("there is no time zone %q", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("read time zone %s: %w", name, err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read time zone %s: %w", name, err)
	}
	return time.LoadLocationFromTZData(name, b)
}
