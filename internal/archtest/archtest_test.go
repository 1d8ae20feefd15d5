package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rapporthq/rapport/internal/archtest"
)

func TestSourceKeepsTheHouseRules(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for name, src := range files(t, ".go") {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if ast.IsGenerated(f) {
			continue
		}
		for _, problem := range archtest.Check(name, fset, f) {
			t.Error(problem)
		}
		if !strings.HasSuffix(name, "_test.go") {
			dir := path.Dir(name)
			documented[dir] = documented[dir] || f.Doc != nil
		}
	}
	if len(documented) < 10 {
		t.Fatalf("found %d packages: this test is looking in the wrong place", len(documented))
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestEveryTestdataFolderHoldsSomething(t *testing.T) {
	t.Parallel()
	found := 0
	walk(t, func(name string, d fs.DirEntry) {
		if !d.IsDir() || d.Name() != "testdata" {
			return
		}
		found++
		entries, err := fs.ReadDir(root(t), name)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			t.Errorf("%s is empty", name)
		}
	})
	if found == 0 {
		t.Fatal("found no testdata folder: this test is looking in the wrong place")
	}
}

func TestFilesNameNoRegistryAndNobodysDesk(t *testing.T) {
	t.Parallel()
	read := files(t, "")
	if len(read) < 20 {
		t.Fatalf("found %d files: this test is looking in the wrong place", len(read))
	}
	for name, src := range read {
		for _, problem := range archtest.CheckWords(name, src) {
			t.Error(problem)
		}
	}
}

// files returns the text files of the repository whose names end in suffix.
func files(t *testing.T, suffix string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	walk(t, func(name string, d fs.DirEntry) {
		if !d.Type().IsRegular() || !strings.HasSuffix(name, suffix) || name == ".git" {
			return // where git has several work trees, .git is a file that says where the rest is
		}
		src, err := fs.ReadFile(root(t), name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(src[:min(len(src), 8000)], 0) {
			found[name] = src
		}
	})
	return found
}
