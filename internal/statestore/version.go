package statestore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/rapporthq/rapport/internal/event"
)

// PutVersion stores a version of the definitions that came into force.
func (b *Batch) PutVersion(v event.DefinitionVersion) error {
	return b.put(binary.BigEndian.AppendUint64(b.s.key(0, tableVersion), v.Number), v)
}

// NewestVersions calls use with the versions of the definitions that came into
// force, the newest first, until it returns false.
func (s *Store) NewestVersions(use func(event.DefinitionVersion) bool) error {
	prefix := s.key(0, tableVersion)
	it, err := s.db.NewIter(prefix, after(prefix))
	if err != nil {
		return fmt.Errorf("versions of the definitions: %w", err)
	}
	for it.Last(); it.Valid(); it.Prev() {
		var v event.DefinitionVersion
		stored, err := it.ValueAndErr()
		if err == nil {
			err = cbor.Unmarshal(stored, &v)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("versions of the definitions: %w", err), it.Close())
		}
		if !use(v) {
			break
		}
	}
	return errors.Join(it.Error(), it.Close())
}
