//go:build !linux

package pace

import "time"

// Used runs f and returns for how long, since this system does not tell how long that
// kept a processor busy.
func Used(f func() error) (time.Duration, error) {
	began := time.Now()
	err := f()
	return time.Since(began), err
}
