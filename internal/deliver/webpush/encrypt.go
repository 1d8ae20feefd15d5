package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// subscription is where a browser is reached, and how to write to it.
type subscription struct {
	endpoint *url.URL
	p256dh   *ecdh.PublicKey
	auth     []byte
}

// Address writes a subscription as an address; p256dh and auth are in base64url, as
// browsers give them.
func Address(endpoint, p256dh, auth string) string { return endpoint + " " + p256dh + " " + auth }

func readAddress(s string) (subscription, error) {
	parts := strings.Fields(s)
	if len(parts) != 3 {
		return subscription{}, fault.New(fault.Invalid, "the subscription must be an endpoint, p256dh and auth with a space between")
	}
	u, err := url.Parse(parts[0])
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return subscription{}, fault.New(fault.Invalid, "the subscription's endpoint must be an https address")
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return subscription{}, fault.Wrap(fault.Invalid, err, "the subscription's p256dh cannot be read")
	}
	key, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		return subscription{}, fault.Wrap(fault.Invalid, err, "the subscription's p256dh is no key of P-256")
	}
	auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[2], "="))
	if err != nil || len(auth) != 16 {
		return subscription{}, fault.New(fault.Invalid, "the subscription's auth must be 16 bytes in base64url")
	}
	return subscription{u, key, auth}, nil
}

// recordSize is that of the header of RFC 8188; a notification is one record.
const recordSize = 4096

// encrypt seals plain for s as RFC 8291 section 4 and RFC 8188 say: a header of
// salt, record size and our public key, and one record, ended by 2.
func encrypt(s subscription, plain []byte) ([]byte, error) {
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	return seal(s, ours, salt, plain)
}

func seal(s subscription, ours *ecdh.PrivateKey, salt, plain []byte) ([]byte, error) {
	shared, err := ours.ECDH(s.p256dh)
	if err != nil {
		return nil, fmt.Errorf("agree on a key: %w", err)
	}
	public := ours.PublicKey().Bytes()
	ikm, err := hkdf.Key(sha256.New, shared, s.auth, "WebPush: info\x00"+string(s.p256dh.Bytes())+string(public), 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, fmt.Errorf("derive a nonce: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	out := append([]byte(nil), salt...)
	out = binary.BigEndian.AppendUint32(out, recordSize)
	out = append(out, byte(len(public)))
	out = append(out, public...)
	return gcm.Seal(out, nonce, append(plain, 2), nil), nil
}
