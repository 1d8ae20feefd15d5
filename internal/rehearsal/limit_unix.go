//go:build unix

package rehearsal

import (
	"syscall"

	"github.com/rapporthq/rapport/internal/child"
)

// limit bounds what this process can take, and lets the server go first.
func limit() {
	Collect()
	child.Yield()
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: memory, Max: memory})
}
