// Package statestoretest gives tests of other packages a disk that loses what
// was not synced when the power goes.
package statestoretest

import (
	"fmt"
	"math/rand/v2"

	"github.com/rapporthq/rapport/internal/statestore"
	"github.com/rapporthq/rapport/internal/statestore/crashfs"
)

// Disk holds one store, in memory.
type Disk struct{ fs *crashfs.FS }

// NewDisk returns an empty disk.
func NewDisk() *Disk { return &Disk{crashfs.New()} }

// Open opens the store on the disk. The caller must Close it.
func (d *Disk) Open(opts statestore.Options) (*statestore.Store, error) {
	opts.FS = d.fs
	s, err := statestore.Open("state", opts)
	if err != nil {
		return nil, fmt.Errorf("open the disk: %w", err)
	}
	return s, nil
}

// Crash returns the disk as it is found if the power goes now: with what was
// synced, and a random part of the rest. The store on d goes on as it was.
func (d *Disk) Crash(r *rand.Rand) *Disk {
	return &Disk{d.fs.Crash(r)}
}
