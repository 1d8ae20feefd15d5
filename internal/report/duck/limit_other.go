//go:build !unix

package duck

// limit has nothing to bound a process by here: what DuckDB's own settings forbid
// is forbidden all the same.
func limit(int64) {}
