package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/rapporthq/rapport/internal/fault"
)

// Embedded is a journal in a directory of its own, on Pebble.
//
// One goroutine, the committer, writes. All Appends that wait when it is ready
// become one frame, which costs one fsync; meanwhile the next gather. What is
// durable is then published to readers, who find the latest frames in memory.
type Embedded struct {
	dir  string
	opts Options
	keys keyspace
	db   *pebble.DB

	queue     queue
	tail      tail
	committer sync.WaitGroup

	trimming sync.Mutex   // held for the whole of a Trim
	open     sync.RWMutex // read-held while db is in use, held to close it
	close    sync.Once
	closeErr error
}

var _ Journal = (*Embedded)(nil)

// Open opens the journal in dir, which it makes if it is not there. After a
// crash it finds every record that was acknowledged. The caller must Close it.
func Open(dir string, opts Options) (*Embedded, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("open journal in %s: %w", dir, err)
	}
	opts = opts.withDefaults()
	db, err := pebble.Open(dir, opts.pebble())
	if err != nil {
		return nil, fmt.Errorf("open journal in %s: %w", dir, err)
	}
	e := &Embedded{dir: dir, opts: opts, keys: keyspace{opts.Workspace}, db: db}
	e.queue.ready = make(chan struct{}, 1)
	if err = checkFormat(db); err == nil {
		err = e.recover()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal in %s: %w", dir, err), db.Close())
	}
	c := &committer{e: e, seq: e.tail.mu.next, next: e.tail.mu.end}
	e.committer.Go(c.run)
	return e, nil
}

// checkFormat writes the directory's format version or, when the directory is
// not new, refuses one that this build does not know.
func checkFormat(db *pebble.DB) error {
	text, err := get(db, []byte(formatKey))
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return stampFormat(db)
	case err != nil:
		return err
	}
	version, err := strconv.Atoi(string(text))
	if err != nil || version < 1 {
		return fault.New(fault.Unsupported, "the folder's format version is %q, which no version of the journal writes: "+
			"check that it is the right folder, or restore it from a backup", text)
	}
	if version > directoryVersion {
		return fault.New(fault.Unsupported,
			"the folder has format version %d; this build reads up to %d: run the version that wrote it, or a later one",
			version, directoryVersion)
	}
	return nil
}

func stampFormat(db *pebble.DB) error {
	it, err := db.NewIter(nil)
	if err != nil {
		return err
	}
	foreign := it.First()
	if err := it.Close(); err != nil {
		return err
	}
	if foreign {
		return fault.New(fault.Invalid, "the folder holds a database that is not a journal: give the journal a folder of its own")
	}
	return db.Set([]byte(formatKey), strconv.AppendInt(nil, directoryVersion, 10), pebble.Sync)
}

// use keeps the database open until the returned function is called.
func (e *Embedded) use() (done func(), err error) {
	e.open.RLock()
	if e.tail.isClosed() {
		e.open.RUnlock()
		return nil, ErrClosed
	}
	return e.open.RUnlock, nil
}

// Begin implements Journal.
func (e *Embedded) Begin() Positions { return e.tail.bounds().floor }

// End implements Journal.
func (e *Embedded) End() Positions { return e.tail.bounds().end }

// DiskBytes is the size of the journal's files.
func (e *Embedded) DiskBytes() uint64 {
	done, err := e.use()
	if err != nil {
		return 0
	}
	defer done()
	return e.db.Metrics().DiskSpaceUsage()
}

// PutBody implements Journal.
func (e *Embedded) PutBody(ctx context.Context, body []byte) (string, error) {
	if err := errors.Join(checkBody(body), ctx.Err()); err != nil {
		return "", err
	}
	done, err := e.use()
	if err != nil {
		return "", err
	}
	defer done()
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if err := e.db.Set(e.keys.body(hash), body, pebble.Sync); err != nil {
		return "", fmt.Errorf("put body %s: %w", hash, err)
	}
	return hash, nil
}

// Body implements Journal.
func (e *Embedded) Body(ctx context.Context, hash string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	done, err := e.use()
	if err != nil {
		return nil, err
	}
	defer done()
	body, err := get(e.db, e.keys.body(hash))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, ErrNoBody
	}
	if err != nil {
		return nil, fmt.Errorf("read body %s: %w", hash, err)
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != hash {
		return nil, fault.Wrap(fault.Internal, ErrCorrupt,
			"body %s in %s is not what was put there: restore the folder from a backup, or apply the definitions again", hash, e.dir)
	}
	return body, nil
}

// Close implements Journal. It waits for the Appends that are under way, refuses
// others, and may be called again.
func (e *Embedded) Close() error {
	e.close.Do(func() {
		e.queue.close()
		e.committer.Wait()
		err := e.writeIndex()
		e.tail.close()
		e.open.Lock()
		defer e.open.Unlock()
		if err = errors.Join(err, e.db.Close()); err != nil {
			e.closeErr = fmt.Errorf("close journal in %s: %w", e.dir, err)
		}
	})
	return e.closeErr
}

// get returns a copy of the value of key.
func get(db *pebble.DB, key []byte) ([]byte, error) {
	value, closer, err := db.Get(key)
	if err != nil {
		return nil, err
	}
	return slices.Clone(value), closer.Close()
}
