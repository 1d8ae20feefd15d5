package importer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/klauspost/compress/gzip"

	"github.com/rapporthq/rapport/internal/fault"
)

// source is the text of a file, inflated if it is gzip.
type source struct {
	io.Reader
	file *os.File
}

func (s *source) Close() error { return s.file.Close() }

// open opens the file at path, which is gzip if it begins as gzip does.
func open(path string) (*source, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fault.Wrap(fault.NotFound, err, "there is no file %s", path)
		}
		return nil, fmt.Errorf("open import: %w", err)
	}
	b := bufio.NewReaderSize(f, 256<<10)
	s := &source{Reader: b, file: f}
	if magic, err := b.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if s.Reader, err = gzip.NewReader(b); err != nil {
			_ = f.Close()
			return nil, fault.Wrap(fault.Invalid, err, "%s begins like gzip and is not", path)
		}
	}
	return s, nil
}

// fingerprint returns the hex SHA-256 of the text of a file, and its length.
func fingerprint(ctx context.Context, path string) (digest string, size int64, err error) {
	s, err := open(path)
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
			return "", 0, fmt.Errorf("read %s: %w", path, err)
		case ctx.Err() != nil:
			return "", 0, ctx.Err()
		}
	}
}

// tape remembers the text that was read and not yet forgotten, so that a
// rejected line can be shown as it stands in the file.
type tape struct {
	r     io.Reader
	read  int64
	kept  []byte
	first int // number of the first line in kept, from 0
}

func (t *tape) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.read += int64(n)
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

// rejectFile is made when the first row is rejected.
type rejectFile struct {
	path string
	file *os.File
	csv  *csv.Writer
}

func (f *rejectFile) add(line int, reason, raw string) error {
	if f.file == nil {
		file, err := os.Create(f.path)
		if err != nil {
			return fmt.Errorf("create reject file: %w", err)
		}
		f.file, f.csv = file, csv.NewWriter(file)
		if err := f.csv.Write([]string{"line", "reason", "text"}); err != nil {
			return fmt.Errorf("write reject file: %w", err)
		}
	}
	if err := f.csv.Write([]string{strconv.Itoa(line), reason, raw}); err != nil {
		return fmt.Errorf("write reject file: %w", err)
	}
	return nil
}

func (f *rejectFile) close() error {
	if f.file == nil {
		return nil
	}
	f.csv.Flush()
	if err := errors.Join(f.csv.Error(), f.file.Close()); err != nil {
		return fmt.Errorf("write reject file: %w", err)
	}
	return nil
}
