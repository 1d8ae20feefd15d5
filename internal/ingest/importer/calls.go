package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest"
)

// CallSource is the source of tracking calls that bring a message id: they are
// the same in every file.
const CallSource = ingest.ImportSource + "segment"

// maxCall is the longest line of a file of tracking calls: longer than any call
// may be, so that it is rejected and not the file.
const maxCall = 1 << 20

// calls reads a tracking call a line.
func calls(r io.Reader) func() (record, error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxCall)
	number := 0
	return func() (record, error) {
		for s.Scan() {
			number++
			text := s.Bytes()
			if number == 1 {
				text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
			}
			if len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			rec := record{call: bytes.Clone(text)} // the event keeps it
			rec.line.Number = number
			return rec, nil
		}
		if err := s.Err(); err != nil {
			return record{}, fmt.Errorf("line %d: %w", number+1, err)
		}
		return record{}, io.EOF
	}
}

// call takes in one tracking call, by the same rules as the tracking API.
func (r *reading) call(ctx context.Context, line int, body []byte) error {
	e, err := ingest.History(r.opts.Workspace, r.bots, body, r.now)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return r.reject(line, errors.New(f.Message))
	}
	if err != nil {
		return err
	}
	e.Source = CallSource
	if e.MessageID == "" {
		e.Source, e.MessageID = r.source, fmt.Sprintf("row:%d", line)
	}
	return r.put(ctx, e)
}

// HoldsCalls reports whether the file at path looks like tracking calls, a line
// each: whether its first line is one.
func HoldsCalls(path string) (bool, error) {
	files, err := members(path)
	if err != nil || len(files) == 0 {
		return false, err
	}
	f, err := files[0].open()
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	rec, err := calls(f)()
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrTooLong) {
			err = nil
		}
		return false, err
	}
	o := gjson.ParseBytes(rec.call)
	for k := event.Identify; k <= event.Alias; k++ {
		if json.Valid(rec.call) && o.IsObject() && o.Get("type").String() == k.String() {
			return o.Get("userId").Exists() || o.Get("anonymousId").Exists(), nil
		}
	}
	return false, nil
}
