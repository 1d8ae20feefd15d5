package inbound

// preferenceWords are what the page of preferences says, in one language.
type preferenceWords struct {
	title, topics, by, save, saved string

	pending string // beside a channel that has yet to be confirmed

	channels map[string]string // names of channels that people have words for
}

// preferenceWordsOf are those of a language, English where we know no better.
func preferenceWordsOf(language string) preferenceWords {
	if w, ok := allPreferenceWords()[language]; ok {
		return w
	}
	return allPreferenceWords()["en"]
}

func allPreferenceWords() map[string]preferenceWords {
	return map[string]preferenceWords{
		"en": {
			pending: "not confirmed yet: see our message to {address}",
			title:   "What would you like to hear about?", topics: "Tell me about", by: "Reach me by", save: "Save", saved: "Saved. It takes effect at once.",
			channels: map[string]string{"email": "E-mail", "sms": "Text message", "voice": "Phone call", "push": "Notifications on my phone", "web-push": "Notifications in my browser"},
		},
		"de": {
			pending: "noch nicht bestätigt: siehe unsere Nachricht an {address}",
			title:   "Worüber möchten Sie etwas hören?", topics: "Erzählen Sie mir von", by: "Erreichen Sie mich per", save: "Speichern", saved: "Gespeichert. Das gilt ab sofort.",
			channels: map[string]string{"email": "E-Mail", "sms": "SMS", "voice": "Telefonanruf", "push": "Mitteilung auf dem Telefon", "web-push": "Mitteilung im Browser"},
		},
		"fr": {
			pending: "pas encore confirmé : voyez notre message à {address}",
			title:   "De quoi souhaitez-vous être informé ?", topics: "Parlez-moi de", by: "Me joindre par", save: "Enregistrer", saved: "Enregistré. Cela prend effet immédiatement.",
			channels: map[string]string{"email": "E-mail", "sms": "SMS", "voice": "Appel téléphonique", "push": "Notification sur mon téléphone", "web-push": "Notification dans mon navigateur"},
		},
		"es": {
			pending: "aún sin confirmar: vea nuestro mensaje a {address}",
			title:   "¿De qué quiere tener noticias?", topics: "Quiero saber de", by: "Pueden contactarme por", save: "Guardar", saved: "Guardado. Ya está en vigor.",
			channels: map[string]string{"email": "Correo electrónico", "sms": "SMS", "voice": "Llamada telefónica", "push": "Notificación en mi teléfono", "web-push": "Notificación en mi navegador"},
		},
		"it": {
			pending: "non ancora confermato: veda il nostro messaggio a {address}",
			title:   "Di che cosa vuole avere notizie?", topics: "Mi parli di", by: "Mi contatti via", save: "Salva", saved: "Salvato. Vale da subito.",
			channels: map[string]string{"email": "E-mail", "sms": "SMS", "voice": "Telefonata", "push": "Notifica sul telefono", "web-push": "Notifica nel browser"},
		},
		"nl": {
			pending: "nog niet bevestigd: zie ons bericht aan {address}",
			title:   "Waarover wilt u iets horen?", topics: "Vertel me over", by: "Bereik me via", save: "Opslaan", saved: "Opgeslagen. Het geldt meteen.",
			channels: map[string]string{"email": "E-mail", "sms": "Sms", "voice": "Telefoon", "push": "Melding op mijn telefoon", "web-push": "Melding in mijn browser"},
		},
		"pt": {
			pending: "ainda por confirmar: veja a nossa mensagem para {address}",
			title:   "De que gostaria de ter notícias?", topics: "Falem-me de", by: "Contactem-me por", save: "Guardar", saved: "Guardado. Tem efeito imediato.",
			channels: map[string]string{"email": "E-mail", "sms": "SMS", "voice": "Chamada telefónica", "push": "Notificação no telemóvel", "web-push": "Notificação no navegador"},
		},
	}
}
