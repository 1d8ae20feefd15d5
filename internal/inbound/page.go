package inbound

import (
	"html"
	"io"
	"net/http"
	"strings"
)

// frame is every page that people see here. It needs no script and no font, and
// reads well at any width, in light and in dark.
const frame = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root{color-scheme:light dark}
body{margin:0;font:18px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;background:#f3f4f6;color:#1c2127}
main{max-width:34rem;margin:12vh auto 0;padding:2rem;background:#fff;border:1px solid #e2e5e9;border-radius:10px}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}
p{margin:0 0 1.25rem}
button{font:inherit;font-weight:600;padding:.65rem 1.4rem;border:0;border-radius:8px;background:#1f5fbf;color:#fff;cursor:pointer}
button:focus-visible{outline:3px solid #8ab4f8;outline-offset:2px}
@media (prefers-color-scheme:dark){body{background:#15181c;color:#e6e9ec}main{background:#1f2429;border-color:#343b43}button{background:#8ab4f8;color:#10151b}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
`

func page(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.NewReplacer("{title}", html.EscapeString(title), "{body}", body).Replace(frame))
}

func notFound(w http.ResponseWriter) {
	page(w, http.StatusNotFound, "This link does not work", `<p>It may have been cut off. Please copy all of it from the message, or open it there again.</p>`)
}

// channelName is how people call a channel.
func channelName(channel string) string {
	switch channel {
	case "email":
		return "e-mail"
	case "webhook":
		return "this service"
	default:
		return html.EscapeString(channel)
	}
}
