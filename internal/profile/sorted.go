package profile

import (
	"maps"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// Sorted is a small map: its entries are in the order of their keys, each of which
// is there once. Of what a person has there is so little that looking through it
// is as quick as a hash, and it is read from storage, and written, in one go.
type Sorted[V any] []Entry[V]

// Entry is a key and what is under it.
type Entry[V any] struct {
	Key   string
	Value V
}

// SortedOf returns the entries of m.
func SortedOf[V any](m map[string]V) Sorted[V] {
	s := make(Sorted[V], 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		s = append(s, Entry[V]{k, m[k]})
	}
	return s
}

// find returns the place of key, or where it belongs.
func (s Sorted[V]) find(key string) (int, bool) {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1) //nolint:gosec // both are small
		switch c := strings.Compare(s[mid].Key, key); {
		case c == 0:
			return mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

// At points to what is under key, until the next Put; nil when nothing is.
func (s Sorted[V]) At(key string) *V {
	if i, found := s.find(key); found {
		return &s[i].Value
	}
	return nil
}

// Get returns what is under key, and its zero value when nothing is.
func (s Sorted[V]) Get(key string) (v V) {
	if at := s.At(key); at != nil {
		v = *at
	}
	return v
}

// Put puts v under key.
func (s *Sorted[V]) Put(key string, v V) {
	i, found := s.find(key)
	if found {
		(*s)[i].Value = v
		return
	}
	*s = slices.Insert(*s, i, Entry[V]{key, v})
}

// MarshalCBOR writes s as a map.
func (s Sorted[V]) MarshalCBOR() ([]byte, error) {
	m := make(map[string]V, len(s))
	for _, e := range s {
		m[e.Key] = e.Value
	}
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return enc.Marshal(m)
}

// UnmarshalCBOR reads a map.
func (s *Sorted[V]) UnmarshalCBOR(b []byte) error {
	var m map[string]V
	if err := cbor.Unmarshal(b, &m); err != nil {
		return err
	}
	if *s = nil; len(m) > 0 {
		*s = SortedOf(m)
	}
	return nil
}
