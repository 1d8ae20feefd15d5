//go:build unix

package rehearsal

import (
	"runtime/debug"
	"syscall"

	"github.com/rapporthq/rapport/internal/child"
)

// memory is what a rehearsal may take: 100,000 people of ten thousand bytes and
// their company, with room.
const memory = 4 << 30

// limit bounds what this process can take, and lets the server go first.
func limit() {
	debug.SetGCPercent(Garbage)
	debug.SetMemoryLimit(memory * 3 / 4)
	child.Yield()
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: memory, Max: memory})
}
