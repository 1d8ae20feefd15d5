package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
)

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
