package testenv

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The schemas of what is said on the phone. Each says what TwiML and VoiceXML allow
// of what we say at all.
const (
	TwiML    = "internal/deliver/voice/testdata/twiml.xsd"
	VoiceXML = "internal/deliver/voice/testdata/vxml.xsd"
)

// Schema returns why doc is not what an XML schema, a file of the repository, says.
// The judge is xmllint, of libxml2.
func Schema(t testing.TB, schema, doc string) error {
	t.Helper()
	file := filepath.Join(Root(t), filepath.FromSlash(schema))
	cmd := exec.CommandContext(context.Background(), Program(t, "xmllint"), "--noout", "--nonet", "--schema", file, "-") //nolint:gosec // the test names the schema
	cmd.Stdin = strings.NewReader(doc)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s\n%s", schema, err, said, doc)
	}
	return nil
}
