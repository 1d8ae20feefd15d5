package inbound

// preferenceWords are what the page of preferences says, in one language.
type preferenceWords struct {
	title, topics, by, save, saved string

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
			title: "What would you like to hear about?", topics: "Tell me about", by: "Reach me by", save: "Save", saved: "Saved. It takes effect at once.",
			channels: map[string]string{"email": "E-mail", "sms": "Text message", "voice": "Phone call", "push": "Notifications on my phone", "webpush": "Notifications in my browser"},
		},
		"de": {
			title: "Worüber möchten Sie etwas hören?", topics: "Erzählen Sie mir von", by: "Erreichen Sie mich per", save: "Speichern", saved: "Gespeichert. Das gilt ab sofort.",
			channels: map[string]string{"email": "E-Mail", "sms": "SMS", "voice": "Telefonanruf", "push": "Mitteilung auf dem Telefon", "webpush": "Mitteilung im Browser"},
		},
		"fr": {
			title: "De quoi souhaitez-vous être informé ?", topics: "Parlez-moi de", by: "Me joindre par", save: "Enregistrer", saved: "Enregistré. Cela prend effet immédiatement.",
			channels: map[string]string{"email": "E-mail", "sms": "SMS", "voice": "Appel téléphonique", "push": "Notification sur mon téléphone", "webpush": "Notification dans mon navigateur"},
		},
		"es": {
			title: "¿De qué quiere tener noticias?", topics: "Quiero saber de", by: "Pueden contactarme por", save: "Guardar", saved: "Guardado. Ya está en vigor.",
			channels: map[string]string{"email": "Correo electrónico", "sms": "SMS", "voice": "Llamada telefónica", "push": "Notificación en mi teléfono", "webpush": "Notificación en mi navegador"},
		},
		"it": {
			title: "Di che cosa vuole avere notizie?", topics: "Mi parli di", by: "Mi contatti via", save: "Salva", saved: "Salvato. Vale da subito.",
			channels: map[string]string{"email": "E-mail", "sms": "SMS", "voice": "Telefonata", "push": "Notifica sul telefono", "webpush": "Notifica nel browser"},
		},
		"nl": {
			title: "Waarover wilt u iets horen?", topics: "Vertel me over", by: "Bereik me via", save: "Opslaan", saved: "Opgeslagen. Het geldt meteen.",
			channels: map[string]string{"email": "E-mail", "sms": "Sms", "voice": "Telefoon", "push": "Melding op mijn telefoon", "webpush": "Melding in mijn browser"},
		},
		"pt": {
			title: "De que gostaria de ter notícias?", topics: "Falem-me de", by: "Contactem-me por", save: "Guardar", saved: "Guardado. Tem efeito imediato.",
			channels: map[string]string{"email": "E-mail", "sms": "SMS", "voice": "Chamada telefónica", "push": "Notificação no telemóvel", "webpush": "Notificação no navegador"},
		},
	}
}
