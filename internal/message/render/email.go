package render

import (
	"html"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

// Email is a letter in its two forms. Headers, such as List-Unsubscribe, are the
// adapter's.
type Email struct {
	Subject   string `json:"subject"`
	Preheader string `json:"preheader,omitempty"`
	HTML      string `json:"html"`
	Text      string `json:"text"`
}

// previewed is how many characters mail programs show beside a subject, at most.
const previewed = 120

// Email renders a letter: an HTML page with inline styles in the brand, that reads
// well from 320 points up, in light and in dark, and a plain text with each next
// step on a line of its own.
func (in Input) Email() Email {
	c := in.Content
	out := Email{Subject: c.Subject, Preheader: c.Preheader}
	if out.Preheader == "" {
		out.Preheader = cut(paragraph(spoken(c.Text)), previewed)
	}
	out.Text = in.plainLetter()
	out.HTML = in.page(out.Preheader)
	return out
}

func (in Input) plainLetter() string {
	w := wordsOf(in.Content.Locale)
	text := blocks(in.Content.Text, facts(in.Content.Facts))
	for _, n := range in.Next() {
		switch {
		case n.Said:
		case n.URL != "":
			text = blocks(text, n.Label+":\n"+n.URL)
		default:
			text = blocks(text, fill(w.write, "{word}", n.Keyword, "{label}", n.Label))
		}
	}
	text += "\n\n-- \n"
	if in.name() != "" {
		text += fill(w.sentBy, "{name}", in.name()) + "\n"
	}
	if a := paragraph(in.Content.Brand.Address); a != "" {
		text += a + "\n"
	}
	if in.Links.Unsubscribe != "" {
		text += w.noMore + ": " + in.Links.Unsubscribe + "\n"
	}
	return text
}

// page is the letter's frame. Tables hold it together because Outlook's engine
// knows nothing else; the style sheet only refines what works without it.
const page = `<!DOCTYPE html>
<html lang="{lang}" dir="{dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
@media (max-width:600px){.card{padding:24px 20px!important}.step{display:block!important;text-align:center!important}.button{width:100%!important}}
@media (prefers-color-scheme:dark){
body,.ground{background:#15181c!important}
.card{background:#1f2429!important;border-color:#343b43!important;color:#e6e9ec!important}
.card a{color:{dark}!important}
.card .step{color:{on}!important}
.card .other{color:{dark}!important;border-color:{dark}!important}
.facts td{border-color:#343b43!important}
.quiet,.foot,.foot a{color:#9aa4af!important}
}
</style>
</head>
<body style="margin:0;padding:0;background:{ground}">
<div style="display:none;max-height:0;overflow:hidden">{preheader}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:{ground}"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;font-family:{font}">
{logo}<tr><td class="card" style="background:#ffffff;border:1px solid #e2e5e9;border-radius:10px;padding:32px 36px;color:{ink};font-size:16px;line-height:1.55">
<h1 style="margin:0 0 16px 0;font-size:24px;line-height:1.25;font-weight:600">{title}</h1>
{picture}{body}{facts}{steps}</td></tr>
<tr><td class="foot" align="center" style="padding:16px 12px;color:#5c6672;font-size:13px;line-height:1.5">{foot}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`

const (
	button = `<table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 4px 0"><tr><td style="border-radius:8px;background:{accent}">` +
		`<a class="step" href="{url}" style="display:inline-block;padding:12px 22px;border-radius:8px;background:{accent};color:{on};font-weight:600;text-decoration:none">{label}</a>` +
		"</td></tr></table>\n"
	otherButton = `<table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 4px 0"><tr><td>` +
		`<a class="step other" href="{url}" style="display:inline-block;padding:11px 21px;border-radius:8px;border:1px solid {accent};color:{accent};font-weight:600;text-decoration:none">{label}</a>` +
		"</td></tr></table>\n"
	unlinked = `<p style="margin:8px 0 4px 0">{label}</p>` + "\n"
	fact     = `<tr><td class="quiet" style="padding:8px 16px 8px 0;border-bottom:1px solid #e2e5e9;color:#5c6672;vertical-align:top">{label}</td>` +
		`<td style="padding:8px 0;border-bottom:1px solid #e2e5e9;font-weight:600;vertical-align:top">{value}</td></tr>` + "\n"
	photo = `<img src="{url}" alt="{alt}" width="486" style="display:block;width:100%;max-width:486px;height:auto;border:0;border-radius:8px;margin:0 0 16px 0">` + "\n"
	logo  = `<tr><td style="padding:0 4px 16px 4px"><img src="{url}" alt="{name}" height="32" style="display:block;height:32px;max-width:220px;border:0"></td></tr>` + "\n"
)

func (in Input) page(preheader string) string {
	c := in.Content
	b := Complete(c.Brand)
	language := c.Locale
	if language == "" {
		language = "en"
	}
	var pictured, signed string
	if !c.Picture.IsZero() {
		pictured = fill(photo, "{url}", html.EscapeString(c.Picture.URL), "{alt}", html.EscapeString(c.Picture.Alt))
	}
	if b.Logo != "" {
		signed = fill(logo, "{url}", html.EscapeString(b.Logo), "{name}", html.EscapeString(in.name()))
	}
	return fill(page,
		"{lang}", html.EscapeString(language), "{dir}", direction(language), "{title}", html.EscapeString(c.Subject),
		"{dark}", lightened(b.Accent, darkPaper), "{on}", b.OnAccent, "{ground}", b.Ground, "{ink}", b.Ink,
		"{font}", html.EscapeString(b.Font), "{preheader}", html.EscapeString(preheader),
		"{logo}", signed, "{picture}", pictured, "{body}", c.HTML, "{facts}", factsHTML(c.Facts),
		"{steps}", in.stepsHTML(b), "{foot}", in.foot(),
	)
}

func factsHTML(fs []event.Fact) string {
	if len(fs) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<table class="facts" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 20px 0;font-size:15px;line-height:1.4">` + "\n")
	for _, f := range fs {
		b.WriteString(fill(fact, "{label}", html.EscapeString(f.Label), "{value}", html.EscapeString(f.Value)))
	}
	b.WriteString("</table>\n")
	return b.String()
}

func (in Input) stepsHTML(b event.Brand) string {
	w := wordsOf(in.Content.Locale)
	var out strings.Builder
	look := button
	for _, n := range in.Next() {
		switch {
		case n.Said:
			continue
		case n.URL == "":
			out.WriteString(fill(unlinked, "{label}", html.EscapeString(fill(w.write, "{word}", n.Keyword, "{label}", n.Label))))
		default:
			out.WriteString(fill(look, "{url}", html.EscapeString(n.URL), "{label}", html.EscapeString(n.Label), "{accent}", b.Accent, "{on}", b.OnAccent))
		}
		look = otherButton
	}
	return out.String()
}

func (in Input) foot() string {
	w := wordsOf(in.Content.Locale)
	var foot []string
	if in.name() != "" {
		foot = append(foot, html.EscapeString(fill(w.sentBy, "{name}", in.name())))
	}
	if a := paragraph(in.Content.Brand.Address); a != "" {
		foot = append(foot, html.EscapeString(a)+"<br>")
	}
	if u := in.Links.Unsubscribe; u != "" {
		foot = append(foot, `<a href="`+html.EscapeString(u)+`" style="color:#5c6672;text-decoration:underline">`+html.EscapeString(w.noMore)+`</a>`)
	}
	return strings.Join(foot, " ")
}
