package inbound

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Confirmation is what a person would confirm: that a channel may write to them.
type Confirmation struct {
	Preferences // of which only Brand and Language count
	Waits       bool
	Confirmed   bool
}

// Confirming finds out what there is to confirm for a person on a channel, at an
// address. Its error is NotFound when there is no such person.
type Confirming func(ctx context.Context, id person.ID, channel, address string) (Confirmation, error)

// confirms reports whether an answer's token is of a question of double opt-in.
func confirms(t Token) bool {
	_, choice := event.ReadPayload(t.Target)
	return choice == event.ConfirmReply
}

// askToConfirm shows the button. Opening the page changes nothing: scanners of mail
// open every link.
func (h *Handler) askToConfirm(w http.ResponseWriter, r *http.Request, t Token) {
	c, ok := h.confirmation(w, r, t)
	if !ok {
		return
	}
	words := confirmWordsOf(c.Language)
	body := fmt.Sprintf(`<p>%s</p><form method="post"><button type="submit">%s</button></form>`,
		strings.ReplaceAll(html.EscapeString(words.body), "{address}", "<b>"+html.EscapeString(t.To)+"</b>"), html.EscapeString(t.Label))
	showConfirmation(w, c.Preferences, words.title, body)
}

// confirmation finds what t's question stands at. Where there is nothing to confirm any
// more it says so, and ok is false.
func (h *Handler) confirmation(w http.ResponseWriter, r *http.Request, t Token) (c Confirmation, ok bool) {
	if h.opts.Confirming == nil {
		notFound(w)
		return c, false
	}
	c, err := h.opts.Confirming(r.Context(), t.Person, t.Channel, t.To)
	words := confirmWordsOf(c.Language)
	switch {
	case fault.Is(err, fault.NotFound):
		notFound(w)
	case err != nil:
		if !errors.Is(err, context.Canceled) {
			h.opts.Logger.ErrorContext(r.Context(), "a confirmation could not be read", "delivery", t.Delivery, "error", err)
		}
		comeAgain(w)
	case c.Confirmed:
		showConfirmation(w, c.Preferences, words.done, "")
	case !c.Waits:
		showConfirmation(w, c.Preferences, words.over, "<p>"+html.EscapeString(words.again)+"</p>")
	default:
		return c, true
	}
	return c, false
}

func showConfirmation(w http.ResponseWriter, p Preferences, title, body string) {
	branded(w, p, title, body)
}

// confirmWords are what the page says, in one language.
type confirmWords struct{ title, body, done, over, again string }

// confirmWordsOf are those of a language, English where we know no better.
func confirmWordsOf(language string) confirmWords {
	all := map[string]confirmWords{
		"en": {"May we write to you?", "Press the button to confirm that we may write to {address}.", "Thank you: it is confirmed", "This question is over", "It was not answered in time, or taken back. Sign up again if you want to hear from us."},
		"de": {"Dürfen wir Ihnen schreiben?", "Bestätigen Sie mit dem Knopf, dass wir an {address} schreiben dürfen.", "Danke, es ist bestätigt", "Diese Frage hat sich erledigt", "Sie wurde nicht rechtzeitig beantwortet oder zurückgenommen. Melden Sie sich noch einmal an, wenn Sie von uns hören möchten."},
		"fr": {"Pouvons-nous vous écrire ?", "Appuyez sur le bouton pour confirmer que nous pouvons écrire à {address}.", "Merci, c’est confirmé", "Cette question n’est plus d’actualité", "Elle est restée sans réponse à temps, ou a été retirée. Inscrivez-vous à nouveau si vous souhaitez avoir de nos nouvelles."},
		"es": {"¿Podemos escribirle?", "Pulse el botón para confirmar que podemos escribir a {address}.", "Gracias: está confirmado", "Esta pregunta ya no está abierta", "No se respondió a tiempo o se retiró. Vuelva a darse de alta si quiere tener noticias nuestras."},
		"it": {"Possiamo scriverle?", "Prema il pulsante per confermare che possiamo scrivere a {address}.", "Grazie: è confermato", "Questa domanda è chiusa", "Non ha avuto risposta in tempo o è stata ritirata. Si iscriva di nuovo se vuole avere nostre notizie."},
		"nl": {"Mogen wij u schrijven?", "Bevestig met de knop dat wij naar {address} mogen schrijven.", "Dank u: het is bevestigd", "Deze vraag is voorbij", "Zij is niet op tijd beantwoord, of ingetrokken. Meld u opnieuw aan als u van ons wilt horen."},
		"pt": {"Podemos escrever-lhe?", "Prima o botão para confirmar que podemos escrever para {address}.", "Obrigado: está confirmado", "Esta pergunta já não está em aberto", "Não teve resposta a tempo, ou foi retirada. Inscreva-se de novo se quiser ter notícias nossas."},
	}
	if w, ok := all[language]; ok {
		return w
	}
	return all["en"]
}
