package sender_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/sender"
)

// zone answers as a name server does that knows these names only.
type zone map[string][]string

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	if records, ok := z[name]; ok {
		return records, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func verdicts(t *testing.T, z zone, domain, selector string) map[string]sender.Finding {
	t.Helper()
	r, err := sender.Check(context.Background(), z, domain, selector)
	require.NoError(t, err)
	require.Len(t, r.Findings, 3)
	out := map[string]sender.Finding{}
	for _, f := range r.Findings {
		require.NotEmpty(t, f.Sentence)
		require.Equal(t, f.Verdict != sender.Good, f.Mend != "", "%s says what to do where something is to be done", f.What)
		out[f.What] = f
	}
	return out
}

func key(t *testing.T, bits int) string {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

func TestADomainThatIsSetUpWellIsGood(t *testing.T) {
	t.Parallel()
	got := verdicts(t, zone{
		"shop.example":                {"google-site-verification=x", "v=spf1 include:_spf.mail.example mx -all"},
		"s1._domainkey.shop.example":  {"v=DKIM1; k=rsa; p=" + key(t, 2048)},
		"_dmarc.shop.example":         {"v=DMARC1; p=quarantine; rua=mailto:d@shop.example"},
		"unrelated._domainkey.x.test": {"x"},
	}, "shop.example", "s1")
	for what, f := range got {
		require.Equal(t, sender.Good, f.Verdict, what)
	}
}

func TestNothingInDNSIsMissing(t *testing.T) {
	t.Parallel()
	got := verdicts(t, zone{}, "shop.example", "s1")
	for what, f := range got {
		require.Equal(t, sender.Missing, f.Verdict, what)
	}
	require.Equal(t, sender.Unknown, verdicts(t, zone{}, "shop.example", "")["DKIM"].Verdict, "no selector")
}

func TestSPF(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]sender.Verdict{
		"v=spf1 ip4:192.0.2.1 ~all":   sender.Good,
		"v=spf1 redirect=_spf.x.test": sender.Good,
		"v=spf1 a +all":               sender.Weak,
		"v=spf1 a all":                sender.Weak,
		"v=spf1 a ?all":               sender.Weak,
		"v=spf1 a":                    sender.Weak,
		"v=spf1 include:a include:b include:c include:d include:e include:f include:g include:h include:i a mx -all": sender.Missing,
	} {
		require.Equal(t, want, verdicts(t, zone{"x.test": {record}}, "x.test", "")["SPF"].Verdict, record)
	}
	require.Equal(t, sender.Missing, verdicts(t, zone{"x.test": {"v=spf1 -all", "v=spf1 ~all"}}, "x.test", "")["SPF"].Verdict, "two records")
}

func TestDKIM(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]sender.Verdict{
		"p=" + key(t, 2048):                                 sender.Good,
		"v=DKIM1; p=" + key(t, 1024):                        sender.Weak,
		"v=DKIM1; t=y; p=" + key(t, 2048):                   sender.Weak,
		"v=DKIM1; p=":                                       sender.Missing,
		"v=DKIM1; p=not base64!":                            sender.Missing,
		"v=DKIM1; p=" + "AAAA":                              sender.Missing,
		"v=DKIM1; k=ed25519; p=" + "11qYAYKxCrfVS/7TyWQHOg": sender.Missing,
	} {
		require.Equal(t, want, verdicts(t, zone{"s._domainkey.x.test": {record}}, "x.test", "s")["DKIM"].Verdict, record)
	}
}

func TestDMARCOfTheDomainOrOfOneAboveIt(t *testing.T) {
	t.Parallel()
	dmarc := func(z zone) sender.Finding { return verdicts(t, z, "news.shop.example", "")["DMARC"] }
	require.Equal(t, sender.Weak, dmarc(zone{"_dmarc.news.shop.example": {"v=DMARC1; p=none"}, "_dmarc.shop.example": {"v=DMARC1; p=reject"}}).Verdict, "its own goes first")
	above := dmarc(zone{"_dmarc.shop.example": {"v=DMARC1; p=reject"}})
	require.Equal(t, sender.Good, above.Verdict)
	require.Equal(t, "_dmarc.shop.example", above.Name)
	require.Equal(t, sender.Weak, dmarc(zone{"_dmarc.shop.example": {"v=DMARC1; p=reject; sp=none"}}).Verdict, "names below have a policy of their own")
	require.Equal(t, sender.Weak, dmarc(zone{"_dmarc.shop.example": {"v=DMARC1; p=reject; pct=20"}}).Verdict)
	require.Equal(t, sender.Missing, dmarc(zone{"_dmarc.shop.example": {"v=DMARC1; p=refuse"}}).Verdict)
}

// deaf is a name server that does not answer.
type deaf struct{}

func (deaf) LookupTXT(context.Context, string) ([]string, error) { return nil, errors.New("timed out") }

func TestWhatCannotBeLookedUpIsUnknownAndNotMissing(t *testing.T) {
	t.Parallel()
	r, err := sender.Check(context.Background(), deaf{}, "shop.example", "s1")
	require.NoError(t, err)
	for _, f := range r.Findings {
		require.Equal(t, sender.Unknown, f.Verdict, f.What)
		require.Contains(t, f.Sentence, "timed out")
	}
}

func TestWhatIsNoNameIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"", ""}, {"shop..example", ""}, {"shop.example", "s 1"}, {"a/b", ""}} {
		_, err := sender.Check(context.Background(), zone{}, c[0], c[1])
		require.True(t, fault.Is(err, fault.Invalid), "%q", c)
	}
}

func TestTheDomainOfASender(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"The Shop <hello@Shop.Example>": "shop.example", "hello@shop.example": "shop.example", " a@b.test. ": "b.test", "The Shop": "", "": "",
	} {
		require.Equal(t, want, sender.DomainOf(from), from)
	}
}
