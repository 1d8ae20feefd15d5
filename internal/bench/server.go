package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a child process that serves a data folder.
type server struct {
	cmd  *exec.Cmd
	url  string
	logs *os.File
}

// serve starts binary on data with more arguments. What it says goes to
// server.log in dir.
func serve(ctx context.Context, binary, dir, data string, env []string, more ...string) (*server, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	logs, err := os.OpenFile(filepath.Join(dir, "server.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // a file of our own
	if err != nil {
		return nil, err
	}
	args := append([]string{"serve", "--data", data, "--listen", address, "--log", "warn"}, more...)
	cmd := exec.CommandContext(ctx, binary, args...) //nolint:gosec // our own binary
	cmd.Env = append(append(os.Environ(), "RAPPORT_WRITE_KEY="+crashKey, "RAPPORT_ADMIN_TOKEN="+crashToken), env...)
	cmd.Stdout, cmd.Stderr = logs, logs
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &server{cmd: cmd, url: "http://" + address, logs: logs}, nil
}

// stop signals the process and waits for its end.
func (s *server) stop(sig syscall.Signal) error {
	_ = s.cmd.Process.Signal(sig) // it may have ended by itself; Wait tells
	err := s.cmd.Wait()
	_ = s.logs.Close()
	if sig == syscall.SIGKILL {
		return nil
	}
	return err
}

// ready waits until the server answers and has caught up.
func (s *server) ready(ctx context.Context) error {
	deadline := time.Now().Add(5 * time.Minute)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		if resp, err := http.Get(s.url + "/readyz"); err == nil { //nolint:noctx // the loop is bounded
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("server is not ready after five minutes; it said:\n%s", s.said())
}

// said is the end of what the server logged.
func (s *server) said() string {
	said, err := os.ReadFile(s.logs.Name())
	if err != nil {
		return err.Error()
	}
	return string(said[max(0, len(said)-2000):])
}

// serving waits until the server takes an event and answers, and tells how far
// behind it is then.
func (s *server) serving(ctx context.Context) (lag int64, err error) {
	deadline := time.Now().Add(time.Minute)
	for {
		if err = s.track(ctx, "probe-0", "Probe after a kill"); err == nil { // it is taken when the server knows its lag
			lag, err = s.lag(ctx)
		}
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return lag, err
		}
		pause(ctx, 10*time.Millisecond)
	}
}

// lag is how many events are durable and not yet folded.
func (s *server) lag(ctx context.Context) (int64, error) {
	var ws struct {
		Lag int64 `json:"lag"`
	}
	err := call(ctx, http.MethodGet, s.url+"/api/v1/workspace", nil, &ws)
	return ws.Lag, err
}

// folded waits until there is no lag.
func (s *server) folded(ctx context.Context) error {
	for {
		lag, err := s.lag(ctx)
		if err != nil || lag == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// get is what the server answers at a path, whatever its status.
func (s *server) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+crashToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

// metric reads a gauge or counter, given as it stands in /metrics.
func (s *server) metric(ctx context.Context, name string) (float64, error) {
	b, err := s.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("the server does not tell %s", name)
}

// processorTime is what the process has used of the processors so far.
func (s *server) processorTime() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	const tick = 10 * time.Millisecond // the kernel's unit for programs, whatever its own
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("the kernel tells of the process in a form unknown here")
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// peakMemory is the most memory that the process has had, in bytes.
func (s *server) peakMemory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kb, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return kb << 10, err
}
