package statestore

// Figures are what the store knows of itself.
type Figures struct {
	DiskBytes      uint64 // of its files
	MemTableBytes  uint64 // committed, and not flushed yet
	Compactions    uint64 // since it was opened
	CompactionDebt uint64 // bytes that are to be compacted before it is at rest
	CacheHits      uint64 // of the block cache
	CacheMisses    uint64
	ReadAmplify    int // tables that a look-up may have to ask
	Flushes        uint64
	GarbageBytes   uint64 // of values that are out of date, as the tables tell
	BytesByLevel   [7]uint64
}

// Figures returns the store's figures. It costs little.
func (s *Store) Figures() Figures { return s.db.Figures() }

func (d onDisk) Figures() Figures {
	m := d.db.Metrics()
	f := Figures{
		DiskBytes: m.DiskSpaceUsage(), MemTableBytes: m.MemTable.Size, CompactionDebt: m.Compact.EstimatedDebt,
		Compactions: uint64(max(m.Compact.Count, 0)), Flushes: uint64(max(m.Flush.Count, 0)), ReadAmplify: m.ReadAmp(),
		CacheHits: uint64(max(m.BlockCache.Hits, 0)), CacheMisses: uint64(max(m.BlockCache.Misses, 0)),
	}
	f.GarbageBytes = m.BlobFiles.ValueSize - min(m.BlobFiles.ReferencedValueSize, m.BlobFiles.ValueSize)
	for i := range f.BytesByLevel {
		f.BytesByLevel[i] = uint64(max(m.Levels[i].TablesSize, 0))
	}
	return f
}
