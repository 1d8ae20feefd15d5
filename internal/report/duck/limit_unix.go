//go:build unix

package duck

import (
	"runtime/debug"
	"syscall"

	"github.com/rapporthq/rapport/internal/child"
)

// limit bounds what this process can do, for good: no file can be written, and
// memory ends some way above what the database is to take, for what it takes
// without counting. Where the kernel has to end a process, it is to be this one.
func limit(memory int64) {
	const beside = 384 << 20 // the program, its threads, what the database does not count
	debug.SetMemoryLimit(256 << 20)
	child.Yield()
	none := syscall.Rlimit{}
	_ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &none)
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &none)
	most := uint64(memory + beside) //nolint:gosec // a size
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most})
}
