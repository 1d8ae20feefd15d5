package sender_test

import (
	"testing"
)

// FuzzRecords: whatever is published for a domain, something is said of it, and what to
// do where something is to be done.
func FuzzRecords(f *testing.F) {
	f.Add("v=spf1 include:x ~all", "v=DKIM1; k=rsa; p=AAAA", "v=DMARC1; p=none; sp=reject; pct=5")
	f.Add("V=SPF1\x00", "k=ed25519;p=\xff; t=y:s", "v=dmarc1;;=;p=")
	f.Add("v=spf1 redirect=x", "p=", "")
	f.Fuzz(func(t *testing.T, spf, dkim, dmarc string) {
		verdicts(t, zone{"shop.example": {spf}, "s1._domainkey.shop.example": {dkim}, "_dmarc.shop.example": {dmarc, "x"}}, "shop.example", "s1")
	})
}
