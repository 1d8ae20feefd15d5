package event

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// UnpackGrant reads the head of a grant's body, and the subject of its content. The
// rest of the content, which is nearly all of it, is not looked at, unless the body
// is not as Pack writes it: of a long letter that costs a twentieth of Unpack.
func UnpackGrant(e *Event) (GrantHead, error) {
	var out GrantHead
	head, content, ok := cutContent(e.Body)
	if !ok {
		return wholeGrant(e)
	}
	if err := json.Unmarshal(head, &out); err != nil {
		return wholeGrant(e)
	}
	if subject, has := bytes.CutPrefix(content, []byte(`"subject":"`)); has {
		end := endOfString(subject)
		if end < 0 || json.Unmarshal(content[len(`"subject":`):len(`"subject":"`)+end+1], &out.Subject) != nil {
			return wholeGrant(e)
		}
	}
	return out, nil
}

// cutContent returns the body up to its content, as an object, and the members of the
// content. Within a string the quotes of the mark would be escaped, and before the
// content there are only strings: the first mark is the content's.
func cutContent(body []byte) (head, content []byte, ok bool) {
	head, content, ok = bytes.Cut(body, []byte(`,"content":{`))
	return append(bytes.Clone(head), '}'), content, ok
}

// endOfString is where the quote is that ends a string of which s is the rest; -1: it
// does not end.
func endOfString(s []byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func wholeGrant(e *Event) (GrantHead, error) {
	b, err := Unpack[GrantBody](*e)
	if err != nil {
		return GrantHead{}, fmt.Errorf("read a grant: %w", err)
	}
	return GrantHead{
		Delivery: b.Delivery, Session: b.Session, Channel: b.Channel, To: b.To, Goal: b.Goal, Action: b.Action, Message: b.Message, Subject: b.Content.Subject,
	}, nil
}
