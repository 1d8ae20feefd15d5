package pace

import (
	"runtime"
	"syscall"
	"time"
)

// Used runs f and returns for how long that kept a processor busy. Waiting does not
// count, and neither does what f has others do.
func Used(f func() error) (time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := busy()
	err := f()
	return busy() - before, err
}

// busy is how long the thread at hand has kept a processor busy. The call cannot fail
// with these arguments.
func busy() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_THREAD, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
