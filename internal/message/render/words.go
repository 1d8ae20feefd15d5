package render

import (
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
)

// words are what we say ourselves around a message, in its language. {name},
// {word}, {label}, {key} and {host} are filled in.
type words struct {
	sentBy  string // at the foot of a letter
	noMore  string // the link that unsubscribes
	reply   string // how a text message is answered
	stop    string // how text messages are stopped
	press   string // how a choice is made on the phone
	stopKey string // how calls are stopped
	visit   string // where a link leads, by ear
	choose  string // opens a list of answers
	write   string // how a letter without links is answered
}

// wordsOf are those of a locale, English where we know no better.
func wordsOf(locale string) words {
	if w, ok := allWords()[definition.Language(locale)]; ok {
		return w
	}
	return allWords()["en"]
}

func allWords() map[string]words {
	return map[string]words{
		"en": {
			sentBy: "Sent by {name}.", noMore: "No more of these", reply: "Reply {word}: {label}", stop: "Reply STOP to opt out",
			press: "{label}: press {key}, or say {word}.", stopKey: "To get no more of these calls, press {key}.",
			visit: "{label}: on our website, {host}.", choose: "Choose", write: "Reply with the word {word}: {label}",
		},
		"de": {
			sentBy: "Gesendet von {name}.", noMore: "Keine weiteren Nachrichten dieser Art", reply: "Antworten Sie {word}: {label}", stop: "Abmelden mit STOP",
			press: "{label}: Drücken Sie die {key} oder sagen Sie {word}.", stopKey: "Um keine solchen Anrufe mehr zu bekommen, drücken Sie die {key}.",
			visit: "{label}: auf unserer Website, {host}.", choose: "Auswählen", write: "Antworten Sie mit dem Wort {word}: {label}",
		},
		"fr": {
			sentBy: "Envoyé par {name}.", noMore: "Ne plus recevoir ces messages", reply: "Répondez {word} : {label}", stop: "STOP pour ne plus en recevoir",
			press: "{label} : appuyez sur {key}, ou dites {word}.", stopKey: "Pour ne plus recevoir ces appels, appuyez sur {key}.",
			visit: "{label} : sur notre site, {host}.", choose: "Choisir", write: "Répondez par le mot {word} : {label}",
		},
		"es": {
			sentBy: "Enviado por {name}.", noMore: "No recibir más mensajes como este", reply: "Responda {word}: {label}", stop: "Responda STOP para darse de baja",
			press: "{label}: pulse {key} o diga {word}.", stopKey: "Para no recibir más llamadas como esta, pulse {key}.",
			visit: "{label}: en nuestra web, {host}.", choose: "Elegir", write: "Responda con la palabra {word}: {label}",
		},
		"it": {
			sentBy: "Inviato da {name}.", noMore: "Non ricevere più questi messaggi", reply: "Rispondi {word}: {label}", stop: "Rispondi STOP per non riceverne più",
			press: "{label}: premi {key} o di' {word}.", stopKey: "Per non ricevere più queste chiamate, premi {key}.",
			visit: "{label}: sul nostro sito, {host}.", choose: "Scegli", write: "Rispondi con la parola {word}: {label}",
		},
		"nl": {
			sentBy: "Verzonden door {name}.", noMore: "Geen berichten zoals dit meer", reply: "Antwoord {word}: {label}", stop: "Antwoord STOP om u af te melden",
			press: "{label}: druk op {key} of zeg {word}.", stopKey: "Om zulke oproepen niet meer te krijgen, druk op {key}.",
			visit: "{label}: op onze website, {host}.", choose: "Kiezen", write: "Antwoord met het woord {word}: {label}",
		},
		"pt": {
			sentBy: "Enviado por {name}.", noMore: "Não receber mais mensagens como esta", reply: "Responda {word}: {label}", stop: "Responda STOP para cancelar",
			press: "{label}: prima {key} ou diga {word}.", stopKey: "Para não receber mais chamadas como esta, prima {key}.",
			visit: "{label}: no nosso site, {host}.", choose: "Escolher", write: "Responda com a palavra {word}: {label}",
		},
	}
}

// fill puts values, in pairs of name and value, into the gaps of s.
// Names begin with a brace. What is put in is not looked at again. For the few gaps
// of a page it costs a fraction of a strings.Replacer, which must be built first.
func fill(s string, pairs ...string) string {
	var b strings.Builder
	b.Grow(2 * len(s))
	for {
		gap := strings.IndexByte(s, '{')
		if gap < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:gap])
		s = s[gap:]
		name, value := "{", "{"
		for i := 0; i < len(pairs); i += 2 {
			if strings.HasPrefix(s, pairs[i]) {
				name, value = pairs[i], pairs[i+1]
				break
			}
		}
		b.WriteString(value)
		s = s[len(name):]
	}
}
