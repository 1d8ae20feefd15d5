package source

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"unicode"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Naming returns the dead letters that name somebody who was erased: erased gives the
// records of those by when that was. What arrived since is of a stranger. What was
// refused may be no JSON at all, so whatever could be somebody's name in it is
// looked up as each kind of identity.
func (x *Letters) Naming(erased map[person.ID]event.Instant) (numbers []uint64, err error) {
	err = x.o.Store.NewestLetters("", 0, func(l event.Letter) bool {
		if names(&l, func(id person.ID) bool { at, is := erased[id]; return is && l.ReceivedAt <= at }) {
			numbers = append(numbers, l.Number)
		}
		return true
	})
	return numbers, err
}

// Erase has the letters of Naming go, and returns how many they were.
func (x *Letters) Erase(ctx context.Context, erased map[person.ID]event.Instant, by string) (int, error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	all, err := x.Naming(erased)
	for rest := all; err == nil && len(rest) > 0; rest = rest[min(inOne, len(rest)):] {
		err = x.finish(ctx, nil, rest[:min(inOne, len(rest))], event.LetterErased, "", by)
	}
	return len(all), err
}

// names reports whether l has the name of a record that is looked for.
func names(l *event.Letter, looked func(person.ID) bool) (found bool) {
	kinds := []person.Kind{
		person.UserID, person.AnonymousID, person.Email, person.Phone, person.DeviceToken,
		person.External + "web-push", person.External + "slack", person.External + "telegram",
	}
	for _, kind := range typesIn(l.Raw) {
		if k := person.ExternalKind(kind); k != "" {
			kinds = append(kinds, k)
		}
	}
	for _, text := range [...][]byte{l.Raw, l.Shared, []byte(l.Message), []byte(l.Path)} {
		eachName(text, func(name string) {
			for _, k := range kinds {
				if i := person.NewIdentity(k, name); !found && !i.IsZero() && looked(person.IDOf(0, i)) {
					found = true
				}
			}
		})
	}
	return found
}

// typesIn are the values of the keys "type" in text: an external id says what it is
// there.
func typesIn(text []byte) (types []string) {
	for {
		_, after, ok := bytes.Cut(text, []byte(`"type"`))
		if !ok {
			return types
		}
		text = after
		value := bytes.TrimLeft(after, ": \t\r\n")
		if end := bytes.IndexByte(value[min(1, len(value)):], '"'); len(value) > 0 && value[0] == '"' && end >= 0 {
			types = append(types, string(value[1:1+end]))
		}
	}
}

// shortNumber is below how many digits a number that stands by itself is more
// likely an amount than a name, unless its key says that it is an id.
const shortNumber = 5

// eachName calls use with what may be somebody's name: texts in quotes, whole;
// addresses and the like within them; and words that stand by themselves.
func eachName(text []byte, use func(string)) {
	key := "" // the text before
	for len(text) > 0 {
		quote := bytes.IndexByte(text, '"')
		if quote < 0 {
			quote = len(text)
		}
		eachWord(string(text[:quote]), func(w string) {
			if len(w) >= shortNumber || strings.IndexFunc(w, unicode.IsLetter) >= 0 || strings.HasSuffix(strings.ToLower(key), "id") {
				use(w)
			}
		})
		text = text[min(quote+1, len(text)):]
		end := closing(text)
		key = unquoted(text[:end])
		text = text[min(end+1, len(text)):]
		if key == "" {
			continue
		}
		use(key)
		eachWord(key, func(w string) {
			if w != key && strings.ContainsAny(w, "@0123456789") {
				use(w)
			}
		})
	}
}

// closing is where the quote is that ends a text, or the end.
func closing(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}

func unquoted(text []byte) (s string) {
	if bytes.IndexByte(text, '\\') < 0 || json.Unmarshal([]byte(`"`+string(text)+`"`), &s) != nil {
		return string(text)
	}
	return s
}

func eachWord(text string, use func(string)) {
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`,;:{}[]()<>'=&?/`, r) }) {
		if plain, err := url.QueryUnescape(w); err == nil && strings.ContainsRune(w, '%') {
			w = plain
		}
		if w = strings.Trim(w, "."); w != "" {
			use(w)
		}
	}
}
