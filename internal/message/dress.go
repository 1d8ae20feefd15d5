package message

import (
	"html"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

// Links are what a letter gets when it is sent.
type Links struct {
	// Step replaces the next step's URL, so that following it can be told. When
	// it is empty the content's own URL is used.
	Step string

	// Unsubscribe is where the person says no more. When it is empty the letter
	// says nothing about it, which only a transactional one may do.
	Unsubscribe string
}

// Dress turns composed content into the two forms of a letter: an HTML page
// with inline styles that reads well from 320 points up, in light and in dark,
// and a plain text with the next step on a line of its own. Sender is the name
// of whom it comes from.
func Dress(c event.Content, sender string, links Links) (plain, styled string) {
	step := links.Step
	if step == "" {
		step = c.NextStep.URL
	}
	return dressText(c, sender, step, links.Unsubscribe), dressHTML(c, sender, step, links.Unsubscribe)
}

func dressText(c event.Content, sender, step, unsubscribe string) string {
	var b strings.Builder
	b.WriteString(c.Text)
	if step != "" {
		b.WriteString("\n\n" + c.NextStep.Label + ":\n" + step)
	}
	b.WriteString("\n\n-- \n")
	if sender != "" {
		b.WriteString("Sent by " + oneLine(sender) + ".\n")
	}
	if unsubscribe != "" {
		b.WriteString("No more of these: " + unsubscribe + "\n")
	}
	return b.String()
}

// page is the letter's frame. Tables hold it together because Outlook's engine
// knows nothing else; the style sheet only refines what works without it.
const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
@media (max-width:600px){.card{padding:24px 20px!important}}
@media (prefers-color-scheme:dark){
body,.ground{background:#15181c!important}
.card{background:#1f2429!important;border-color:#343b43!important;color:#e6e9ec!important}
.card a{color:#8ab4f8!important}
.card .step{background:#8ab4f8!important;color:#10151b!important}
.foot,.foot a{color:#9aa4af!important}
}
</style>
</head>
<body style="margin:0;padding:0;background:#f3f4f6">
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f6"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<tr><td class="card" style="background:#ffffff;border:1px solid #e2e5e9;border-radius:10px;padding:32px 36px;color:#1c2127;font-size:16px;line-height:1.55">
{body}{step}</td></tr>
<tr><td class="foot" align="center" style="padding:16px 12px;color:#5c6672;font-size:13px;line-height:1.5">{foot}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`

const button = `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 4px 0"><tr><td style="border-radius:8px;background:#1f5fbf">` +
	`<a class="step" href="{url}" style="display:inline-block;padding:12px 22px;border-radius:8px;background:#1f5fbf;color:#ffffff;font-weight:600;text-decoration:none">{label}</a>` +
	"</td></tr></table>\n"

func dressHTML(c event.Content, sender, step, unsubscribe string) string {
	var stepHTML string
	if step != "" {
		stepHTML = strings.NewReplacer("{url}", html.EscapeString(step), "{label}", html.EscapeString(c.NextStep.Label)).Replace(button)
	}
	var foot []string
	if sender != "" {
		foot = append(foot, "Sent by "+html.EscapeString(oneLine(sender))+".")
	}
	if unsubscribe != "" {
		foot = append(foot, `<a href="`+html.EscapeString(unsubscribe)+`" style="color:#5c6672;text-decoration:underline">No more of these</a>`)
	}
	return strings.NewReplacer(
		"{title}", html.EscapeString(c.Subject),
		"{body}", c.HTML,
		"{step}", stepHTML,
		"{foot}", strings.Join(foot, " "),
	).Replace(page)
}
