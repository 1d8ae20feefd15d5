package render

import (
	"encoding/json"
	"unicode/utf8"
)

// How many bytes a push may carry: APNs ("Generating a remote notification") and
// FCM alike, and web push what RFC 8291 section 4 leaves of RFC 8030's 4096 after
// the header, the delimiter and the tag.
const (
	pushBytes    = 4096
	webPushBytes = 4096 - 86 - 1 - 16

	pushTitle   = 65 // characters that a locked screen shows, about
	pushActions = 3
	actionTitle = 40
)

// Push is a notification. It fits within the limits of APNs, FCM and web push: what
// is too long of its body is cut.
type Push struct {
	Title   string `json:"title"`
	Body    string `json:"body"`
	Image   string `json:"image,omitempty"`
	URL     string `json:"url,omitempty"`     // what a tap opens
	Actions []Next `json:"actions,omitempty"` // further buttons
	Locale  string `json:"locale,omitempty"`
	Icon    string `json:"icon,omitempty"`
}

// Push renders a notification of a phone.
func (in Input) Push() Push {
	p := in.push()
	p.fit(pushBytes, func() int { return max(len(p.APNs()), len(p.FCM())) })
	return p
}

// WebPush renders a notification of a browser.
func (in Input) WebPush() Push {
	p := in.push()
	p.fit(webPushBytes, func() int { return len(p.Web()) })
	return p
}

func (in Input) push() Push {
	c := in.Content
	p := Push{
		Title: cut(c.Subject, pushTitle), Body: blocks(spoken(c.Text), facts(c.Facts)), Image: c.Picture.URL,
		Locale: c.Locale, Icon: c.Brand.Logo,
	}
	if p.Title == "" {
		p.Title = cut(in.name(), pushTitle)
	}
	for _, n := range in.Next() {
		n.Words, n.Key, n.Keyword = nil, "", "" // nobody speaks to it
		n.Label = cut(n.Label, actionTitle)
		if p.URL == "" {
			p.URL = n.URL
		}
		if len(p.Actions) < pushActions {
			p.Actions = append(p.Actions, n)
		}
	}
	return p
}

// fit cuts the body until size is within limit, then lets go of the picture and of
// the buttons.
func (p *Push) fit(limit int, size func() int) {
	for size() > limit {
		switch over := size() - limit; {
		case len(p.Body) > 40:
			keep := max(len(p.Body)-max(over, 16), 37)
			for !utf8.RuneStart(p.Body[keep]) {
				keep--
			}
			p.Body = p.Body[:keep] + "…"
		case p.Image != "":
			p.Image = ""
		case p.Icon != "":
			p.Icon = ""
		case len(p.Actions) > 0:
			p.Actions = p.Actions[:len(p.Actions)-1]
		default:
			return
		}
	}
}

// pushed is what an app gets beside what is shown.
type pushed struct {
	URL   string `json:"url,omitempty"`
	Image string `json:"image,omitempty"`
	Next  []Next `json:"next,omitempty"`
}

// APNs is the payload for Apple's service. An app that registers the category
// "rapport" shows the buttons from rapport.next.
func (p Push) APNs() []byte {
	type alert struct {
		Title string `json:"title"`
		Body  string `json:"body"`
	}
	type aps struct {
		Alert    alert  `json:"alert"`
		Category string `json:"category,omitempty"`
		Mutable  int    `json:"mutable-content,omitempty"` // so that the app may add the picture
	}
	a := aps{Alert: alert{p.Title, p.Body}}
	if len(p.Actions) > 0 {
		a.Category = "rapport"
	}
	if p.Image != "" {
		a.Mutable = 1
	}
	return packed(struct {
		APS     aps    `json:"aps"`
		Rapport pushed `json:"rapport"`
	}{a, pushed{p.URL, p.Image, p.Actions}})
}

// FCM is the message for Google's service (HTTP v1, "Message"), less whom it goes
// to.
func (p Push) FCM() []byte {
	type notification struct {
		Title string `json:"title"`
		Body  string `json:"body"`
		Image string `json:"image,omitempty"`
	}
	data := map[string]string{} // of texts only
	if p.URL != "" {
		data["url"] = p.URL
	}
	if len(p.Actions) > 0 {
		data["next"] = string(packed(p.Actions))
	}
	return packed(struct {
		Notification notification      `json:"notification"`
		Data         map[string]string `json:"data,omitempty"`
	}{notification{p.Title, p.Body, p.Image}, data})
}

// Web is the payload for a browser, as Declarative Web Push has it (W3C Push API,
// "declarative push message"), which service workers read as JSON.
func (p Push) Web() []byte {
	type action struct {
		Action   string `json:"action"` // the payload, to send back; empty for a link
		Title    string `json:"title"`
		Navigate string `json:"navigate,omitempty"`
	}
	type notification struct {
		Title    string   `json:"title"`
		Body     string   `json:"body"`
		Navigate string   `json:"navigate"`
		Lang     string   `json:"lang,omitempty"`
		Dir      string   `json:"dir"`
		Icon     string   `json:"icon,omitempty"`
		Image    string   `json:"image,omitempty"`
		Actions  []action `json:"actions,omitempty"`
	}
	n := notification{Title: p.Title, Body: p.Body, Navigate: p.URL, Lang: p.Locale, Dir: direction(p.Locale), Icon: p.Icon, Image: p.Image}
	for _, a := range p.Actions {
		n.Actions = append(n.Actions, action{a.Payload, a.Label, a.URL})
	}
	return packed(struct {
		WebPush      int          `json:"web_push"` // 8030, by which a declarative message is known
		Notification notification `json:"notification"`
	}{8030, n})
}

// packed is v as JSON. What is packed here always can be.
func packed(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("render: " + err.Error())
	}
	return b
}
