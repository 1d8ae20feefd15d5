package definition

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

const (
	colourPattern = `^#[0-9A-Fa-f]{6}$`
	fontPattern   = `^[A-Za-z0-9 ,'-]{1,200}$` // nothing that could leave a style attribute
)

var (
	colour = regexp.MustCompile(colourPattern)
	font   = regexp.MustCompile(fontPattern)
)

func (c *compiler) brand(v value) {
	o := v.object()
	b := &c.w.Brand
	if b.Name = strings.TrimSpace(o.take("name").text()); b.Name == "" {
		b.Name = c.w.Name
	}
	logo := o.take("logo")
	b.Logo = strings.TrimSpace(logo.text())
	logo.checkHost(b.Logo)
	b.Accent, b.OnAccent = o.take("accent").colour(), o.take("on_accent").colour()
	b.Ink, b.Ground = o.take("ink").colour(), o.take("ground").colour()
	family := o.take("font")
	if b.Font = strings.TrimSpace(family.text()); b.Font != "" && !font.MatchString(b.Font) {
		family.problem(fmt.Sprintf("%q is not a font", b.Font), "write families as in CSS, such as Georgia, serif")
		b.Font = ""
	}
	b.Address = strings.TrimSpace(o.take("address").text())
	o.end()
	if v.absent() {
		*b = event.Brand{}
	}
}

func (v value) colour() string {
	s := strings.ToLower(strings.TrimSpace(v.text()))
	if s != "" && !colour.MatchString(s) {
		v.problem(fmt.Sprintf("%q is not a colour", s), `write it as "#1f5fbf", in quotes`)
		return ""
	}
	return s
}

func (c *compiler) snippets(v value) {
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at, text := o.take("id"), o.take("text")
		id := at.id()
		seen.add(at, id)
		text.need("write the Liquid that messages get by {% render '" + id + "' %}")
		if c.w.Snippets == nil {
			c.w.Snippets = map[string]string{}
		}
		c.w.Snippets[id] = text.text()
		o.end()
	}
}
