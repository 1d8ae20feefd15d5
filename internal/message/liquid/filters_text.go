package liquid

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

//nolint:gochecknoglobals // immutable
var textFilters = map[string]filter{
	"append":         {1, 1, func(c *call) (any, error) { return c.joined(func(s, t string) string { return s + t }) }},
	"prepend":        {1, 1, func(c *call) (any, error) { return c.joined(func(s, t string) string { return t + s }) }},
	"upcase":         plain(strings.ToUpper),
	"downcase":       plain(strings.ToLower),
	"capitalize":     plain(capitalise),
	"strip":          plain(func(s string) string { return strings.TrimFunc(s, unicode.IsSpace) }),
	"lstrip":         plain(func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }),
	"rstrip":         plain(func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }),
	"strip_newlines": plain(func(s string) string { return newlines.Replace(s) }),
	"remove":         {1, 1, func(c *call) (any, error) { return c.replace(-1, false) }},
	"remove_first":   {1, 1, func(c *call) (any, error) { return c.replace(1, false) }},
	"remove_last":    {1, 1, func(c *call) (any, error) { return c.replace(1, true) }},
	"replace":        {1, 2, func(c *call) (any, error) { return c.replace(-1, false) }},
	"replace_first":  {1, 2, func(c *call) (any, error) { return c.replace(1, false) }},
	"replace_last":   {2, 2, func(c *call) (any, error) { return c.replace(1, true) }},
	"slice":          {1, 2, slice},
	"split":          {1, 1, split},
	"truncate":       {0, 2, truncate},
	"truncatewords":  {0, 2, truncateWords},
}

//nolint:gochecknoglobals // immutable
var newlines = strings.NewReplacer("\r\n", "", "\n", "")

// plain is a filter of one text.
func plain(fn func(string) string) filter {
	return filter{0, 0, func(c *call) (any, error) {
		s, err := c.text()
		return fn(s), err
	}}
}

func (c *call) joined(join func(s, t string) string) (any, error) {
	s, err := c.text()
	if err != nil {
		return nil, err
	}
	t, err := c.argText(0)
	return join(s, t), err
}

func capitalise(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToTitle(r)) + strings.ToLower(s[n:])
}

// replace puts the second argument in the place of the first: everywhere if n is
// negative, else once, from the end if last.
func (c *call) replace(n int, last bool) (any, error) {
	s, err := c.text()
	if err != nil {
		return nil, err
	}
	old, err := c.argText(0)
	if err != nil {
		return nil, err
	}
	with, err := c.argText(1)
	if err != nil {
		return nil, err
	}
	if last {
		if i := strings.LastIndex(s, old); i >= 0 {
			return s[:i] + with + s[i+len(old):], nil
		}
		return s, nil
	}
	if n < 0 && len(s)+strings.Count(s, old)*(len(with)-len(old)) > MaxValue {
		return nil, errValue
	}
	return strings.Replace(s, old, with, n), nil
}

// slice takes one element or character, or as many as the second argument says,
// from the first, which counts from the end if it is negative.
func slice(c *call) (any, error) {
	from, err := c.whole(0)
	if err != nil {
		return nil, err
	}
	n := 1
	if c.arg(1) != nil {
		if n, err = c.whole(1); err != nil {
			return nil, err
		}
	}
	list, isList := c.in.([]any)
	var runes []rune
	length := len(list)
	if !isList {
		s, err := c.text()
		if err != nil {
			return nil, err
		}
		runes = []rune(s)
		length = len(runes)
	}
	if from < 0 {
		from += length
	}
	if from < 0 || from > length || n < 0 {
		return "", nil
	}
	n = min(n, length-from)
	if isList {
		return list[from : from+n], nil
	}
	return string(runes[from : from+n]), nil
}

// split cuts at each occurrence of its argument, at any white space if that is a
// space, and between all characters if it is empty. Empty pieces at the end go.
func split(c *call) (any, error) {
	s, err := c.text()
	if err != nil {
		return nil, err
	}
	at, err := c.argText(0)
	if err != nil {
		return nil, err
	}
	if at == "" && utf8.RuneCountInString(s)*8 > MaxValue {
		return nil, errValue
	}
	var pieces []string
	if at == " " {
		pieces = strings.Fields(s)
	} else {
		pieces = strings.Split(s, at)
	}
	for len(pieces) > 0 && pieces[len(pieces)-1] == "" {
		pieces = pieces[:len(pieces)-1]
	}
	out := make([]any, len(pieces))
	for i, p := range pieces {
		out[i] = p
	}
	return out, nil
}

// cut is what the truncating filters are given: the text, how much of it is left
// at most, and what then stands for the rest.
func (c *call) cut(most int) (s string, n int, end string, err error) {
	if n, err = c.wholeOr(0, most); err != nil {
		return "", 0, "", err
	}
	if s, err = c.text(); err != nil {
		return "", 0, "", err
	}
	end = "..."
	if len(c.args) > 1 {
		end, err = c.argText(1)
	}
	return s, n, end, err
}

// truncate cuts to at most 50 characters, or the number that is given, the
// ellipsis included.
func truncate(c *call) (any, error) {
	s, n, end, err := c.cut(50)
	if err != nil {
		return nil, err
	}
	runes := []rune(s)
	if len(runes) <= n {
		return s, nil
	}
	return string(runes[:max(0, n-utf8.RuneCountInString(end))]) + end, nil
}

// truncateWords cuts to at most 15 words, or the number that is given.
func truncateWords(c *call) (any, error) {
	s, n, end, err := c.cut(15)
	if err != nil {
		return nil, err
	}
	n = max(1, n)
	words := strings.Fields(s)
	if len(words) <= n {
		return s, nil
	}
	return strings.Join(words[:n], " ") + end, nil
}
