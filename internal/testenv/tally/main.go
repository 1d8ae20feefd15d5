// Tally reads the JSON of `go test -json`, shows what `go test` shows without
// it, and closes with how many tests passed and failed. It exits with 1 when
// anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	t, err := run(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
	if t.failed > 0 || t.packages == 0 {
		os.Exit(1)
	}
}

// line is one event of test2json.
type line struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// tally counts tests and subtests. A package that fails without a test that
// does, because it does not compile or panics, counts as one failure.
type tally struct {
	packages, passed, failed, skipped int
}

func run(in io.Reader, out io.Writer) (tally, error) {
	var t tally
	said := map[string][]string{} // output of each test until it ends
	failures := map[string]int{}  // failed tests by package
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		text, err := lines.ReadBytes('\n')
		if len(text) > 0 {
			t.read(text, said, failures, out)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return t, fmt.Errorf("read: %w", err)
		}
	}
	if t.skipped > 0 {
		fmt.Fprintf(out, "%d skipped\n", t.skipped)
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", t.passed, t.failed)
	return t, nil
}

func (t *tally) read(text []byte, said map[string][]string, failures map[string]int, out io.Writer) {
	var l line
	if json.Unmarshal(text, &l) != nil {
		_, _ = out.Write(text) // not an event: what the go command says for itself
		return
	}
	name := l.Package + " " + l.Test
	switch l.Action {
	case "output", "build-output":
		if l.Action == "build-output" {
			fmt.Fprint(out, l.Output)
		} else if !strings.HasPrefix(l.Output, "=== ") {
			said[name] = append(said[name], l.Output)
		}
		return
	case "pass", "skip", "fail":
	default:
		return
	}
	defer delete(said, name)
	if l.Test == "" {
		t.packages++
		if l.Action == "fail" && failures[l.Package] == 0 {
			t.failed++
		}
		if l.Action == "fail" {
			showUnfinished(out, said, l.Package)
		}
		show(out, said[name], l.Action == "fail")
		return
	}
	switch l.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
	case "fail":
		t.failed++
		failures[l.Package]++
	}
	if l.Action != "pass" {
		show(out, said[name], true)
	}
}

// showUnfinished writes what the tests of a failed package said that neither
// passed nor failed: the stacks of a panic or of a timeout are among it, under
// the name of whichever test spoke last.
func showUnfinished(out io.Writer, said map[string][]string, pkg string) {
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if test, ok := strings.CutPrefix(name, pkg+" "); ok && test != "" {
			fmt.Fprintf(out, "--- UNFINISHED: %s\n", test)
			show(out, said[name], true)
			delete(said, name)
		}
	}
}

// show writes what a package or test said; of a package that passed, only its
// line of the summary.
func show(out io.Writer, said []string, all bool) {
	for _, s := range said {
		if all || strings.HasPrefix(s, "ok ") || strings.HasPrefix(s, "? ") {
			fmt.Fprint(out, s)
		}
	}
}
