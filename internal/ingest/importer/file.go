package importer

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/rapporthq/rapport/internal/fault"
)

// member is a file to import: the one that was named, or one within a zip.
type member struct {
	name string // without folder, and without the ending of its compression
	open func() (io.ReadCloser, error)
}

// members gives what there is to import at path: a file, which may be
// compressed with gzip or zstd, or the files within a zip, sorted by name. They
// are recognised by how they begin.
func members(path string) ([]member, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fault.Wrap(fault.NotFound, err, "there is no file %s", path)
		}
		return nil, fmt.Errorf("open import: %w", err)
	}
	defer func() { _ = f.Close() }()
	magic := make([]byte, 4)
	n, _ := io.ReadFull(f, magic) // a shorter file is no zip
	if !bytes.Equal(magic[:n], []byte("PK\x03\x04")) {
		name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".gz"), ".zst")
		return []member{{name, func() (io.ReadCloser, error) { return open(path) }}}, nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s begins like a zip and is not", path)
	}
	defer func() { _ = z.Close() }()
	var out []member
	for _, f := range z.File {
		base := f.Name[strings.LastIndexByte(f.Name, '/')+1:]
		if base == "" || strings.HasPrefix(base, ".") || strings.HasPrefix(f.Name, "__MACOSX/") {
			continue // a folder, or what a Mac puts beside a file
		}
		out = append(out, member{base, func() (io.ReadCloser, error) { return openWithin(path, f.Name) }})
	}
	slices.SortFunc(out, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// source is the content of a file, inflated.
type source struct {
	io.Reader
	closers []func() error // in order
}

func (s *source) Close() error {
	var errs []error
	for _, done := range s.closers {
		errs = append(errs, done())
	}
	return errors.Join(errs...)
}

// Open opens the file at path to read what is in it: it is inflated if it begins
// like gzip or zstd. The caller closes it.
func Open(path string) (io.ReadCloser, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "there is no file %s", path)
	}
	return open(path)
}

// open opens the file at path, which is compressed if it begins so.
func open(path string) (*source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open import: %w", err)
	}
	s := &source{closers: []func() error{f.Close}}
	if err := s.inflate(f, path); err != nil {
		_ = f.Close()
		return nil, err
	}
	return s, nil
}

// openWithin opens one file of the zip at path.
func openWithin(path, name string) (*source, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s is not a zip any more", path)
	}
	f, err := z.Open(name)
	if err != nil {
		_ = z.Close()
		return nil, fault.Wrap(fault.Invalid, err, "%s: %s cannot be read", path, name)
	}
	s := &source{closers: []func() error{f.Close, z.Close}}
	if err := s.inflate(f, name); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *source) inflate(r io.Reader, name string) error {
	b := bufio.NewReaderSize(r, 256<<10)
	s.Reader = b
	magic, err := b.Peek(4)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("read %s: %w", name, err)
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}): // RFC 1952
		if s.Reader, err = gzip.NewReader(b); err != nil {
			return fault.Wrap(fault.Invalid, err, "%s begins like gzip and is not", name)
		}
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}): // RFC 8878
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "%s begins like zstd and is not", name)
		}
		s.Reader = z
		s.closers = append([]func() error{func() error { z.Close(); return nil }}, s.closers...)
	}
	return nil
}

// fingerprint returns the hex SHA-256 of the content of a file, inflated, and
// its length.
func fingerprint(ctx context.Context, m member) (digest string, size int64, err error) {
	s, err := m.open()
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = s.Close() }()
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		n, err := s.Read(buf)
		h.Write(buf[:n])
		size += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			return hex.EncodeToString(h.Sum(nil)), size, nil
		case err != nil:
			return "", 0, fmt.Errorf("read %s: %w", m.name, err)
		case ctx.Err() != nil:
			return "", 0, ctx.Err()
		}
	}
}

// tape remembers the text that was read and not yet forgotten, so that a
// rejected line can be shown as it stands in the file.
type tape struct {
	r     io.Reader
	read  *int64 // counts the bytes
	kept  []byte
	first int // number of the first line in kept, from 0
}

func (t *tape) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	*t.read += int64(n)
	if len(t.kept)+n > cap(t.kept) {
		t.kept = append(make([]byte, 0, 2*(len(t.kept)+n)), t.kept...)
	}
	t.kept = append(t.kept, p[:n]...)
	return n, err
}

// forget lets go of the lines before the one with that number, counted from 1.
func (t *tape) forget(number int) {
	for t.first < number-1 {
		i := bytes.IndexByte(t.kept, '\n')
		if i < 0 {
			return
		}
		t.kept = t.kept[i+1:]
		t.first++
	}
}

// line returns a line that was not yet forgotten, without its end.
func (t *tape) line(number int) []byte {
	t.forget(number)
	if t.first != number-1 {
		return nil
	}
	line, _, _ := bytes.Cut(t.kept, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}
