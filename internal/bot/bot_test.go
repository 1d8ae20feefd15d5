package bot_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/bot"
)

func TestKnownRobotsAreRecognised(t *testing.T) {
	t.Parallel()
	l := bot.New()
	f, err := os.Open("testdata/known.txt")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		n++
		require.True(t, l.Is(s.Text()), s.Text())
	}
	require.Greater(t, n, 40)
	for _, agent := range []string{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.1; +https://openai.com/gptbot",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/125.0.0.0 Safari/537.36",
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
		"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
	} {
		require.True(t, l.Is(agent), agent)
		require.True(t, l.Is(agent), "asked again: %s", agent)
	}
}

func TestBrowsersAreNoRobots(t *testing.T) {
	t.Parallel()
	l := bot.New()
	for _, agent := range []string{
		"",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 OPR/116.0.0.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
		"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/120.4.1 like Chrome/120.0.6099.230 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/468.0.0.45.110]",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 334.0.4.32.98",
		"Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
		"analytics-ios/4.1.8", "okhttp/4.12.0", "Go-http-client/1.1", "curl/8.5.0",
	} {
		require.False(t, l.Is(agent), agent)
	}
}

func TestAContextTellsByUserAgentAndByClientHints(t *testing.T) {
	t.Parallel()
	l := bot.New()
	for context, want := range map[string]bool{
		``: false, `{}`: false, `{"userAgent":7}`: false, `{"userAgent":"Firefox/133.0"}`: false,
		`{"page":{"userAgent":"Googlebot/2.1"}}`: false,
		`{"userAgent":"Googlebot/2.1"}`:          true,
		`{"userAgent":"Chrome/131","userAgentData":{"brands":[{"brand":"Chromium","version":"131"}]}}`:                       false,
		`{"userAgent":"Chrome/131","userAgentData":{"brands":[{"brand":"Not"},{"brand":"HeadlessChrome","version":"131"}]}}`: true,
		`{"userAgentData":{"fullVersionList":[{"brand":"HeadlessChrome","version":"131.0"}]}}`:                               true,
		`{"userAgent":"\u0047ooglebot/2.1"}`: true,
	} {
		require.Equal(t, want, l.Sent([]byte(context)), context)
	}
	var none *bot.List
	require.False(t, none.Sent([]byte(`{"userAgent":"Googlebot/2.1"}`)))
}

// What is remembered is bounded, and right however often it turns over.
func TestManyUserAgentsAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	l := bot.New()
	for n := range 20_000 {
		require.False(t, l.Is(fmt.Sprint("Browser/", n)))
		require.True(t, l.Is(fmt.Sprint("Googlebot/", n%5000)))
	}
}

func BenchmarkSent(b *testing.B) {
	l := bot.New()
	context := []byte(`{"library":{"name":"analytics.js","version":"2.11.1"},"locale":"en-US","page":{"path":"/product/507f1f77","referrer":"","search":"","title":"Monopoly: 3rd Edition","url":"https://shop.example/product/507f1f77"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}`)
	b.ReportAllocs()
	for b.Loop() {
		l.Sent(context)
	}
}

func BenchmarkNewUserAgent(b *testing.B) {
	l := bot.New()
	n := 0
	for b.Loop() {
		n++
		l.Is(fmt.Sprint("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 ", n))
	}
}
