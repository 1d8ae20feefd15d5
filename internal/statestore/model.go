package statestore

import (
	"encoding/binary"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/rapporthq/rapport/internal/event"
)

// PutTrainedModel stores a model that was trained.
func (b *Batch) PutTrainedModel(m event.TrainedModel) error {
	return b.put(binary.BigEndian.AppendUint64(b.s.key(0, tableModel), m.Number), m)
}

// TrainedModels returns the models that were trained, the oldest first.
func (s *Store) TrainedModels() (out []event.TrainedModel, err error) {
	err = s.scan(s.db, s.key(0, tableModel), func(_, v []byte) (bool, error) {
		var m event.TrainedModel
		if err := cbor.Unmarshal(v, &m); err != nil {
			return false, fmt.Errorf("trained models: %w", err)
		}
		out = append(out, m)
		return true, nil
	})
	return out, err
}
