package voice

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// Call is a call for VoiceXML: what its documents hand on from turn to turn.
type Call struct {
	Session string // the platform's id
	From    string // the caller's number
	Next    string // where what was heard is submitted
}

// VXML says the prompt, listens to keys and words, and submits what it heard
// to call.Next: keys, or said; neither after silence. Choices are a grammar of
// their words and keys; without them anything may be said, by the platform's
// dictation, or up to twenty keys be pressed.
func VXML(p Prompt, call Call) []byte {
	var b bytes.Buffer
	language := p.Language
	if language == "" {
		language = "en-US"
	}
	w := func(format string, args ...any) {
		for i, a := range args {
			if s, ok := a.(string); ok {
				args[i] = escape(s)
			}
		}
		fmt.Fprintf(&b, format, args...)
	}
	head(w, language)
	w(`<var name="session" expr="%s"/><var name="from" expr="%s"/>`, quoted(call.Session), quoted(call.From))
	w(`<var name="keys" expr="''"/><var name="said" expr="''"/>`)
	w(`<form id="turn"><field name="answer">`)
	w(`<prompt bargein="true" timeout="%ds">%s</prompt>`, listenFor, p.Say)
	if len(p.Choices) > 0 {
		var words, keys []string
		for _, c := range p.Choices {
			words = append(words, c.Words...)
			if c.Key != "" { // a phone has fewer keys than a question may have answers
				keys = append(keys, c.Key)
			}
		}
		list := func(items []string) {
			for _, i := range items {
				w(`<item>%s</item>`, i)
			}
			w(`</one-of></rule></grammar>`)
		}
		if len(words) > 0 { // a label may be without letters
			w(`<grammar version="1.0" mode="voice" root="said" type="application/srgs+xml" xml:lang="%s"><rule id="said"><one-of>`, language)
			list(words)
		}
		w(`<grammar version="1.0" mode="dtmf" root="key" type="application/srgs+xml"><rule id="key"><one-of>`)
		list(keys)
	} else {
		w(`<grammar src="builtin:speech/transcribe"/>`)
		w(`<grammar version="1.0" mode="dtmf" root="keys" type="application/srgs+xml"><rule id="keys"><item repeat="1-20"><one-of>`)
		for _, k := range "0123456789*#" {
			w(`<item>%s</item>`, string(k))
		}
		w(`</one-of></item></rule></grammar>`)
	}
	submit := func() {
		w(`<submit next="%s" method="post" namelist="session from keys said"/>`, call.Next)
	}
	w(`<noinput>`)
	submit()
	w(`</noinput><nomatch>`)
	submit()
	w(`</nomatch><filled><if cond="answer$.inputmode == 'dtmf'"><assign name="keys" expr="answer$.utterance"/>`)
	w(`<else/><assign name="said" expr="answer$.utterance"/></if>`)
	submit()
	w(`</filled></field></form></vxml>`)
	return b.Bytes()
}

// VXMLWait asks again in a second.
func VXMLWait(call Call) []byte {
	var b bytes.Buffer
	w := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	head(w, "en-US")
	w(`<var name="session" expr="%s"/><var name="from" expr="%s"/><var name="waited" expr="'1'"/>`, escape(quoted(call.Session)), escape(quoted(call.From)))
	w(`<form id="wait"><block><prompt><break time="1s"/></prompt>`)
	w(`<submit next="%s" method="post" namelist="session from waited"/></block></form></vxml>`, escape(call.Next))
	return b.Bytes()
}

// VXMLEnd hangs up.
func VXMLEnd() []byte {
	var b bytes.Buffer
	head(func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }, "en-US")
	b.WriteString(`<form id="end"><block><disconnect/></block></form></vxml>`)
	return b.Bytes()
}

func head(w func(string, ...any), language string) {
	w(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	w(`<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="`+"%s"+`">`, language)
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// quoted is s as a string of ECMAScript, of what stands in ids and numbers.
func quoted(s string) string {
	return "'" + strings.Map(func(r rune) rune {
		if strings.ContainsRune(".-_:@+", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s) + "'"
}
