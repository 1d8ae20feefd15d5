package bench

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
)

// singleClients send at once where each request has one event: enough for many
// to share an fsync.
const singleClients = 64

// measureDoor measures ingest by itself: a server of its own takes a burst in
// batches and one of single events, and folds nothing.
func measureDoor(ctx context.Context, dir string, o IngestOptions, res *IngestResult) (err error) {
	b := &ingesting{o: o, dir: dir, data: filepath.Join(dir, "door"), res: res, held: true, phases: 100}
	if _, err := b.start(ctx, "--hold-fold"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.s.stop(syscall.SIGTERM)) }()
	o.say("the fold is held; a burst of %d events", o.Events)
	batches, err := b.phase(ctx, 0, 0)
	if err != nil {
		return err
	}
	b.o.Clients, b.o.Batch, b.o.Events = singleClients, 1, max(o.Events/3, 1)
	o.say("the same with %d events, one a request, by %d clients", b.o.Events, b.o.Clients)
	singles, err := b.phase(ctx, 0, 0)
	res.Door, res.Single = &batches, &singles
	return err
}
