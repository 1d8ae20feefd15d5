package message

import (
	"cmp"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/rapporthq/rapport/internal/event"
)

// DefaultAccent is the colour of links and buttons where no brand says another.
const DefaultAccent = "#1f5fbf"

// document is Markdown (CommonMark less raw HTML), parsed.
type document struct {
	root ast.Node
	src  []byte
	link string // style of links
}

// markdown reads Markdown. A parser keeps nothing of what it reads.
var markdown = newMarkdown() //nolint:gochecknoglobals // immutable, and dear to make

func newMarkdown() parser.Parser {
	blocks := []util.PrioritizedValue{
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	}
	inlines := []util.PrioritizedValue{
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewEmphasisParser(), 500),
	}
	return parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(inlines...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
}

func parseMarkdown(src string) document {
	b := []byte(src)
	return document{root: markdown.Parse(text.NewReader(b)), src: b}
}

// The look of the body's parts. Colours are readable on a light ground and,
// inverted by a mail program, on a dark one.
const (
	blockStyle = "margin:0 0 16px 0"
	linkStyle  = "text-decoration:underline"
	codeStyle  = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:14px"
)

// html writes the document as a fragment in the brand's colours.
func (d document) html(brand event.Brand) string {
	var b strings.Builder
	d.link = "color:" + cmp.Or(brand.Accent, DefaultAccent) + ";" + linkStyle
	d.writeHTML(&b, d.root)
	return b.String()
}

func (d document) writeHTML(b *strings.Builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		size := map[int]int{1: 24, 2: 20}[n.Level]
		if size == 0 {
			size = 17
		}
		tag := fmt.Sprintf("h%d", min(n.Level, 3))
		d.wrapHTML(b, n, fmt.Sprintf(`<%s style="margin:0 0 12px 0;font-size:%dpx;line-height:1.3;font-weight:600">`, tag, size), "</"+tag+">\n")
	case *ast.Paragraph:
		d.wrapHTML(b, n, `<p style="`+blockStyle+`">`, "</p>\n")
	case *ast.List:
		tag, start := "ul", ""
		if n.IsOrdered() {
			tag = "ol"
			if n.Start != 1 {
				start = fmt.Sprintf(` start="%d"`, n.Start)
			}
		}
		d.wrapHTML(b, n, `<`+tag+start+` style="`+blockStyle+`;padding-left:24px">`, "</"+tag+">\n")
	case *ast.ListItem:
		d.wrapHTML(b, n, `<li style="margin:0 0 4px 0">`, "</li>\n")
	case *ast.Blockquote:
		d.wrapHTML(b, n, `<blockquote style="margin:0 0 16px 0;padding:0 0 0 16px;border-left:3px solid #c5cbd3">`, "</blockquote>\n")
	case *ast.ThematicBreak:
		b.WriteString(`<hr style="border:0;border-top:1px solid #c5cbd3;margin:24px 0">` + "\n")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		b.WriteString(`<pre style="` + blockStyle + `;white-space:pre-wrap;` + codeStyle + `">` + html.EscapeString(d.lines(n)) + "</pre>\n")
	default:
		d.writeInlineHTML(b, n)
	}
}

func (d document) writeInlineHTML(b *strings.Builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		b.WriteString(html.EscapeString(d.literal(n)))
		if n.HardLineBreak() {
			b.WriteString("<br>\n")
		} else if n.SoftLineBreak() {
			b.WriteString("\n")
		}
	case *ast.String:
		b.WriteString(html.EscapeString(string(n.Value)))
	case *ast.CodeSpan:
		b.WriteString(`<code style="` + codeStyle + `">` + html.EscapeString(d.plain(n)) + `</code>`)
	case *ast.Emphasis:
		tag := "em"
		if n.Level == 2 {
			tag = "strong"
		}
		d.wrapHTML(b, n, "<"+tag+">", "</"+tag+">")
	case *ast.Link:
		if u, ok := safeURL(string(n.Destination)); ok {
			d.wrapHTML(b, n, `<a href="`+html.EscapeString(u)+`" style="`+d.link+`">`, "</a>")
			return
		}
		d.wrapHTML(b, n, "", "")
	case *ast.AutoLink:
		u, label := d.autoLink(n)
		b.WriteString(`<a href="` + html.EscapeString(u) + `" style="` + d.link + `">` + html.EscapeString(label) + `</a>`)
	case *ast.Image:
		alt := html.EscapeString(d.plain(n))
		if u, ok := safeURL(string(n.Destination)); ok && strings.HasPrefix(u, "http") {
			b.WriteString(`<img src="` + html.EscapeString(u) + `" alt="` + alt + `" style="display:block;max-width:100%;height:auto;border:0">`)
			return
		}
		b.WriteString(alt)
	default:
		d.wrapHTML(b, n, "", "")
	}
}

func (d document) wrapHTML(b *strings.Builder, n ast.Node, before, after string) {
	b.WriteString(before)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		d.writeHTML(b, c)
	}
	b.WriteString(after)
}

// text writes the document as people write plain mail.
func (d document) text() string {
	var b strings.Builder
	for c := d.root.FirstChild(); c != nil; c = c.NextSibling() {
		d.writeText(&b, c, "", "")
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(b.String(), "\n\n"))
}

// blankLines is more than one blank line.
var blankLines = regexp.MustCompile(`\n{3,}`)

// writeText writes block n. Every line is indented; the first begins with bullet
// in place of the indent's end.
func (d document) writeText(b *strings.Builder, n ast.Node, indent, bullet string) {
	first := strings.TrimSuffix(indent, strings.Repeat(" ", len(bullet))) + bullet
	put := func(s string) {
		for i, line := range strings.Split(s, "\n") {
			prefix := indent
			if i == 0 {
				prefix = first
			}
			b.WriteString(strings.TrimRight(prefix+line, " ") + "\n")
		}
	}
	switch n := n.(type) {
	case *ast.List:
		d.writeTextList(b, n, indent)
	case *ast.Blockquote:
		inner := document{root: n, src: d.src}.text()
		put("> " + strings.ReplaceAll(inner, "\n", "\n> "))
	case *ast.ThematicBreak:
		put("---")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		put("  " + strings.ReplaceAll(strings.TrimRight(d.lines(n), "\n"), "\n", "\n  "))
	default:
		if s := d.inlineText(n); s != "" {
			put(s)
		}
	}
	if _, tight := n.(*ast.TextBlock); !tight {
		b.WriteString(strings.TrimRight(indent, " ") + "\n")
	}
}

func (d document) writeTextList(b *strings.Builder, n *ast.List, indent string) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		bullet := "- "
		if n.IsOrdered() {
			bullet = fmt.Sprintf("%d. ", number)
			number++
		}
		inner := indent + strings.Repeat(" ", len(bullet))
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			d.writeText(b, c, inner, bullet)
			bullet = ""
		}
	}
}

// inlineText gives a block's words; a link is followed by its address unless it
// shows it already.
func (d document) inlineText(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(d.literal(c))
			if c.HardLineBreak() {
				b.WriteString("\n")
			} else if c.SoftLineBreak() {
				b.WriteString(" ")
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			_, label := d.autoLink(c)
			b.WriteString(label)
		case *ast.Link:
			label := d.inlineText(c)
			b.WriteString(label)
			if u, ok := safeURL(string(c.Destination)); ok && u != label {
				b.WriteString(" (" + u + ")")
			}
		default:
			b.WriteString(d.inlineText(c))
		}
	}
	return b.String()
}

// plain gives the words of n without addresses.
func (d document) plain(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.WriteString(d.literal(t))
			continue
		}
		b.WriteString(d.plain(c))
	}
	return b.String()
}

// literal resolves escapes and entities, which goldmark leaves to renderers.
func (d document) literal(t *ast.Text) string {
	v := t.Segment.Value(d.src)
	if t.IsRaw() || t.Parent() != nil && t.Parent().Kind() == ast.KindCodeSpan {
		return string(v)
	}
	return unescape(v)
}

// unescape resolves entities and backslash escapes in one pass, so that an
// escaped ampersand does not begin an entity.
func unescape(v []byte) string {
	var b strings.Builder
	start := 0
	flush := func(end int) {
		b.WriteString(html.UnescapeString(string(v[start:end])))
	}
	for i := 0; i+1 < len(v); i++ {
		if v[i] == '\\' && util.IsPunct(v[i+1]) {
			flush(i)
			b.WriteByte(v[i+1])
			i++
			start = i + 1
		}
	}
	flush(len(v))
	return b.String()
}

func (d document) autoLink(n *ast.AutoLink) (u, label string) {
	u, label = string(n.URL(d.src)), string(n.Label(d.src))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(u), "mailto:") {
		u = "mailto:" + u
	}
	if safe, ok := safeURL(u); ok {
		return safe, label
	}
	return "#", label
}

func (d document) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		b.Write(s.Value(d.src))
	}
	return b.String()
}

// safeURL lets through only addresses that a person's mail program or telephone
// should open.
func safeURL(s string) (string, bool) {
	s = string(util.URLEscape([]byte(s), true))
	u, err := url.Parse(s)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		return s, u.Host != "" && u.User == nil
	case "mailto", "tel":
		return s, true
	default:
		return "", false
	}
}
