package statestore

import "github.com/cockroachdb/pebble/v2/vfs"

// OpenMemory opens an empty store that forgets when it is closed, for rehearsals
// and tests. Options.FS is not used. The caller must Close it.
func OpenMemory(opts Options) (*Store, error) {
	opts.FS = vfs.NewMem()
	return Open("state", opts)
}
