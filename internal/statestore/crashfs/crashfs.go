// Package crashfs is the file system of tests that lose the power: it is in
// memory, and knows what was synced.
package crashfs

import (
	"io"
	"math/rand/v2"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is Pebble's crashable MemFS without its deadlock: up to v2.1.7 Link, Lock
// and ReuseForWrite lock for reading twice over, and wait for ever when a
// CrashClone asks in between (cockroachdb/pebble#5993). Here none is under way
// while a clone is made. It goes when Pebble has a release with that mended.
type FS struct {
	*vfs.MemFS
	compound sync.RWMutex // read-held by what locks twice, held to clone
}

// New returns an empty file system.
func New() *FS { return &FS{MemFS: vfs.NewCrashableMem()} }

// Crash returns the file system as it is found if the power goes now: with what
// was synced, and a random part of the rest. Whoever works on f goes on.
func (f *FS) Crash(r *rand.Rand) *FS {
	f.compound.Lock()
	defer f.compound.Unlock()
	return &FS{MemFS: f.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})}
}

// Link implements vfs.FS.
func (f *FS) Link(oldname, newname string) error {
	f.compound.RLock()
	defer f.compound.RUnlock()
	return f.MemFS.Link(oldname, newname) //nolint:wrapcheck // a file system among others
}

// Lock implements vfs.FS.
func (f *FS) Lock(name string) (io.Closer, error) {
	f.compound.RLock()
	defer f.compound.RUnlock()
	return f.MemFS.Lock(name) //nolint:wrapcheck // a file system among others
}

// ReuseForWrite implements vfs.FS.
func (f *FS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f.compound.RLock()
	defer f.compound.RUnlock()
	return f.MemFS.ReuseForWrite(oldname, newname, c) //nolint:wrapcheck // a file system among others
}
