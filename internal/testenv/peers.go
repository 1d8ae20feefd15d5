package testenv

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// peersFolder holds programs of others in JavaScript, and the scripts that ask
// them: make test installs them.
const peersFolder = "internal/testenv/peers"

// Peer runs the script name of the peers with input and returns what it prints.
func Peer(t testing.TB, name, input string, args ...string) string {
	t.Helper()
	cmd := peer(context.Background(), t, append([]string{name}, args...)...)
	cmd.Stdin = bytes.NewReader([]byte(input))
	out, err := cmd.Output()
	if err != nil {
		var said []byte
		if e, ok := err.(*exec.ExitError); ok { //nolint:errorlint // Output wraps nothing
			said = e.Stderr
		}
		t.Fatalf("%s: %v\n%s", name, err, said)
	}
	return string(out)
}

func peer(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	folder := filepath.Join(Root(t), filepath.FromSlash(peersFolder))
	_, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
	Need(t, "the packages of "+peersFolder+"; make test installs them", err == nil)
	cmd := exec.CommandContext(ctx, Program(t, "node"), args...) //nolint:gosec // the test names the script
	cmd.Dir = folder
	return cmd
}

// StartPeer runs the script name until the test ends.
func StartPeer(t testing.TB, name string, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := peer(ctx, t, append([]string{name}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said at last:\n%s", name, out.String()[max(0, out.Len()-3000):])
		}
	})
}

// FreePort returns a port of loopback that nobody listens on.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, l.Close()) }()
	return l.Addr().(*net.TCPAddr).Port
}

// VendorMock serves a vendor's OpenAPI description, a file named from the folder
// of the peers or in full, by prism: it answers 422 to what is not allowed there.
func VendorMock(t testing.TB, description string) (address string) {
	t.Helper()
	port := FreePort(t)
	StartPeer(t, "node_modules/@stoplight/prism-cli/dist/index.js", "mock", "-h", "127.0.0.1", "-p", fmt.Sprint(port), "--errors", description)
	address = fmt.Sprintf("http://127.0.0.1:%d", port)
	for deadline := time.Now().Add(time.Minute); ; {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
		must(t, err)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			must(t, resp.Body.Close())
			return address
		}
		if time.Now().After(deadline) {
			t.Fatalf("prism does not answer for %s", description)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
