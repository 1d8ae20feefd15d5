package inbound

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
)

// frame is every page that people see here. It needs no script and no font, and
// reads well at any width, in light and in dark.
const frame = `<!DOCTYPE html>
<html lang="{language}">
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
button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid #8ab4f8;outline-offset:2px}
a{color:inherit}
fieldset{margin:0 0 1.25rem;padding:0;border:0}
legend{padding:0 0 .25rem;font-weight:600}
label{display:flex;gap:.6rem;align-items:baseline;padding:.35rem 0}
input{width:1.1rem;height:1.1rem}
.name{margin:0 0 1rem;font-size:.9rem}
.name img{max-height:3rem;max-width:100%}
.saved{padding:.6rem .8rem;border-left:4px solid #1a7f4b}
@media (prefers-color-scheme:dark){body{background:#15181c;color:#e6e9ec}main{background:#1f2429;border-color:#343b43}button{background:#8ab4f8;color:#10151b}}
{style}</style>
</head>
<body>
<main>
{name}<h1>{title}</h1>
{body}
</main>
</body>
</html>
`

func page(w http.ResponseWriter, status int, title, body string) {
	write(w, status, strings.NewReplacer("{language}", "en", "{style}", "", "{name}", "", "{title}", html.EscapeString(title), "{body}", body))
}

func write(w http.ResponseWriter, status int, filled *strings.Replacer) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = filled.WriteString(w, frame)
}

// branded is a page in the company's name and colours, and the person's language.
// Colours are of the form #rrggbb: definitions take no others.
func branded(w http.ResponseWriter, p Preferences, title, body string) {
	name := ""
	if p.Brand.Name != "" {
		name = html.EscapeString(p.Brand.Name)
	}
	if u, err := url.Parse(p.Brand.Logo); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		w.Header().Set("Content-Security-Policy", w.Header().Get("Content-Security-Policy")+"; img-src "+u.Scheme+"://"+u.Host)
		name = fmt.Sprintf(`<img src="%s" alt="%s">`, html.EscapeString(u.String()), name)
	}
	if name != "" {
		name = `<p class="name">` + name + "</p>\n"
	}
	style := ""
	if p.Brand.Accent != "" && p.Brand.OnAccent != "" {
		style = fmt.Sprintf("button,button:hover{background:%s;color:%s}input{accent-color:%[1]s}\n", p.Brand.Accent, p.Brand.OnAccent)
	}
	language := p.Language
	if _, ok := allPreferenceWords()[language]; !ok {
		language = "en"
	}
	write(w, http.StatusOK, strings.NewReplacer("{language}", language, "{style}", style, "{name}", name, "{title}", html.EscapeString(title), "{body}", body))
}

// comeAgain answers somebody whose words could not be kept.
func comeAgain(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	page(w, http.StatusServiceUnavailable, "That did not work", `<p>It is our fault. Please go back and try again in a minute.</p>`)
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
