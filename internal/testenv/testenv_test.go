package testenv_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/testenv"
)

// ended is a test that remembers how it ended.
type ended struct {
	testing.TB

	how string
}

func (e *ended) Helper()               {}
func (e *ended) Fatalf(string, ...any) { e.how = "failed"; runtime.Goexit() }
func (e *ended) Skip(...any)           { e.how = "skipped"; runtime.Goexit() }
func (e *ended) Skipf(string, ...any)  { e.how = "skipped"; runtime.Goexit() }

func ending(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	e := &ended{TB: t, how: "went on"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(e)
	}()
	<-done
	return e.how
}

func TestMissingThingSkipsAtADeskAndFailsInCI(t *testing.T) { // not parallel: sets the environment
	missing := func(t testing.TB) { testenv.Need(t, "a unicorn", false) }
	t.Setenv("CI", "")
	require.Equal(t, "skipped", ending(t, missing))
	t.Setenv("CI", "true")
	require.Equal(t, "failed", ending(t, missing))
	require.Equal(t, "went on", ending(t, func(t testing.TB) { testenv.Need(t, "air", true) }))
}

func TestDataIsWhereTheVariableSays(t *testing.T) { // not parallel: sets the environment
	folder := t.TempDir()
	t.Setenv("RAPPORT_DATA", folder)
	t.Setenv("CI", "true")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.csv"), []byte("x"), 0o600))
	require.Equal(t, filepath.Join(folder, "a.csv"), testenv.Data(t, "a.csv"))
	require.Equal(t, "failed", ending(t, func(t testing.TB) { testenv.Data(t, "b.csv") }))
	t.Setenv("RAPPORT_DATA", "none")
	require.Equal(t, "skipped", ending(t, func(t testing.TB) { testenv.Data(t, "a.csv") }))
}

func TestProgramIsFoundOrNamed(t *testing.T) { // not parallel: sets the environment
	t.Setenv("CI", "true")
	require.FileExists(t, testenv.Program(t, "go"))
	require.Equal(t, "failed", ending(t, func(t testing.TB) { testenv.Program(t, "no-such-program") }))
}
