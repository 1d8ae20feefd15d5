package archtest_test

import (
	"io/fs"
	"os"
	"slices"
	"testing"
)

func root(t *testing.T) fs.FS {
	t.Helper()
	return os.DirFS("../..")
}

// walk visits what belongs to the repository: not what is built or fetched.
func walk(t *testing.T, visit func(name string, d fs.DirEntry)) {
	t.Helper()
	built := []string{".git", "node_modules", "bin", "web/dist", "coverage"}
	err := fs.WalkDir(root(t), ".", func(name string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // made and removed by a test that runs beside this one
		}
		if err != nil {
			return err
		}
		if d.IsDir() && (slices.Contains(built, d.Name()) || slices.Contains(built, name)) {
			return fs.SkipDir
		}
		if name != ".git" { // a file, in a second working tree
			visit(name, d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
