package testenv

import (
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Scripts runs the stories under testdata, each in a subtest of its own with a
// world from open. Blank lines separate blocks; a block is what to do, a line
// "----", and what comes of it. A block without that line is only words. With
// update the files are rewritten to say what comes of it now.
func Scripts(t *testing.T, update bool, open func(t *testing.T) (run func(block string) string)) {
	t.Helper()
	ScriptsIn(t, "testdata", update, open)
}

// ScriptsIn is Scripts of another folder.
func ScriptsIn(t *testing.T, folder string, update bool, open func(t *testing.T) (run func(block string) string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts under %s: this test looks in the wrong place (%v)", folder, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file) //nolint:gosec // from the glob above
			if err != nil {
				t.Fatal(err)
			}
			now := play(t, string(raw), !update, open(t))
			if update {
				if err := os.WriteFile(file, []byte(now), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Commands gives the words of each line of a block that is not a remark.
func Commands(block string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.SplitSeq(block, "\n") {
			if words := strings.Fields(line); len(words) > 0 && words[0] != "#" && !yield(words) {
				return
			}
		}
	}
}

// play runs every block of a script and returns the script as it should be.
func play(t *testing.T, script string, hold bool, run func(block string) string) string {
	t.Helper()
	var out []string
	for block := range strings.SplitSeq(strings.TrimRight(script, "\n"), "\n\n") {
		in, want, isStep := strings.Cut(block, "\n----")
		if !isStep {
			out = append(out, block)
			continue
		}
		want = strings.TrimPrefix(want, "\n")
		got := strings.TrimRight(run(in), "\n")
		if hold && got != want {
			t.Fatalf("after:\n%s\n\nwant:\n%s\n\ngot:\n%s\n\nIf it is right now, run again with -update.", in, want, got)
		}
		out = append(out, in+"\n----\n"+got)
	}
	return strings.Join(out, "\n\n") + "\n"
}
