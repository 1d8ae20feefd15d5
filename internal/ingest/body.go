package ingest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// errTooLong means that a body exceeds what readUpTo may return.
var errTooLong = errors.New("body too long")

// readUpTo reads all of r into room if that is large enough, first seeing to it
// that there is some for hint bytes (within reason: a hint is only a claim), and
// returns errTooLong rather than more than limit bytes.
func readUpTo(room []byte, r io.Reader, hint int64, limit int) ([]byte, error) {
	b := bytes.NewBuffer(slices.Grow(room[:0], int(min(hint, 512<<10))+bytes.MinRead))
	n, err := b.ReadFrom(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if n > int64(limit) {
		return nil, errTooLong
	}
	return b.Bytes(), nil
}

// isTooLong reports whether err says that a limit on bytes was passed.
func isTooLong(err error) bool {
	_, over := errors.AsType[*http.MaxBytesError](err)
	return over || errors.Is(err, errTooLong)
}

// basicKey returns the write key of Basic authorization: the user name, with or
// without the colon after it. Other schemes are left to the body's writeKey.
func basicKey(r *http.Request) (key string, ok bool, err error) {
	scheme, value, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", false, nil
	}
	value = strings.TrimRight(strings.TrimSpace(value), "=")
	plain, err := base64.RawStdEncoding.DecodeString(value)
	if err != nil {
		return "", false, fault.New(fault.Unauthorized, "the Authorization header is not valid base64; send the write key, a colon, and no password").At("Authorization")
	}
	key, _, _ = strings.Cut(string(plain), ":")
	return key, key != "", nil
}
