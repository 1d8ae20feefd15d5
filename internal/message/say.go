package message

import (
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/liquid"
)

// Say renders a text of a conversation for a person. It is plain text: paragraphs,
// and nothing that is marked up.
func Say(source string, vars Vars) (string, error) {
	t, err := liquid.Parse(source)
	if err != nil {
		return "", err
	}
	in := vars.input()
	in.Escape = escapePlain
	out, err := t.Render(in)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(out.Text), nil
}

// CheckText reports what is wrong with the Liquid of a text, whoever reads it.
func CheckText(source string) error {
	if _, err := liquid.Parse(source); err != nil {
		return fault.Wrap(fault.KindOf(err), nil, "%s", err.Error())
	}
	return nil
}
