package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
)

// ReadDefinitions reads and checks the definitions of a folder: what package
// definition checks, and that every message can be read.
func ReadDefinitions(folder string) ([]byte, *definition.Workspace, error) {
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fault.New(fault.NotFound, "there is no folder %s; rapport init %s makes one with ready definitions", folder, folder)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("definitions: %w", err)
	}
	if !info.IsDir() {
		return nil, nil, fault.New(fault.Invalid, "%s is a file; name the folder that it is in: all its *.yaml files belong together", folder)
	}
	yaml, err := definition.LoadDir(os.DirFS(folder))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", folder, err)
	}
	ws, err := CheckDefinitions(yaml)
	if err != nil {
		return nil, nil, fmt.Errorf("%s:\n%w", folder, err)
	}
	return yaml, ws, nil
}

// CheckDefinitions compiles definitions and reads every message in them.
func CheckDefinitions(yaml []byte) (*definition.Workspace, error) {
	ws, err := definition.Compile(yaml)
	if err != nil {
		return nil, err
	}
	var errs []error
	all := ws.AllMessages()
	for _, s := range ws.Slots {
		if s.Fallback != nil {
			all = append(all, definition.Authored{Message: *s.Fallback, Where: "slot " + s.ID + ", fallback"})
		}
	}
	for _, m := range all {
		for _, err := range message.Check(m.Message, message.Of(ws)) {
			part := ""
			if e, ok := errors.AsType[*fault.Error](err); ok && e.Field != "" {
				part = ", " + e.Field
			}
			errs = append(errs, fmt.Errorf("%s%s: %w", m.Where, part, err))
		}
	}
	for i := range ws.Conversations {
		errs = append(errs, conversation.Check(&ws.Conversations[i])...)
	}
	return ws, errors.Join(errs...)
}
