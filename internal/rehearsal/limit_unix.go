//go:build unix

package rehearsal

import (
	"os"
	"runtime/debug"
	"syscall"
)

// memory is what a rehearsal may take: 100,000 people of ten thousand bytes and
// their company, with room.
const memory = 4 << 30

// limit lets the server go first, and has the kernel end this process before it
// where one must end.
func limit() {
	debug.SetMemoryLimit(memory * 3 / 4)
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0o600) // not everywhere
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 10)
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: memory, Max: memory})
}
