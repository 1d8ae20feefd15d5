package ingest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
)

// oddJSON gives values that JSON readers are known to disagree about: numbers,
// strings, white space and structures at and over the edge of RFC 8259.
func oddJSON() []string {
	values := []string{
		// numbers
		"0", "-0", "-", "+1", "01", "-01", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1E-", "1e5", "1E+5", "0e0", "0E1", "1.5e-7",
		"1e400", "-1e400", "123456789012345678901234567890", "9007199254740993", "0x1F", "1_000", "Infinity", "-Infinity", "NaN", "1 2", "--1", "1eE2", "0.1.2", "\uff11",
		// words
		"true", "false", "null", "True", "nul", "nullx", "truefalse", "undefined",
		// strings
		`""`, `"a"`, `'a'`, `"`, `"\"`, `"\\"`, `"\/"`, `"\b\f\n\r\t"`, `"\a"`, `"\x41"`, `"\u0041"`, `"\u004"`, `"\u00zz"`, `"\U0041"`, `"\u0000"`,
		`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\uD83D\ud83d\ude00"`, `"\u2028"`,
		"\"\x00\"", "\"\x1f\"", "\"\x7f\"", "\"\n\"", "\"\t\"", "\"\u2028\"", "\"\U0010ffff\"",
		"\"\xff\"", "\"\xc0\xaf\"", "\"\xe0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\xbf\xbf\xbf\"", "\"\xc3\"",
		// arrays
		"[]", "[1]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[", "]", "[1", "[1}", "[[]", "[]]", "[null, true ,\r\n\t\"x\"]", "[1;2]", "[\"a\":1]", "[/**/]", "[1]x",
		// objects
		"{}", `{"a":1}`, `{"a":1,}`, `{,"a":1}`, `{"a"}`, `{"a":}`, `{:1}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{"a" : 1}`, `{"a":1 "b":2}`, `{"a":1,,"b":2}`,
		`{"a":1,"a":2}`, `{"a":{"b":1},"a":{"c":2}}`, `{"":0}`, `{"\u0061":1,"a":2}`, `{"a\u0000b":1}`, `{"a":1}}`, `{"a":1`, `{"a":1]`, `{"a"::1}`, `{"\ud800":1}`, `{"a":1}//x`,
		// white space, and what only looks like it
		" 1 ", "\t1", "\r\n1", "\f1", "\v1", "\u00a01", "\u20601", "\ufeff1", "\u20281", "\x001", "",
		// depth that is allowed
		strings.Repeat("[", 60) + strings.Repeat("]", 60), strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60), strings.Repeat("[", 60),
	}
	return values
}

// suiteJSON gives the cases of github.com/nst/JSONTestSuite, but for what is
// refused as too deep.
func suiteJSON(t *testing.T) (values []string) {
	t.Helper()
	files, err := filepath.Glob("jsonscan/testdata/JSONTestSuite/*/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 330)
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // a file of the test
		require.NoError(t, err)
		if json.Valid(text) && event.NestedDeeper(text, ingest.MaxNesting/2) {
			continue // one of 500 levels, which encoding/json takes and an event may not have
		}
		values = append(values, string(text))
	}
	return values
}

// TestJSONIsReadAsTheStandardLibraryReadsIt puts odd values wherever the reader
// treats a value in a way of its own, and wants encoding/json's verdict and, of
// what is accepted, its value.
func TestJSONIsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	t.Parallel()
	places := []struct{ name, path, body string }{
		{"in an object that is kept", "/v1/track", `{"event":"E","userId":"u1","properties":{"v":%s}}`},
		{"in a member that is skipped", "/v1/track", `{"unknown":%s,"event":"E","userId":"u1"}`},
		{"in traits", "/v1/identify", `{"userId":"u1","traits":{"v":%s}}`},
		{"in context", "/v1/track", `{"event":"E","userId":"u1","context":{"v":%s}}`},
		{"in the context of a batch", "/v1/batch", `{"context":{"v":%s},"batch":[{"type":"track","event":"E","userId":"u1"}]}`},
		{"in a batch", "/v1/batch", `{"batch":[{"type":"track","event":"E","userId":"u1","properties":{"v":%s}}]}`},
		{"beside a batch", "/v1/batch", `{"unknown":%s,"batch":[{"type":"track","event":"E","userId":"u1"}]}`},
		{"after the object", "/v1/track", `{"event":"E","userId":"u1"}%s`},
	}
	values := append(oddJSON(), suiteJSON(t)...)
	for _, place := range places {
		for _, value := range values {
			body := fmt.Sprintf(place.body, value)
			kept := &recorder{}
			w := post(newAPI(kept), place.path, []byte(body))
			events := kept.take()
			if !json.Valid([]byte(body)) {
				require.Equal(t, http.StatusBadRequest, w.Code, "%s: %q is not JSON", place.name, value)
				require.Empty(t, events, "%s: %q", place.name, value)
				continue
			}
			require.Equal(t, http.StatusOK, w.Code, "%s: %q is JSON, but: %s", place.name, value, w.Body)
			require.Len(t, events, 1, "%s: %q", place.name, value)
			for _, kept := range [][]byte{events[0].Properties, events[0].Traits, events[0].Context} {
				if kept != nil {
					require.Equal(t, plain(t, []byte(`{"v":`+value+`}`)), plain(t, kept), "%s: %q", place.name, value)
				}
			}
		}
	}
}

// TestTextIsReadAsTheStandardLibraryReadsIt does so for the texts that are taken
// out of a call.
func TestTextIsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	t.Parallel()
	for _, value := range append(oddJSON(), suiteJSON(t)...) {
		var want string
		if !strings.HasPrefix(value, `"`) || json.Unmarshal([]byte(value), &want) != nil || strings.TrimSpace(want) == "" {
			continue
		}
		kept := &recorder{}
		w := post(newAPI(kept), "/v1/track", fmt.Appendf(nil, `{"event":%s,"userId":"u1"}`, value))
		require.Equal(t, http.StatusOK, w.Code, "%q: %s", value, w.Body)
		require.Equal(t, want, kept.take()[0].Name, "%q", value)
	}
}

// plain is what encoding/json makes of a value, with numbers as they are written.
func plain(t *testing.T, b []byte) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	return v
}
