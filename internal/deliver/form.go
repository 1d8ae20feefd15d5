package deliver

import "github.com/rapporthq/rapport/internal/message/render"

// Form is the letter for package render, which gives it the form of a channel.
func (l Letter) Form() render.Input {
	return render.Input{Content: l.Content, Sender: l.From.Name, Links: l.Links}
}
