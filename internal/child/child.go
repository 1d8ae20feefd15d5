// Package child is what the processes have in common that a server starts beside
// itself, from its own program, for work that must not hold it up: they are told
// nothing secret, and they give way to the server.
package child

import (
	"bytes"
	"context"
	"os/exec"
)

// Said keeps the beginning of what a process writes.
type Said struct{ b bytes.Buffer }

// mostSaid is how much of it is kept, in bytes.
const mostSaid = 4 << 10

// Write implements io.Writer. It takes everything.
func (s *Said) Write(p []byte) (int, error) {
	_, _ = s.b.Write(p[:min(len(p), mostSaid-s.b.Len())])
	return len(p), nil
}

// String returns what was kept.
func (s *Said) String() string { return s.b.String() }

// Command returns a process that ends with ctx, and what it will have said to its
// standard error. command must not be empty.
func Command(ctx context.Context, command []string) (*exec.Cmd, *Said) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // it is ourselves
	cmd.Env = []string{"TZ=UTC"}                                // nothing secret is known to it
	said := &Said{}
	cmd.Stderr = said
	return cmd, said
}
