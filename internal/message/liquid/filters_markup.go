package liquid

import (
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

//nolint:gochecknoglobals // immutable
var markupFilters = map[string]filter{
	"escape":      plain(htmlSafe.Replace),
	"escape_once": plain(escapeOnce),
	"newline_to_br": plain(func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "<br />\n")
	}),
	"strip_html":             {0, 0, stripHTML},
	"url_encode":             plain(url.QueryEscape),
	"url_decode":             decoder(url.QueryUnescape),
	"base64_encode":          plain(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
	"base64_url_safe_encode": plain(func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }),
	"base64_decode":          decoder(fromBase64(base64.StdEncoding)),
	"base64_url_safe_decode": decoder(fromBase64(base64.URLEncoding)),
}

//nolint:gochecknoglobals // immutable
var htmlSafe = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

var (
	entity = regexp.MustCompile(`&(?:[a-zA-Z]+|#\d+);`)
	noText = regexp.MustCompile(`(?is)<script.*?</script>|<!--.*?-->|<style.*?</style>`)
	markup = regexp.MustCompile(`(?s)<.*?>`)
)

// escapeOnce escapes what is not yet escaped.
func escapeOnce(s string) string {
	var b strings.Builder
	at := 0
	for _, m := range entity.FindAllStringIndex(s, -1) {
		b.WriteString(htmlSafe.Replace(s[at:m[0]]))
		b.WriteString(s[m[0]:m[1]])
		at = m[1]
	}
	b.WriteString(htmlSafe.Replace(s[at:]))
	return b.String()
}

func stripHTML(c *call) (any, error) {
	s, err := c.text()
	if err != nil {
		return nil, err
	}
	err = c.work.spend(len(s) / 4) // expressions are slow
	if err != nil {
		return nil, err
	}
	return markup.ReplaceAllString(noText.ReplaceAllString(s, ""), ""), nil
}

// decoder is a filter of a text that may be what it cannot read.
func decoder(fn func(string) (string, error)) filter {
	return filter{0, 0, func(c *call) (any, error) {
		s, err := c.text()
		if err != nil {
			return nil, err
		}
		return fn(s)
	}}
}

func fromBase64(enc *base64.Encoding) func(string) (string, error) {
	return func(s string) (string, error) {
		b, err := enc.DecodeString(s)
		if err != nil {
			return "", errors.New("this is not base64")
		}
		return strings.ToValidUTF8(string(b), "\uFFFD"), nil
	}
}
