package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

const (
	manifestName    = "manifest.json"
	manifestVersion = 1
)

// Manifest says which files the archive is made of and how far they reach.
type Manifest struct {
	Version int `json:"version"`

	// Step numbers the changes of the archive. Files are named by it.
	Step uint64 `json:"step"`

	// AsOf is a time up to which everything that was folded is archived, and
	// PeopleAsOf the time at which the snapshot of people was taken.
	AsOf       event.Instant `json:"as_of"`
	PeopleAsOf event.Instant `json:"people_as_of"`

	// Positions are, by partition, the journal offsets from which on nothing is
	// archived.
	Positions journal.Positions `json:"positions"`

	// Definitions are hashes, and InForce which of them each partition had in force
	// at its position, counted from 1; 0 is none.
	Definitions []string               `json:"definitions"`
	InForce     [person.Partitions]int `json:"in_force"`

	// VisitGap is the silence that ends a visit, by the definitions in force.
	VisitGap time.Duration `json:"visit_gap,omitempty"`

	// Gaps are records that the archive does not hold: it was begun, or its folder
	// lost, when they could not be read any more as they should.
	Gaps []Gap `json:"gaps,omitempty"`

	// Erase are erased records whose rows are still to be taken out of files.
	Erase []Erasure `json:"erase,omitempty"`

	Files []FileInfo `json:"files"`
}

// Gap is a stretch of a partition's journal that is missing.
type Gap struct {
	Partition person.Partition `json:"partition"`
	From      journal.Offset   `json:"from"`
	Before    journal.Offset   `json:"before"`
}

// FileInfo is a file of the archive.
type FileInfo struct {
	Name  string        `json:"name"`
	Table string        `json:"table"`
	Month string        `json:"month,omitempty"` // empty while it is new: of several
	Rows  int64         `json:"rows"`
	Bytes int64         `json:"bytes"`
	First event.Instant `json:"first"` // earliest time of a row
	Last  event.Instant `json:"last"`
	From  uint64        `json:"from"` // steps whose rows it holds
	To    uint64        `json:"to"`
}

func (m *Manifest) definition(p person.Partition) string {
	if n := m.InForce[p]; n > 0 && n <= len(m.Definitions) {
		return m.Definitions[n-1]
	}
	return ""
}

func (m *Manifest) enforce(p person.Partition, hash string) {
	n := slices.Index(m.Definitions, hash) + 1
	if n == 0 {
		m.Definitions = append(slices.Clone(m.Definitions), hash)
		n = len(m.Definitions)
	}
	m.InForce[p] = n
}

// forgetDefinitions drops those that no partition has in force.
func (m *Manifest) forgetDefinitions() {
	var kept []string
	var now [person.Partitions]int
	for p := range m.InForce {
		hash := m.definition(person.Partition(p))
		if hash == "" {
			continue
		}
		if !slices.Contains(kept, hash) {
			kept = append(kept, hash)
		}
		now[p] = slices.Index(kept, hash) + 1
	}
	m.Definitions, m.InForce = kept, now
}

func (m *Manifest) write(files Files) error {
	m.forgetDefinitions()
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("archive: manifest: %w", err)
	}
	return files.Write(manifestName, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// ReadManifest reads what an archive is made of; ok is false if there is none.
func ReadManifest(files Files) (m Manifest, ok bool, err error) {
	b, err := readAll(files, manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{Version: manifestVersion}, false, nil
	}
	if err != nil {
		return m, false, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, false, fmt.Errorf("archive: %s is damaged: %w", manifestName, err)
	}
	if m.Version != manifestVersion {
		return m, false, fmt.Errorf("archive: %s has version %d, this build reads %d", manifestName, m.Version, manifestVersion)
	}
	return m, true, nil
}
