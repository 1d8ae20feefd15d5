// Package jwt signs JSON Web Tokens (RFC 7519) as providers of push ask for them:
// ES256 and RS256, and nothing else.
package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"

	"github.com/rapporthq/rapport/internal/fault"
)

// Header is the header of a token; the algorithm is filled in.
type Header map[string]string

// ES256 signs claims with a key of P-256.
func ES256(key *ecdsa.PrivateKey, h Header, claims any) (string, error) {
	body, sum, err := parts("ES256", h, claims)
	if err != nil {
		return "", err
	}
	r, s, err := ecdsa.Sign(rand.Reader, key, sum)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return body + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// RS256 signs claims with an RSA key.
func RS256(key *rsa.PrivateKey, h Header, claims any) (string, error) {
	body, sum, err := parts("RS256", h, claims)
	if err != nil {
		return "", err
	}
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return body + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

func parts(alg string, h Header, claims any) (body string, sum []byte, err error) {
	head := map[string]string{"alg": alg, "typ": "JWT"}
	maps.Copy(head, h)
	for _, part := range []any{head, claims} {
		b, err := json.Marshal(part)
		if err != nil {
			return "", nil, fmt.Errorf("write a token: %w", err)
		}
		if body != "" {
			body += "."
		}
		body += base64.RawURLEncoding.EncodeToString(b)
	}
	s := sha256.Sum256([]byte(body))
	return body, s[:], nil
}

// ReadKey reads a private key in PEM and PKCS #8, as Apple and Google give them.
func ReadKey(text string) (any, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fault.New(fault.Invalid, "the key is not in PEM: it begins with -----BEGIN PRIVATE KEY-----")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the key cannot be read")
	}
	return key, nil
}
