//go:build unix

package child

import (
	"os"
	"syscall"
)

// Yield lets the server go first, for good, and has the kernel end this process
// before it where one must end.
func Yield() {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0o600) // not everywhere
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 10)
}
