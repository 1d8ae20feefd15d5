package render

// SMS is a text message.
type SMS struct {
	Text     string   `json:"text"`
	Encoding Encoding `json:"encoding" enum:"gsm-7,ucs-2"`
	Units    int      `json:"units" doc:"septets of gsm-7, code units of ucs-2"`
	Segments int      `json:"segments" doc:"each is charged for"`
	Next     []Next   `json:"next,omitempty" doc:"what can be answered"`

	// Advice is what makes the text longer than it need be: characters outside the
	// 7-bit alphabet. Saves is how many segments it would take fewer without.
	Advice []Substitution `json:"advice,omitempty"`
	Saves  int            `json:"saves,omitempty"`
}

// SMS renders a text message. Its links are those of Links, which are short; what
// can be answered is named by its word; and where Links.Unsubscribe is set it ends
// with how to stop.
func (in Input) SMS() SMS {
	w := wordsOf(in.Content.Locale)
	next := in.Next()
	text := lines(in.Content.Subject, in.Content.Text, facts(in.Content.Facts), in.ways(next))
	if in.Links.Unsubscribe != "" {
		text = lines(text, w.stop)
	}
	out := SMS{Text: text}
	out.Next, _ = split(next)
	out.Encoding, out.Units, out.Segments = Segments(text)
	if out.Encoding == UCS2 {
		var plain string
		plain, out.Advice = Transliterate(text)
		_, _, fewer := Segments(plain)
		out.Saves = out.Segments - fewer
	}
	return out
}

// ways names the next steps in words, a line each: links by their address, answers
// by their word.
func (in Input) ways(next []Next) string {
	w := wordsOf(in.Content.Locale)
	var out []string
	for _, n := range next {
		switch {
		case n.Said:
		case n.Payload != "":
			out = append(out, fill(w.reply, "{word}", n.Keyword, "{label}", n.Label))
		case n.URL != "":
			out = append(out, n.Label+": "+n.URL)
		}
	}
	return lines(out...)
}
