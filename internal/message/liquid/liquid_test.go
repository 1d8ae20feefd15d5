package liquid_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/liquid"
)

var noon = event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

func render(t *testing.T, src string, vars map[string]any) (liquid.Output, error) {
	t.Helper()
	tmpl, err := liquid.Parse(src)
	require.NoError(t, err, src)
	return tmpl.Render(liquid.Input{Vars: vars, Now: noon})
}

func TestTemplatesThatDoTooMuchAreStopped(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"a silent loop":          `{% for i in (1..10000000) %}{% endfor %}`,
		"a huge range":           `{% for i in (-9000000000000000000..9000000000000000000) %}{% endfor %}{% for i in (1..9000000000000000000) %}{% endfor %}`,
		"silent nested loops":    `{% for i in (1..3000) %}{% for j in (1..3000) %}{% endfor %}{% endfor %}`,
		"a loop that prints":     `{% for i in (1..100000) %}ten bytes.{% endfor %}`,
		"doubling by append":     `{% assign s = "0123456789" %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}`,
		"doubling by capture":    `{% assign s = "0123456789" %}{% for i in (1..60) %}{% capture s %}{{ s }}{{ s }}{% endcapture %}{% endfor %}`,
		"doubling by concat":     `{% assign s = "a,b" | split: "," %}{% for i in (1..60) %}{% assign s = s | concat: s %}{% endfor %}`,
		"growth by replace":      `{% assign s = big | replace: "", big %}`,
		"growth by join":         `{% assign s = big | split: "" | join: big %}`,
		"comparing big values":   `{% for i in (1..100000) %}{% if list == list2 %}{% endif %}{% endfor %}`,
		"searching big values":   `{% for i in (1..100000) %}{% if big contains "zzz" %}{% endif %}{% endfor %}`,
		"filtering big values":   `{% for i in (1..100000) %}{% assign x = big | upcase %}{% endfor %}`,
		"copying big values":     `{% for i in (1..100000) %}{% for k in map %}{% break %}{% endfor %}{% endfor %}`,
		"printing empty lists":   `{% for i in (1..100000) %}{{ empties }}{% endfor %}`,
		"unique among hashes":    `{% for i in (1..1000) %}{% assign x = hashes | uniq %}{% endfor %}`,
		"a wide date":            `{{ "now" | date: "%999999999Y" }}`,
		"a wide, decorated date": `{{ "now" | date: "%-0999999999Y" }}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			out, err := render(t, src, bigVars())
			require.Error(t, err)
			require.Empty(t, out.Text)
			require.Less(t, time.Since(began), 10*time.Second, "the bound on work should be some hundred milliseconds")
		})
	}
}

func bigVars() map[string]any {
	big := strings.Repeat("a", 30<<10)
	var list, list2, empties, hashes []any
	m := map[string]any{}
	for range 3000 {
		list, list2, empties = append(list, "x"), append(list2, "x"), append(empties, "")
		hashes = append(hashes, map[string]any{})
		m["k"+strings.Repeat("x", len(m)%50)] = 1
	}
	return map[string]any{"big": big, "list": list, "list2": list2, "empties": empties, "hashes": hashes, "map": m}
}

func TestParseRefusesWhatCannotBeBounded(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{{ (1..1000000000).AsArray }}`:               "not expected here",
		`{{ "\\" (1..1000000000).AsArray "\\" }}`:     "not expected here",
		`{% for i in (1..9) | reverse %}{% endfor %}`: "is missing",
		"{{ name }}\n{{ a | nosuch }}":                `line 2: there is no filter "nosuch"`,
		`{{ a | type }}`:                              "no filter",
		`{% include "/etc/passwd" %}`:                 `no snippet "/etc/passwd"`,
		`{% render "x" %}`:                            `no snippet "x"`,
		"one\ntwo {{ name":                            "line 2",
		`{% if a %}`:                                  "endif",
		`{% raw %}`:                                   "endraw",
		`{% endif %}`:                                 "endif",
		`{% assign a.b = 1 %}`:                        "assign",
		strings.Repeat(`{% if a %}`, 40) + strings.Repeat(`{% endif %}`, 40): "nested",
		strings.Repeat("a", liquid.MaxSource+1):                              "at most",
	} {
		_, err := liquid.Parse(src)
		require.ErrorContains(t, err, want, "%.60s", src)
		require.Contains(t, []fault.Kind{fault.Invalid, fault.TooLarge}, fault.KindOf(err))
	}
}

func TestRangesAreNeverMadeIntoLongLists(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`{{ (1..1000000000) | join: "" }}`,
		`{{ (-9000000000000000000..9000000000000000000) | reverse | first }}`,
		`{% assign r = (1..1000000000) %}{{ r | sort | first }}`,
		`{{ (1..1000000000) | json }}`,
	} {
		_, err := render(t, src, nil)
		require.ErrorContains(t, err, "64 KiB", src)
	}
	out, err := render(t, `{% assign r = (1..1000000000) %}{{ r.size }} {{ r.last }} {% if r contains 7 %}yes{% endif %} {{ r }}`, nil)
	require.NoError(t, err)
	require.Equal(t, "1000000000 1000000000 yes 1..1000000000", out.Text)
}

func TestSnippetsAreFoundWhenATemplateIsParsed(t *testing.T) {
	t.Parallel()
	snippets := liquid.Snippets{
		"hello":   `Hello {{ name }}{% render "bang" with 2 as n %}`,
		"bang":    `{% for i in (1..n) %}!{% endfor %}`,
		"endless": `{% render "endless" %}`,
		"broken":  "one\n{% if %}{% endif %}",
	}
	tmpl, err := snippets.Parse(`{% include "hello" %}`)
	require.NoError(t, err)
	out, err := tmpl.Render(liquid.Input{Vars: map[string]any{"name": "Ada"}, Now: noon})
	require.NoError(t, err)
	require.Equal(t, "Hello Ada!!", out.Text)

	_, err = snippets.Parse(`{% render "nosuch" %}`)
	require.ErrorContains(t, err, `there is no snippet "nosuch"; there are bang, broken, endless, hello`)
	_, err = snippets.Parse(`{% render "broken" %}`)
	require.ErrorContains(t, err, `in the snippet "broken": line 2`)

	tmpl, err = snippets.Parse(`{% render "endless" %}`)
	require.NoError(t, err)
	_, err = tmpl.Render(liquid.Input{Now: noon})
	require.ErrorContains(t, err, "nested")
}

func TestErrorsNameTheLine(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a\n{{ 1 | divided_by: 0 }}":                 "line 2: division by zero",
		"{% if a %}\n\n{{ 'x' | times }}{% endif %}": "line 3: the filter times takes 1 argument, not 0",
		"{%- raw %}\n{% endraw %}\n{% for x %}":      "line 3: want {% for item in list %}",
		"{% liquid\n assign a = 1\n\n assign b 2 %}": "line 4: want {% assign name = value %}",
		"\n{% if 'a' > 1 %}{% endif %}":              "line 2: a text cannot be compared with a number",
	} {
		tmpl, err := liquid.Parse(src)
		if err == nil {
			_, err = tmpl.Render(liquid.Input{Now: noon})
		}
		require.ErrorContains(t, err, want, src)
	}
}

func TestTimeIsTheInstantThatIsGiven(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("UTC+3", 3*60*60)
	tmpl, err := liquid.Parse(`{{ "now" | date: "%Y-%m-%d %H:%M" }}|{{ now }}|{{ at | date: "%H:%M" }}|{{ "2026-01-02" | date: "%e %b" }}|{{ "nonsense" | date: "%Y" }}`)
	require.NoError(t, err)
	out, err := tmpl.Render(liquid.Input{Vars: map[string]any{"at": noon.Add(time.Hour)}, Now: noon, Zone: zone})
	require.NoError(t, err)
	require.Equal(t, "2026-03-01 15:00|2026-03-01T15:00:00+03:00|16:00| 2 Jan|nonsense", out.Text)
}

func TestMapsAreWalkedInTheOrderOfTheirKeys(t *testing.T) {
	t.Parallel()
	vars := map[string]any{"m": map[string]any{"d": 4, "a": 1, "c": 3, "b": 2, "e": map[string]any{"y": 1, "x": 2}}}
	for range 20 {
		out, err := render(t, `{% for p in m %}{{ p[0] }}{% endfor %} {{ m }} {{ m | json }} {{ m | map: "a" | join }}`, vars)
		require.NoError(t, err)
		require.Equal(t, `abcde {"a"=>1, "b"=>2, "c"=>3, "d"=>4, "e"=>{"x"=>2, "y"=>1}} {"a":1,"b":2,"c":3,"d":4,"e":{"x":2,"y":1}} 1`, out.Text)
	}
}

func TestMissingNamesWhatPrintedNothing(t *testing.T) {
	t.Parallel()
	out, err := render(t, `{{ name | upcase }} {{ plan.title }} {{ city | default: "there" }} {% if nope %}{{ never }}{% endif %}{{ plan.title }}{{ ok }}`,
		map[string]any{"ok": "yes"})
	require.NoError(t, err)
	require.Equal(t, []string{"name", "plan.title"}, out.Missing)
}

func TestEscapeSeesValuesAndNotTheAuthorsText(t *testing.T) {
	t.Parallel()
	tmpl, err := liquid.Parse(`<b>{{ v }}</b>{% capture c %}<i>{{ v }}</i>{% endcapture %}{{ c }}`)
	require.NoError(t, err)
	out, err := tmpl.Render(liquid.Input{Vars: map[string]any{"v": "<v>"}, Escape: func(before, v string) string {
		return "[" + v + " after " + before[max(0, len(before)-4):] + "]"
	}})
	require.NoError(t, err)
	require.Equal(t, "<b>[<v> after <b>]</b>[<i><v></i> after </b>]", out.Text)
}

func TestRenderDoesNotChangeItsInput(t *testing.T) {
	t.Parallel()
	vars := map[string]any{"a": 1, "l": []any{3, 1, 2}}
	_, err := render(t, `{% assign a = 2 %}{% assign b = l | sort %}{% for a in l %}{% endfor %}`, vars)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": 1, "l": []any{3, 1, 2}}, vars)
}

func TestMoneyHasTwoDecimals(t *testing.T) {
	t.Parallel()
	out, err := render(t, `{{ 1 | money }} {{ 12.345 | money }} {{ "-0.995" | money }} {{ nil | money }}`, nil)
	require.NoError(t, err)
	require.Equal(t, "1.00 12.35 -1.00 ", out.Text)
}

// FuzzRender checks the promise of the package: whatever the template, Parse
// and Render return, twice the same, and within the limits.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		`Hello {{ name | default: "there" }}`,
		`{% for i in (1..3) %}{{ i }}{% if i == 2 %}{% break %}{% endif %}{% else %}none{% endfor %}`,
		`{% case plan %}{% when "a", "b" %}x{% else %}y{% endcase %}`,
		`{% tablerow i in list cols: 2 %}{{ i }}{% ifchanged %}{{ i }}{% endifchanged %}{% endtablerow %}`,
		"{%- liquid\n for i in list offset: continue\n echo i | json\n endfor -%}{% comment %}{% raw %}{% endcomment %}{% endraw %}{% endcomment %}",
		`{{ list | where: "k", "v" | map: "k" | sort | uniq | join: "," | truncate: 3 | url_encode | base64_encode }}{{ x | round: 1 | divided_by: 3.0 }}`,
		`{% if map contains "a" and n > 2 or none == blank %}{{ map["a"][-1] }}{% elsif x %}{% unless yes %}{% endunless %}{% endif %}{% doc %}x{% enddoc %}`,
		`{%- capture x -%} {{ list | join: ", " | upcase }} {%- endcapture -%}{{ x }}`,
		`{{ list[0].first | slice: -1, 3 }}{% cycle "a", "b" %}{% increment n %}`,
		`{{ "now" | date: "%Y-%m-%d %Z" }}{{ 1.5 | plus: 2 | round: 1 }}{% raw %}{{ }}{% endraw %}`,
	} {
		f.Add(seed)
	}
	vars := map[string]any{
		"name": "Ada", "plan": "b", "n": 3, "x": 1.5, "yes": true, "none": nil,
		"list": []any{"a", 1, nil, map[string]any{"k": "v"}, []any{"z"}}, "map": map[string]any{"b": 1, "a": []any{2}},
	}
	f.Fuzz(func(t *testing.T, src string) {
		tmpl, err := liquid.Parse(src)
		if err != nil {
			return
		}
		a, errA := tmpl.Render(liquid.Input{Vars: vars, Now: noon})
		b, errB := tmpl.Render(liquid.Input{Vars: vars, Now: noon})
		require.Equal(t, a, b)
		require.Equal(t, errA == nil, errB == nil)
		require.LessOrEqual(t, len(a.Text), liquid.MaxOutput)
	})
}
