package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/ingest/jsonscan"
)

// whole reads text as one value and nothing else.
func whole(text []byte) (raw []byte, deepest int, err error) {
	s := jsonscan.New(text)
	if raw, err = s.Value(); err == nil {
		err = s.End()
	}
	return raw, s.Deepest(), err
}

// walk reads text as whole does, but goes into every object and array by itself.
func walk(text []byte) error {
	s := jsonscan.New(text)
	if err := step(&s); err != nil {
		return err
	}
	return s.End()
}

func step(s *jsonscan.Scanner) error {
	if k := s.Kind(); k != '{' && k != '[' {
		_, err := s.Value()
		return err
	}
	more, err := s.Enter()
	for ; more && err == nil; more, err = s.Next() {
		if err := step(s); err != nil {
			return err
		}
	}
	return err
}

// requireAgrees wants encoding/json's verdict on text. It repairs what is not
// UTF-8; here that is the caller's part.
func requireAgrees(t *testing.T, text []byte) {
	t.Helper()
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	want := json.Valid(text)
	raw, deepest, err := whole(text)
	require.Equal(t, want, err == nil, "%.200q: %v", text, err)
	require.Equal(t, want, walk(text) == nil, "%.200q, step by step", text)
	if !want {
		var at *jsonscan.Error
		require.ErrorAs(t, err, &at)
		require.GreaterOrEqual(t, at.Offset, 0)
		require.LessOrEqual(t, at.Offset, len(text))
		return
	}
	require.Equal(t, string(bytes.Trim(text, " \t\r\n")), string(raw))
	require.Equal(t, depth(text), deepest, "%.200q", text)
}

// depth is how deep valid JSON is nested.
func depth(text []byte) (deepest int) {
	d := json.NewDecoder(bytes.NewReader(text))
	for open := 0; ; {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
			deepest = max(deepest, open)
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
}

// TestAgreesOnTheParsingTestSuite is github.com/nst/JSONTestSuite: what RFC 8259
// says must be accepted is, what it says must not be is not, and where it leaves
// the choice we choose as encoding/json does.
func TestAgreesOnTheParsingTestSuite(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/JSONTestSuite/*/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 330)
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // a file of the test
		require.NoError(t, err)
		requireAgrees(t, text)
		_, _, err = whole(text)
		switch name := filepath.Base(file); name[:2] {
		case "y_":
			require.NoError(t, err, name)
		case "n_":
			require.Error(t, err, name)
		}
	}
}

func TestDepthIsLimitedAsInEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, jsonscan.MaxDepth - 1, jsonscan.MaxDepth, jsonscan.MaxDepth + 1, 200_000} {
		requireAgrees(t, []byte(strings.Repeat("[", n)+strings.Repeat("]", n)))
		requireAgrees(t, []byte(strings.Repeat(`{"a":[`, n/2)+strings.Repeat("]}", n/2)))
	}
}

// TestStringsEndWhereTheyEnd puts what ends or breaks a string at every place of
// the eight bytes that are looked at together, before and after text of all sorts.
func TestStringsEndWhereTheyEnd(t *testing.T) {
	t.Parallel()
	for _, around := range []string{"a", " ", "!", "#", "[", "]", "\x7f", "\u0080", "é", "€", "\U0010ffff"} {
		for before := range 20 {
			for after := range 10 {
				for _, c := range []string{`"`, `\`, `\"`, `\\`, `\u00e9`, `\u00e`, "\x1f", "\x00", "\x01", "\n"} {
					requireAgrees(t, []byte(`"`+strings.Repeat(around, before)+c+strings.Repeat(around, after)+`"`))
				}
			}
		}
	}
}

func FuzzScanAgreesWithEncodingJSON(f *testing.F) {
	files, err := filepath.Glob("testdata/JSONTestSuite/*/*.json")
	require.NoError(f, err)
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && len(text) < 1000 { //nolint:gosec // a file of the test
			f.Add(text)
		}
	}
	f.Add([]byte(`{"type":"track","userId":"u1","event":"Order \"Completed\"","properties":{"a":[1,-2.5e+3,true,null,{"b":"é\u00e9"}]}}`))
	f.Fuzz(requireAgrees)
}

func BenchmarkValue(b *testing.B) {
	text := []byte(`{"type":"track","userId":"user-123456","messageId":"ajs-0000000000000001-123456","timestamp":"2026-11-27T06:44:46.558Z","event":"Product Viewed","properties":{"product_id":"507f1f77bcf86cd799439011","sku":"G-32","category":"Games","name":"Monopoly: 3rd Edition","brand":"Hasbro","price":18.99,"quantity":1,"currency":"EUR","position":3},"context":{"library":{"name":"analytics.js","version":"2.11.1"},"locale":"en-US","page":{"path":"/product/507f1f77","referrer":"","search":"","title":"Monopoly: 3rd Edition","url":"https://shop.example/product/507f1f77"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}}`)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := whole(text); err != nil {
			b.Fatal(err)
		}
	}
}
