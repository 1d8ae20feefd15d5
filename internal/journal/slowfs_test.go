package journal_test

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// slowFS is a file system in memory that counts the syncs of its logs and can
// hold them up.
type slowFS struct {
	vfs.FS
	syncs atomic.Int64
	held  chan struct{} // receives when a sync is being held up
	mu    sync.Mutex
	gate  chan struct{} // nil: open
}

func newSlowFS() *slowFS { return countSyncs(vfs.NewMem()) }

func countSyncs(fs vfs.FS) *slowFS { return &slowFS{FS: fs, held: make(chan struct{}, 1)} }

func (s *slowFS) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = make(chan struct{})
}

func (s *slowFS) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.gate)
	s.gate = nil
}

func (s *slowFS) wait() {
	s.syncs.Add(1)
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case s.held <- struct{}{}:
		default:
		}
		<-gate
	}
}

func (s *slowFS) wrap(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil || !strings.HasSuffix(name, ".log") {
		return f, err
	}
	return slowFile{f, s}, nil
}

func (s *slowFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, c)
	return s.wrap(name, f, err)
}

func (s *slowFS) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(old, name, c)
	return s.wrap(name, f, err)
}

type slowFile struct {
	vfs.File
	fs *slowFS
}

func (f slowFile) Sync() error {
	f.fs.wait()
	return f.File.Sync()
}

func (f slowFile) SyncData() error {
	f.fs.wait()
	return f.File.SyncData()
}
