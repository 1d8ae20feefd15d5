// Package voice is what the adapters of telephone channels share: what is said on
// a call and listened for, as TwiML (https://www.twilio.com/docs/voice/twiml) and
// as VoiceXML 2.1 (https://www.w3.org/TR/voicexml21/), and the meeting place of
// letters with the calls that they are for.
package voice

import (
	"bytes"
	"encoding/xml"
	"strings"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/message/render"
)

// Prompt is what is said, and what may be answered.
type Prompt struct {
	Say      string
	Language string // BCP 47; empty: the platform's own
	Choices  []render.Next
}

// Of is the prompt of a letter.
func Of(l deliver.Letter) Prompt {
	v := l.Form().Voice()
	return Prompt{v.Text, v.Locale, v.Choices}
}

// hints are words that may be said, for the recogniser.
func (p Prompt) hints() string {
	var out []string
	for _, c := range p.Choices {
		out = append(out, c.Words...)
	}
	return strings.Join(out, ", ")
}

// listenFor is how long silence may last before the platform says so, in seconds.
const listenFor = 5

// TwiML says the prompt, listens to keys and words, and posts what it heard to
// next: Digits, SpeechResult, or neither.
func TwiML(p Prompt, next string) []byte {
	type say struct {
		Language string `xml:"language,attr,omitempty"`
		Text     string `xml:",chardata"`
	}
	type gather struct {
		Input     string `xml:"input,attr"`
		Action    string `xml:"action,attr"`
		Method    string `xml:"method,attr"`
		Timeout   int    `xml:"timeout,attr"`
		Speech    string `xml:"speechTimeout,attr"`
		Digits    int    `xml:"numDigits,attr,omitempty"`
		Hints     string `xml:"hints,attr,omitempty"`
		Language  string `xml:"language,attr,omitempty"`
		OnSilence bool   `xml:"actionOnEmptyResult,attr"`
		Say       say    `xml:"Say"`
	}
	g := gather{
		Input: "dtmf speech", Action: next, Method: "POST", Timeout: listenFor, Speech: "auto", Hints: p.hints(), Language: p.Language, OnSilence: true,
		Say: say{p.Language, p.Say},
	}
	if len(p.Choices) > 0 { // each has a key of its own
		g.Digits = 1
	}
	return document(struct {
		XMLName xml.Name `xml:"Response"`
		Gather  gather   `xml:"Gather"`
	}{Gather: g})
}

// TwiMLWait has the platform ask again at next in a second.
func TwiMLWait(next string) []byte {
	type redirect struct {
		Method string `xml:"method,attr"`
		URL    string `xml:",chardata"`
	}
	return document(struct {
		XMLName xml.Name `xml:"Response"`
		Pause   struct {
			Length int `xml:"length,attr"`
		} `xml:"Pause"`
		Redirect redirect `xml:"Redirect"`
	}{Pause: struct {
		Length int `xml:"length,attr"`
	}{1}, Redirect: redirect{"POST", next}})
}

// TwiMLEnd hangs up.
func TwiMLEnd() []byte {
	return document(struct {
		XMLName xml.Name `xml:"Response"`
		Hangup  struct{} `xml:"Hangup"`
	}{})
}

func document(v any) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(v); err != nil {
		panic("voice: " + err.Error()) // the types above are fixed
	}
	return b.Bytes()
}
