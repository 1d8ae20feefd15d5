// Package testenv says what a machine must have for a test to run. A test that
// lacks something is skipped aloud; with CI=true it fails instead, so that
// nothing goes untested without anybody noticing. It is the only package that
// may skip a test: archtest sees to that.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Need stops the test unless ok. What names the missing thing and how to come
// by it.
func Need(t testing.TB, what string, ok bool) {
	t.Helper()
	if ok {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("this machine lacks %s, and with CI=true nothing is skipped", what)
	}
	t.Skipf("this machine lacks %s", what)
}

// Data returns the path of a file of the reference data sets, for instance
// "cdnow/CDNOW_master.txt". They are not part of the repository: the folder is
// RAPPORT_DATA, and by default ../shared/data beside the repository. With
// RAPPORT_DATA=none, said on purpose, tests on them are skipped even in CI.
func Data(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("RAPPORT_DATA")
	if folder == "none" {
		t.Skip("RAPPORT_DATA=none: the reference data sets are left out")
	}
	if folder == "" {
		folder = filepath.Join(Root(t), "..", "shared", "data")
	}
	file := filepath.Join(folder, filepath.FromSlash(name))
	_, err := os.Stat(file)
	Need(t, "the data set "+name+"; put it under "+folder+", or set RAPPORT_DATA", err == nil)
	return file
}

// Program returns the path of a program of the system, for instance "postfix".
// Programs of administrators are found too.
func Program(t testing.TB, name string) string {
	t.Helper()
	file, err := exec.LookPath(name)
	elsewhere, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well formed
	for _, folder := range append(elsewhere, "/usr/sbin", "/sbin") {
		if err == nil {
			break
		}
		file, err = exec.LookPath(filepath.Join(folder, name))
	}
	Need(t, "the program "+name, err == nil)
	return file
}

// Root returns the folder of go.mod.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Fatal("found no go.mod above the test's folder")
		}
		folder = parent
	}
}
