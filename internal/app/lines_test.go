package app_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	netsmtp "net/smtp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/whatsapp"
	"github.com/rapporthq/rapport/internal/testenv"
)

// line is somebody's end of a channel. say writes or speaks words, or presses what is
// pressed there (a button by its label, keys of a phone), and returns what the
// company says to it.
type line interface {
	say(words, press string) string
}

// texts are somebody's text messages.
type texts struct {
	*wire
	number string
}

// answer is what comes to somebody's address on a channel after they said something.
func (w *wire) answer(channel, to string, say func()) string {
	w.t.Helper()
	n := len(w.carriers.of(channel, to))
	say()
	return w.carriers.next(channel, to, n).text
}

func (l texts) say(words, press string) string {
	l.t.Helper()
	require.Empty(l.t, press, "there is nothing to press")
	return l.answer("sms", l.number, func() { l.write(words) })
}

func (l texts) write(words string) {
	l.t.Helper()
	said := l.postForm(l.url+"/c/sms/carrier/message", url.Values{"From": {l.number}, "To": {ourNumber}, "Body": {words}, "MessageSid": {l.id("SM")}})
	require.Equal(l.t, "<Response/>", said)
}

// phone is a call by a platform that speaks TwiML. It begins with the first words.
type phone struct {
	*wire
	number string
	id     string
	last   twiml
	inward bool
}

// twiml is what of it we say: to listen, to come again, or to hang up.
type twiml struct {
	Gather struct {
		Action string `xml:"action,attr"`
		Digits int    `xml:"numDigits,attr"`
		Hints  string `xml:"hints,attr"`
		Say    string `xml:"Say"`
	} `xml:"Gather"`
	Redirect string    `xml:"Redirect"`
	Hangup   *struct{} `xml:"Hangup"`
}

func (l *phone) say(words, press string) string {
	l.t.Helper()
	if l.id == "" {
		l.dial()
	}
	if n := l.last.Gather.Digits; n > 0 {
		require.LessOrEqual(l.t, len(press), n, "the platform takes so many keys")
	}
	l.follow(l.last.Gather.Action, url.Values{"SpeechResult": {words}, "Digits": {press}})
	return l.last.Gather.Say
}

// dial calls the company, and returns what it says first.
func (l *phone) dial() string {
	l.t.Helper()
	l.id, l.inward = l.wire.id("CA"), true
	l.follow(l.url+"/c/voice/carrier/call", url.Values{})
	return l.last.Gather.Say
}

// follow asks until there is something to listen to.
func (l *phone) follow(address string, form url.Values) {
	l.t.Helper()
	from, to, direction := l.number, ourNumber, "inbound"
	if !l.inward {
		from, to, direction = ourNumber, l.number, "outbound-api"
	}
	for range 100 {
		for name, value := range map[string]string{"CallSid": l.id, "From": from, "To": to, "Direction": direction} {
			form.Set(name, value)
		}
		doc := l.postForm(address, form)
		require.NoError(l.t, testenv.Schema(l.t, testenv.TwiML, doc))
		l.last = twiml{}
		require.NoError(l.t, xml.Unmarshal([]byte(doc), &l.last), doc)
		require.Nil(l.t, l.last.Hangup, "the call is not over")
		if l.last.Redirect == "" {
			require.NotEmpty(l.t, l.last.Gather.Action, doc)
			return
		}
		address, form = l.last.Redirect, url.Values{}
	}
	l.t.Fatal("the call waits for ever")
}

// ivr is a call by a platform that speaks VoiceXML. It begins with the first words.
type ivr struct {
	*wire
	number  string
	session string
	last    vxml
}

// vxml is what of VoiceXML we say.
type vxml struct {
	Form struct {
		Block *struct {
			Submit submit `xml:"submit"`
		} `xml:"block"`
		Field struct {
			Prompt   string `xml:"prompt"`
			Grammars []struct {
				Mode  string   `xml:"mode,attr"`
				Src   string   `xml:"src,attr"`
				Items []string `xml:"rule>one-of>item"`
				Each  []string `xml:"rule>item>one-of>item"` // of a repeated key
			} `xml:"grammar"`
			Filled struct {
				Submit submit `xml:"submit"`
			} `xml:"filled"`
		} `xml:"field"`
	} `xml:"form"`
}

type submit struct {
	Next  string `xml:"next,attr"`
	Names string `xml:"namelist,attr"`
}

func (l *ivr) say(words, press string) string {
	l.t.Helper()
	if l.session == "" {
		l.dial()
	}
	for _, g := range l.last.Form.Field.Grammars {
		switch {
		case g.Mode == "dtmf" && press != "" && len(g.Each) == 0:
			require.Contains(l.t, g.Items, press, "no key of the grammar")
		case g.Mode == "voice" && words != "":
			require.Contains(l.t, g.Items, words, "no words of the grammar")
		}
	}
	submit := l.last.Form.Field.Filled.Submit
	require.Equal(l.t, "session from keys said", submit.Names)
	tokens := strings.Join(strings.Split(press, ""), " ") // a grammar of keys gives them one by one
	l.follow(submit.Next, url.Values{"keys": {tokens}, "said": {words}})
	return l.last.Form.Field.Prompt
}

// dial calls the company, and returns what it says first.
func (l *ivr) dial() string {
	l.t.Helper()
	l.session = l.id("call-")
	l.follow(l.url+"/c/voice/ivr/call/"+ivrKey, url.Values{})
	return l.last.Form.Field.Prompt
}

func (l *ivr) follow(address string, form url.Values) {
	l.t.Helper()
	for range 100 {
		form.Set("session", l.session)
		form.Set("from", l.number)
		doc := l.post(address, "application/x-www-form-urlencoded", form.Encode(), nil)
		require.NoError(l.t, testenv.Schema(l.t, testenv.VoiceXML, doc))
		l.last = vxml{}
		require.NoError(l.t, xml.Unmarshal([]byte(doc), &l.last), doc)
		block := l.last.Form.Block
		if block == nil {
			return
		}
		require.Equal(l.t, "session from waited", block.Submit.Names, "the call is not over")
		address, form = block.Submit.Next, url.Values{"waited": {"1"}}
	}
	l.t.Fatal("the call waits for ever")
}

// letters are somebody's letters by e-mail. They answer above what they got.
type letters struct {
	*wire
	address string
}

func (l letters) say(words, press string) string {
	l.t.Helper()
	require.Empty(l.t, press, "there is nothing to press")
	got := l.mails.of(l.address)
	to, header, quoted := answersTo, "Subject: "+words+"\r\n", ""
	if n := len(got); n > 0 {
		last := readLetter(l.wire, got[n-1])
		to = last.replyTo
		header = "Subject: Re: " + last.subject + "\r\nIn-Reply-To: " + last.id + "\r\n"
		quoted = "\r\nOn " + time.Now().Format("Mon, 2 Jan 2006 at 15:04") + ", Telco <hello@telco.example> wrote:\r\n> " +
			strings.ReplaceAll(strings.TrimSpace(last.text), "\n", "\n> ") + "\r\n"
	}
	body := "From: Ada <" + l.address + ">\r\nMessage-ID: <" + l.id("m") + "@example.com>\r\nDate: " + time.Now().Format(time.RFC1123Z) + "\r\n" + header +
		"Content-Type: text/plain; charset=utf-8\r\n\r\n" + words + "\r\n" + quoted + "\r\n-- \r\nAda\r\n"
	require.NoError(l.t, netsmtp.SendMail(fmt.Sprintf("127.0.0.1:%d", l.mailPort), nil, l.address, []string{to}, []byte(body)))
	return l.next(len(got)).said()
}

func (l letters) next(n int) letter {
	l.t.Helper()
	var got []string
	require.Eventually(l.t, func() bool {
		got = l.mails.of(l.address)
		return len(got) > n
	}, time.Minute, 5*time.Millisecond, "no letter came to %s", l.address)
	return readLetter(l.wire, got[n])
}

// letter is one as it came over the wire.
type letter struct{ subject, id, replyTo, text, html string }

func readLetter(w *wire, raw string) letter {
	w.t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	require.NoError(w.t, err)
	reply, err := m.Header.AddressList("Reply-To")
	require.NoError(w.t, err)
	out := letter{subject: m.Header.Get("Subject"), id: m.Header.Get("Message-ID"), replyTo: reply[0].Address}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(w.t, err)
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF { //nolint:errorlint // the reader returns it as it is
			return out
		}
		require.NoError(w.t, err)
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(w.t, err)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			out.html = string(text)
		} else {
			out.text = strings.ReplaceAll(string(text), "\r\n", "\n")
		}
	}
}

// said is the letter's text without the signature.
func (l letter) said() string {
	said, _, _ := strings.Cut(l.text, "\n-- \n")
	return strings.TrimSpace(said)
}

// chats are somebody's messages on WhatsApp.
type chats struct {
	*wire
	number string
}

func (l chats) say(words, press string) string {
	l.t.Helper()
	return l.answer("whatsapp", l.number, func() { l.write(words, press) })
}

func (l chats) write(words, press string) {
	l.t.Helper()
	got := l.carriers.of("whatsapp", l.number)
	m := map[string]any{"from": strings.TrimPrefix(l.number, "+"), "id": l.id("wamid."), "timestamp": strconv.FormatInt(time.Now().Unix(), 10)}
	if press == "" {
		m["type"], m["text"] = "text", map[string]string{"body": words}
	} else {
		m["type"], m["interactive"] = "interactive", map[string]any{"type": "button_reply", "button_reply": map[string]string{"id": pressed(l.wire, got, press), "title": press}}
	}
	body := packed(l.t, map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"changes": []any{map[string]any{"value": map[string]any{"messages": []any{m}}}}}}})
	l.post(l.url+"/c/whatsapp/meta", "application/json", body, map[string]string{"X-Hub-Signature-256": whatsapp.Sign(metaSecret, []byte(body))})
}

// pressed is the payload of the last button of that label.
func pressed(w *wire, got []sent, label string) string {
	w.t.Helper()
	for _, s := range slices.Backward(got) {
		if payload, ok := s.buttons[label]; ok {
			return payload
		}
	}
	w.t.Fatalf("no button %q was offered", label)
	return ""
}

// bot is somebody's chat with the company's bot.
type bot struct {
	*wire
	chat string
}

func (l bot) say(words, press string) string {
	l.t.Helper()
	return l.answer("telegram", l.chat, func() { l.write(words, press) })
}

func (l bot) write(words, press string) {
	l.t.Helper()
	got := l.carriers.of("telegram", l.chat)
	n, err := strconv.Atoi(l.chat)
	require.NoError(l.t, err)
	l.ids++
	who := map[string]int{"id": n}
	update := map[string]any{"update_id": l.ids, "message": map[string]any{"from": who, "chat": who, "date": time.Now().Unix(), "text": words}}
	if press != "" {
		update = map[string]any{"update_id": l.ids, "callback_query": map[string]any{"from": who, "data": pressed(l.wire, got, press), "message": map[string]any{"chat": who}}}
	}
	l.post(l.url+"/c/telegram/bot", "application/json", packed(l.t, update), map[string]string{"X-Telegram-Bot-Api-Secret-Token": botSecret})
}
