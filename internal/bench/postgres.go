package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rapporthq/rapport/internal/event"
)

// Postgres is the yardstick: the same events by COPY into one table with two
// indexes, a transaction a batch, fsync on, by as many clients.
type Postgres struct {
	Version   string  `json:"version"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"rows_per_second"`
	CPUMicros float64 `json:"cpu_microseconds_per_row"` // of all its processes, and ours

	ServerMicros float64 `json:"server_cpu_microseconds_per_row"` // of all its processes
}

// cluster is a PostgreSQL of our own, on loopback, that ends with us.
type cluster struct {
	server *exec.Cmd
	url    string
}

func measurePostgres(ctx context.Context, dir string, o IngestOptions) (res *Postgres, err error) {
	c, err := startCluster(ctx, dir)
	if err != nil {
		return nil, err
	}
	stopped := false
	defer func() {
		if !stopped {
			err = errors.Join(err, c.stop())
		}
	}()
	res = &Postgres{}
	if res.Version, err = c.prepare(ctx); err != nil {
		return nil, err
	}
	s := newShoppers(o.Load, event.InstantOf(time.Now()))
	rows := make([][]any, o.Events)
	for i := range rows {
		e := s.next()
		rows[i] = []any{e.MessageID, e.UserID, e.Name, e.Time.Time(), string(e.Properties), string(e.Context)}
	}
	used := processorTime()
	started := time.Now()
	if err := copyRows(ctx, c.url, rows, o); err != nil {
		return nil, err
	}
	took := time.Since(started)
	used = processorTime() - used
	stopped = true
	if err := c.stop(); err != nil {
		return nil, err
	}
	// The server's own time counts its children's, and its start, which is small.
	server := c.server.ProcessState.UserTime() + c.server.ProcessState.SystemTime()
	used += server
	res.ServerMicros = micros(server, o.Events)
	res.Seconds, res.PerSecond, res.CPUMicros = took.Seconds(), float64(o.Events)/took.Seconds(), micros(used, o.Events)
	return res, nil
}

func startCluster(ctx context.Context, dir string) (*cluster, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	as, err := postgresUser(ctx, dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", dir, "-U", "postgres", "-A", "trust", "--no-instructions") //nolint:gosec // found on this machine
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	server := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "-D", dir, "-p", strconv.Itoa(port), //nolint:gosec // as above
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=on", "-c", "synchronous_commit=on",
		"-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB", "-c", "logging_collector=off")
	server.SysProcAttr, server.Dir = as, dir
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	c := &cluster{server: server, url: fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		conn, err := pgx.Connect(ctx, c.url)
		if err == nil {
			return c, conn.Close(ctx)
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("postgres does not answer: %w", err), c.stop())
		}
	}
}

// stop asks for a fast shutdown and waits.
func (c *cluster) stop() error {
	if err := c.server.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return c.server.Wait()
}

func (c *cluster) prepare(ctx context.Context) (version string, err error) {
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.Exec(ctx, `create table events (message_id text not null, user_id text not null, name text not null,
		at timestamptz not null, properties jsonb not null, context jsonb not null);
		create unique index on events (message_id); create index on events (user_id, at)`)
	if err != nil {
		return "", err
	}
	return version, conn.QueryRow(ctx, "show server_version").Scan(&version)
}

func copyRows(ctx context.Context, url string, rows [][]any, o IngestOptions) error {
	work := make(chan [][]any)
	errs := make([]error, o.Clients)
	var clients sync.WaitGroup
	for n := range o.Clients {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			close(work)
			return err
		}
		clients.Go(func() {
			for batch := range work {
				if errs[n] == nil {
					_, errs[n] = conn.CopyFrom(ctx, pgx.Identifier{"events"},
						[]string{"message_id", "user_id", "name", "at", "properties", "context"}, pgx.CopyFromRows(batch))
				}
			}
			errs[n] = errors.Join(errs[n], conn.Close(ctx))
		})
	}
	for len(rows) > 0 {
		n := min(len(rows), o.Batch)
		work <- rows[:n]
		rows = rows[n:]
	}
	close(work)
	clients.Wait()
	return errors.Join(errs...)
}

// postgresBin finds the server's programs, which Debian keeps off the path.
func postgresBin() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is well formed
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL server on this machine; on Debian: apt-get install postgresql")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// postgresUser makes dir, and gives it to a user whom PostgreSQL agrees to run
// as: it refuses root.
func postgresUser(ctx context.Context, dir string) (*syscall.SysProcAttr, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil || os.Getuid() != 0 {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "id", "-u", "postgres").Output()
	if err != nil {
		return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres")
	}
	uid, err := strconv.ParseUint(strings.TrimSpace(string(out)), 10, 32)
	if err != nil {
		return nil, err
	}
	for up := filepath.Dir(dir); strings.HasPrefix(up, os.TempDir()+"/"); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil { //nolint:gosec // a temporary folder of ours, which it must pass through
			return nil, err
		}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}, os.Chown(dir, int(uid), int(uid))
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return ln.Addr().(*net.TCPAddr).Port, ln.Close()
}
