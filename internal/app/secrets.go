package app

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/durable"
)

// secrets are made up on the first start and kept in the data folder, readable
// by its owner only.
type secrets struct {
	WriteKey   string `json:"write_key"`
	AdminToken string `json:"admin_token"`
	Signing    []byte `json:"signing_key"` // of the links in messages
	made       bool   // just now
}

func loadSecrets(dir string, cfg config.Config) (secrets, error) {
	path := filepath.Join(dir, "secrets.json")
	var s secrets
	b, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s, err = makeSecrets(path)
	case err == nil:
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return secrets{}, fmt.Errorf("read %s: %w", path, err)
	}
	if cfg.WriteKey != "" {
		s.WriteKey = cfg.WriteKey
	}
	if cfg.AdminToken != "" {
		s.AdminToken = cfg.AdminToken
	}
	return s, nil
}

func makeSecrets(path string) (secrets, error) {
	s := secrets{WriteKey: randomText(18), AdminToken: randomText(24), Signing: make([]byte, 32), made: true}
	_, _ = rand.Read(s.Signing) // never fails
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return secrets{}, err
	}
	return s, durable.WriteFile(path, b)
}

// derive makes a key for one purpose out of the signing key: RFC 2104.
func (s secrets) derive(purpose string) []byte {
	m := hmac.New(sha256.New, s.Signing)
	m.Write([]byte(purpose))
	return m.Sum(nil)
}

// identityKey is what a company signs the ids of its users with, so that a browser
// that names one is believed.
func (s secrets) identityKey() string { return hex.EncodeToString(s.derive("rapport/identity/1")) }

func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
