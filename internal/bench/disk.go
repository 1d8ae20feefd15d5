package bench

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Disk is how long the disk takes to keep 4 KiB for good.
type Disk struct {
	P50 float64 `json:"fsync_p50_ms"`
	P99 float64 `json:"fsync_p99_ms"`
}

// measureDisk writes and syncs a few hundred times to a file in dir.
func measureDisk(dir string) (d Disk, err error) {
	const times = 300
	f, err := os.Create(filepath.Join(dir, "fsync")) //nolint:gosec // a folder of our own
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	took := make([]time.Duration, times)
	page := make([]byte, 4096)
	for i := range took {
		begun := time.Now()
		if _, err := f.Write(page); err != nil {
			return d, err
		}
		if err := f.Sync(); err != nil {
			return d, err
		}
		took[i] = time.Since(begun)
	}
	slices.Sort(took)
	return Disk{P50: milliseconds(took[times/2]), P99: milliseconds(took[times*99/100])}, nil
}
