package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Files is where an archive lives: a folder, or a bucket. Names have slashes.
type Files interface {
	// Write makes name hold what fill writes, durably and in one step: after a
	// crash it holds all of it or what it held before.
	Write(name string, fill func(io.Writer) error) error

	// Open reads a file. It returns fs.ErrNotExist if there is none.
	Open(name string) (File, error)

	// Remove removes a file, if it is there.
	Remove(name string) error

	// List returns the names of all files.
	List() ([]string, error)
}

// File is an open file of an archive.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Folder keeps an archive in a folder of this machine.
type Folder struct{ Path string }

var _ Files = Folder{}

// partial marks files that are still being written.
const partial = ".partial"

// Write implements Files.
func (f Folder) Write(name string, fill func(io.Writer) error) (err error) {
	path := f.Location(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	file, err := os.OpenFile(path+partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // a name of our own
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	err = fill(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(path+partial, path)
	}
	if err != nil {
		return fmt.Errorf("archive: write %s: %w", name, errors.Join(err, f.Remove(name+partial)))
	}
	return f.syncFolders(name)
}

// syncFolders makes the folders that lead to name durable: any may be new.
func (f Folder) syncFolders(name string) error {
	for dir := filepath.Dir(filepath.FromSlash(name)); ; dir = filepath.Dir(dir) {
		d, err := os.Open(filepath.Join(f.Path, dir))
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return fmt.Errorf("archive: sync folder of %s: %w", name, err)
		}
		if dir == "." {
			return nil
		}
	}
}

// Location is the path of a file.
func (f Folder) Location(name string) string { return filepath.Join(f.Path, filepath.FromSlash(name)) }

type osFile struct {
	*os.File
	size int64
}

func (f osFile) Size() int64 { return f.size }

// Open implements Files.
func (f Folder) Open(name string) (File, error) {
	file, err := os.Open(f.Location(name))
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("archive: %w", err), file.Close())
	}
	return osFile{file, info.Size()}, nil
}

// Remove implements Files.
func (f Folder) Remove(name string) error {
	if err := os.Remove(f.Location(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}

// List implements Files.
func (f Folder) List() ([]string, error) {
	var names []string
	err := filepath.WalkDir(f.Path, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(f.Path, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("archive: list files: %w", err)
	}
	return names, nil
}

// readAll reads a small file.
func readAll(files Files, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	return b, errors.Join(err, f.Close())
}

// ours reports whether name is one that an archive gives to its tables' files.
func ours(name string) bool {
	return strings.HasSuffix(name, ".parquet") || strings.HasSuffix(name, partial)
}
