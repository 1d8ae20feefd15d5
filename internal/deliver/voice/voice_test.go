package voice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/voice"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/testenv"
)

const next = "https://r.example/c/voice/main/turn?a=1&b=2"

func prompts() []voice.Prompt {
	choices := []render.Next{
		{Payload: "s", Key: "1", Words: []string{"small & quick", "small"}},
		{Payload: "l", Key: "2", Words: []string{"large"}},
		{Payload: "x", Key: "3"},                     // a label without letters
		{Payload: "n", Words: []string{"the ninth"}}, // beyond what a phone has keys for
	}
	return []voice.Prompt{
		{Say: "Small & quick <1>, or \"large\"?\x01", Language: "en-GB", Choices: choices},
		{Say: "Wann?", Language: "de"},
		{Say: "سلام ]]>", Choices: choices[2:3]},
	}
}

func TestAllThatIsSaidOnACallIsOfTheSchemas(t *testing.T) {
	t.Parallel()
	call := voice.Call{Session: "s-1:a@b.c", From: "+15550199", Next: next}
	for _, p := range prompts() {
		require.NoError(t, testenv.Schema(t, testenv.TwiML, string(voice.TwiML(p, next))))
		require.NoError(t, testenv.Schema(t, testenv.VoiceXML, string(voice.VXML(p, call))))
	}
	require.NoError(t, testenv.Schema(t, testenv.TwiML, string(voice.TwiMLWait(next))))
	require.NoError(t, testenv.Schema(t, testenv.TwiML, string(voice.TwiMLEnd())))
	require.NoError(t, testenv.Schema(t, testenv.TwiML, "<Response/>"))
	require.NoError(t, testenv.Schema(t, testenv.VoiceXML, string(voice.VXMLWait(call))))
	require.NoError(t, testenv.Schema(t, testenv.VoiceXML, string(voice.VXMLEnd())))
	require.NoError(t, testenv.Schema(t, testenv.VoiceXML, string(voice.VXML(prompts()[0], voice.Call{Session: `'; alert("x")//`, Next: next}))))
}

// The schemas are ones that refuse.
func TestWhatIsNotOfTheSchemasIsRefused(t *testing.T) {
	t.Parallel()
	p := prompts()[0]
	for _, c := range []struct{ schema, doc, old, new string }{
		{testenv.TwiML, string(voice.TwiML(p, next)), `input="dtmf speech"`, `input="speech dtmf"`},
		{testenv.TwiML, string(voice.TwiML(p, next)), `timeout="5"`, `timeout="5s"`},
		{testenv.TwiML, string(voice.TwiML(p, next)), `method="POST"`, `method="post"`},
		{testenv.TwiML, string(voice.TwiML(p, next)), `numDigits="1"`, `numDigits="0"`},
		{testenv.TwiML, string(voice.TwiML(p, next)), `hints=`, `hint=`},
		{testenv.TwiML, string(voice.TwiML(p, next)), `</Say>`, `</Say><Hangup/>`},
		{testenv.TwiML, string(voice.TwiMLWait(next)), `https://`, ``},
		{testenv.TwiML, string(voice.TwiMLEnd()), `Hangup>`, `Hangup>now`},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `version="2.1"`, `version="2.2"`},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `xmlns="http://www.w3.org/2001/vxml" `, ``},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `timeout="5s"`, `timeout="5"`},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `bargein="true"`, `bargein="yes"`},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `mode="dtmf"`, `mode="keys"`},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `<rule id="said">`, `<rule>`},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), ` cond="answer$.inputmode == 'dtmf'"`, ``},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `method="post"`, `method="POST"`},
		{testenv.VoiceXML, string(voice.VXML(p, voice.Call{Next: next})), `<assign name="keys"`, `<assign name="keys$"`},
		{testenv.VoiceXML, string(voice.VXML(prompts()[1], voice.Call{Next: next})), `repeat="1-20"`, `repeat="many"`},
		{testenv.VoiceXML, string(voice.VXMLEnd()), `<block>`, `<blocks>`},
	} {
		require.Contains(t, c.doc, c.old)
		require.Error(t, testenv.Schema(t, c.schema, strings.ReplaceAll(c.doc, c.old, c.new)), "%s for %s", c.new, c.old)
	}
}
