package email

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/rapporthq/rapport/internal/fault"
)

// DKIM is what letters are signed with (RFC 6376).
type DKIM struct {
	Domain   string
	Selector string
	Key      string // a private RSA key of 2,048 bits or more, in PEM
}

// leastKey is what RFC 8301 asks of signers, in bits. Ed25519 is left out: large
// receivers do not check it.
const leastKey = 2048

type signer struct{ opts dkim.SignOptions }

func newSigner(d DKIM) (*signer, error) {
	block, _ := pem.Decode([]byte(d.Key))
	if block == nil || d.Domain == "" || d.Selector == "" {
		return nil, fault.New(fault.Invalid, "signing by DKIM needs dkim_domain, dkim_selector and dkim_key, a private RSA key in PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	}
	private, ok := key.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fault.New(fault.Invalid, "the dkim_key cannot be read: it must be a private RSA key in PEM")
	}
	if private.N.BitLen() < leastKey {
		return nil, fault.New(fault.Invalid, "the dkim_key has %d bits; at least %d are needed", private.N.BitLen(), leastKey)
	}
	return &signer{dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: private, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		// RFC 8058 has both headers of one-click unsubscription signed.
		HeaderKeys: []string{
			"From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
			"List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "Auto-Submitted",
		},
	}}, nil
}

// signed returns a letter with its signature before it; without a signer, as it is.
func (s *signer) signed(data []byte) ([]byte, error) {
	if s == nil {
		return data, nil
	}
	var out bytes.Buffer
	out.Grow(len(data) + 1<<10)
	if err := dkim.Sign(&out, bytes.NewReader(data), &s.opts); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the letter cannot be signed")
	}
	return out.Bytes(), nil
}

// Record returns the TXT record that receivers look for, and its name.
func (d DKIM) Record() (name, text string, err error) {
	s, err := newSigner(d)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKIXPublicKey(s.opts.Signer.Public())
	if err != nil {
		return "", "", fmt.Errorf("write the public key: %w", err)
	}
	return d.Selector + "._domainkey." + d.Domain, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
}
