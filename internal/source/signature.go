package source

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
)

// clocksMayDiffer is how old a signed call may be: what Standard Webhooks
// suggests.
const clocksMayDiffer = 5 * time.Minute

const secretPrefix = "whsec_"

// signingKey reads a secret as its scheme has it.
func signingKey(scheme Scheme, secret string) ([]byte, error) {
	if scheme != StandardWebhooks {
		return []byte(secret), nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || !strings.HasPrefix(secret, secretPrefix) || len(key) < 16 || len(key) > 64 {
		return nil, fault.New(fault.Invalid, "a secret of Standard Webhooks is %s followed by 24 to 64 bytes in base64", secretPrefix).At("signature.secret")
	}
	return key, nil
}

// verifier returns the check of a call's signature.
func (w storedWebhook) verifier(sealing []byte) func(http.Header, []byte, time.Time) error {
	secret, err := unseal(sealing, w.Sealed)
	var key []byte
	if err == nil {
		key, err = signingKey(w.Scheme, secret)
	}
	if err != nil {
		return func(http.Header, []byte, time.Time) error {
			return fault.New(fault.Unauthorized, "the secret of this webhook cannot be read with the keys of this data folder; set it again")
		}
	}
	if w.Scheme == StandardWebhooks {
		return func(h http.Header, body []byte, now time.Time) error { return verifyStandard(h, body, key, now) }
	}
	return func(h http.Header, body []byte, _ time.Time) error { return w.verifyPlain(h, body, key) }
}

// verifyPlain checks an HMAC of the body alone.
func (w storedWebhook) verifyPlain(h http.Header, body, key []byte) error {
	text, found := strings.CutPrefix(strings.TrimSpace(h.Get(w.Header)), w.Prefix)
	var got []byte
	var err error
	if w.Encoding == Base64 {
		got, err = base64.StdEncoding.DecodeString(text)
	} else {
		got, err = hex.DecodeString(text)
	}
	if !found || err != nil || text == "" {
		return fault.New(fault.Unauthorized, "the header %s does not hold a signature in %s", w.Header, w.Encoding).At(w.Header)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	if !hmac.Equal(got, mac.Sum(nil)) {
		return fault.New(fault.Unauthorized, "the signature in %s is not that of this body; is the secret the same on both sides?", w.Header).At(w.Header)
	}
	return nil
}

// verifyStandard checks the three headers of Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks, version 1.0.0).
func verifyStandard(h http.Header, body, key []byte, now time.Time) error {
	id, timestamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	sec, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" {
		return fault.New(fault.Unauthorized, "the headers Webhook-Id and Webhook-Timestamp are missing").At("Webhook-Id")
	}
	if now.Sub(time.Unix(sec, 0)).Abs() > clocksMayDiffer {
		return fault.New(fault.Unauthorized, "the call was signed more than %v away from now", clocksMayDiffer).At("Webhook-Timestamp")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := mac.Sum(nil)
	for s := range strings.FieldsSeq(h.Get("Webhook-Signature")) {
		text, v1 := strings.CutPrefix(s, "v1,")
		if got, err := base64.StdEncoding.DecodeString(text); v1 && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return fault.New(fault.Unauthorized, "no signature in Webhook-Signature is that of this body; is the secret the same on both sides?").At("Webhook-Signature")
}

// A secret must be at hand to check signatures, so unlike a write key it is kept,
// but sealed: the journal, its backups and the state hold it under a key that is
// only in the data folder's secrets.

func sealer(sealing []byte) (cipher.AEAD, error) {
	if len(sealing) == 0 {
		return nil, errors.New("there is no key to seal secrets with")
	}
	key, err := hkdf.Key(sha256.New, sealing, nil, "rapport webhook secret v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func seal(sealing []byte, secret string) ([]byte, error) {
	aead, err := sealer(sealing)
	if err != nil {
		return nil, fmt.Errorf("seal a webhook's secret: %w", err)
	}
	return aead.Seal(nil, nil, []byte(secret), nil), nil
}

func unseal(sealing, sealed []byte) (string, error) {
	aead, err := sealer(sealing)
	if err != nil {
		return "", err
	}
	secret, err := aead.Open(nil, nil, sealed, nil)
	return string(secret), err
}
