//go:build !unix

package rehearsal

// limit has nothing to bound a process by here.
func limit() {}
