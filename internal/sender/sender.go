// Package sender looks up whether mail that a domain sends will be believed: what
// its DNS says of SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489).
//
// It says what receivers will find, not what they will do: whether the servers
// that really send are covered is only seen in a message that has arrived.
package sender

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// Resolver looks up TXT records; net.DefaultResolver is one. A name that does not
// exist, or has none, is a *net.DNSError with IsNotFound.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Verdict says how one thing stands.
type Verdict string

// The verdicts.
const (
	Good    Verdict = "good"
	Weak    Verdict = "weak"    // it is there, and does less than it should
	Missing Verdict = "missing" // it is not there, or cannot be read: receivers find nothing
	Unknown Verdict = "unknown" // it could not be looked up
)

// Finding is what was found of one thing.
type Finding struct {
	What     string  `json:"what" enum:"SPF,DKIM,DMARC"`
	Verdict  Verdict `json:"verdict" enum:"good,weak,missing,unknown"`
	Name     string  `json:"name" doc:"where it was looked up"`
	Record   string  `json:"record,omitempty" doc:"what stands there"`
	Sentence string  `json:"sentence"`
	Mend     string  `json:"mend,omitempty" doc:"what to do, where something is to be done"`
}

// Report is what DNS says of a domain.
type Report struct {
	Domain   string    `json:"domain"`
	Selector string    `json:"selector,omitempty" doc:"under which the DKIM key was looked up"`
	Findings []Finding `json:"findings" doc:"SPF, DKIM, DMARC"`
}

// DomainOf is the domain of an address as a sender writes it, such as
// "The Shop <hello@shop.example>"; empty where there is none.
func DomainOf(from string) string {
	from = strings.TrimSpace(from)
	if i := strings.LastIndexByte(from, '<'); i >= 0 {
		from, _, _ = strings.Cut(from[i+1:], ">")
	}
	_, domain, _ := strings.Cut(from, "@")
	return strings.ToLower(strings.TrimSuffix(strings.TrimSpace(domain), "."))
}

// Check looks a domain up. The selector names the key that the mail server signs
// with; without one DKIM is unknown. Errors are faults of kind Invalid; what
// cannot be looked up is a finding.
func Check(ctx context.Context, dns Resolver, domain, selector string) (Report, error) {
	if !isName(domain) {
		return Report{}, fault.New(fault.Invalid, "%q is not a domain", domain).At("domain")
	}
	if selector != "" && !isName(selector) {
		return Report{}, fault.New(fault.Invalid, "%q is not a selector: it is one or more words of letters, digits and hyphens, such as s1", selector).At("selector")
	}
	return Report{Domain: domain, Selector: selector, Findings: []Finding{spf(ctx, dns, domain), dkim(ctx, dns, domain, selector), dmarc(ctx, dns, domain)}}, nil
}

func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// lookUp returns the records at a name that begin with a tag. The finding is
// filled where there is nothing more to be said.
func lookUp(ctx context.Context, dns Resolver, f *Finding, begin string) []string {
	records, err := dns.LookupTXT(ctx, f.Name)
	var out *net.DNSError
	if err != nil && (!errors.As(err, &out) || !out.IsNotFound) {
		f.Verdict, f.Sentence = Unknown, fmt.Sprintf("%s could not be looked up: %s.", f.Name, err)
		f.Mend = "Try again; if it stays so, the server cannot reach a name server."
		return nil
	}
	var found []string
	for _, r := range records {
		if strings.HasPrefix(strings.ToLower(r), begin) {
			found = append(found, r)
		}
	}
	if len(found) > 0 {
		f.Record = found[0]
	}
	return found
}

// spf reads the record of RFC 7208. Includes are counted, not followed.
func spf(ctx context.Context, dns Resolver, domain string) Finding {
	f := Finding{What: "SPF", Name: domain}
	found := lookUp(ctx, dns, &f, "v=spf1")
	switch {
	case f.Verdict == Unknown:
		return f
	case len(found) == 0:
		f.Verdict, f.Sentence = Missing, "Nobody is named who may send for this domain."
		f.Mend = "Publish a TXT record that begins with v=spf1, names your mail server or includes your provider's record, and ends with ~all."
		return f
	case len(found) > 1:
		f.Verdict, f.Sentence = Missing, fmt.Sprintf("There are %d SPF records; receivers take that for an error and believe none.", len(found))
		f.Mend = "Make one record of them."
		return f
	}
	all, lookups := "", 0
	for _, term := range strings.Fields(strings.ToLower(found[0]))[1:] {
		name := strings.TrimLeft(term, "+-~?")
		switch key, _, _ := strings.Cut(strings.ReplaceAll(name, "=", ":"), ":"); {
		case key == "all":
			all = term
		case key == "include", key == "exists", key == "redirect", key == "ptr", key == "a", strings.HasPrefix(key, "a/"), key == "mx", strings.HasPrefix(key, "mx/"):
			lookups++
		}
	}
	switch {
	case lookups > 10:
		f.Verdict, f.Sentence = Missing, fmt.Sprintf("It asks for %d look-ups; receivers give up after 10 and believe nothing.", lookups)
		f.Mend = "Take includes out that are no longer needed."
	case all == "+all" || all == "all":
		f.Verdict, f.Sentence = Weak, "It allows everybody to send for this domain."
		f.Mend = "End it with ~all or -all."
	case all == "" && !strings.Contains(strings.ToLower(found[0]), "redirect="), all == "?all":
		f.Verdict, f.Sentence = Weak, "It says nothing of servers that it does not name."
		f.Mend = "End it with ~all or -all."
	default:
		f.Verdict, f.Sentence = Good, "It names who may send, and that others may not."
	}
	return f
}

// smallKey is the RSA key below which RFC 8301 has receivers believe nothing, and
// goodKey what it asks senders for; in bits.
const (
	smallKey = 1024
	goodKey  = 2048
)

func dkim(ctx context.Context, dns Resolver, domain, selector string) Finding {
	f := Finding{What: "DKIM", Name: selector + "._domainkey." + domain}
	if selector == "" {
		f.Name, f.Verdict, f.Sentence = "", Unknown, "The key is published under a selector, which only your mail server knows."
		f.Mend = "Give the selector: it is s= in the DKIM-Signature of any message that your server has sent."
		return f
	}
	found := lookUp(ctx, dns, &f, "")
	switch {
	case f.Verdict == Unknown:
		return f
	case len(found) == 0:
		f.Verdict, f.Sentence = Missing, "There is no key under this selector."
		f.Mend = "Publish the key that your mail server signs with, or give the selector that it uses."
		return f
	}
	tags := tagsOf(found[0])
	key, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(tags["p"]), ""))
	switch {
	case tags["p"] == "":
		f.Verdict, f.Sentence, f.Mend = Missing, "The key was revoked: it is empty.", "Publish the key that your mail server signs with now."
		return f
	case err != nil:
		f.Verdict, f.Sentence, f.Mend = Missing, "The key cannot be read: it is not base64.", "Publish it again, in one piece."
		return f
	case tags["k"] == "ed25519":
		f.Verdict, f.Sentence = Weak, "The key is Ed25519, which many receivers do not know."
		f.Mend = "Sign with an RSA key of 2,048 bits as well."
		return f
	}
	parsed, err := x509.ParsePKIXPublicKey(key)
	rsaKey, ok := parsed.(*rsa.PublicKey)
	if err != nil || !ok {
		f.Verdict, f.Sentence, f.Mend = Missing, "The key cannot be read: it is no RSA key.", "Publish it again, in one piece."
		return f
	}
	switch bits := rsaKey.N.BitLen(); {
	case bits < smallKey:
		f.Verdict, f.Sentence, f.Mend = Missing, fmt.Sprintf("The key has %d bits; receivers believe none below %d.", bits, smallKey), "Make a key of 2,048 bits."
	case bits < goodKey:
		f.Verdict, f.Sentence, f.Mend = Weak, fmt.Sprintf("The key has %d bits.", bits), "Make a key of 2,048 bits."
	default:
		f.Verdict, f.Sentence = Good, fmt.Sprintf("A key of %d bits is published.", bits)
	}
	if tags["t"] == "y" || strings.HasPrefix(tags["t"], "y:") {
		f.Verdict, f.Sentence, f.Mend = Weak, "The key says that it is only a test.", "Take t=y out of it."
	}
	return f
}

// dmarc reads the policy of the domain, or of the nearest domain above it that has
// one: organisations publish it once for all their names.
func dmarc(ctx context.Context, dns Resolver, domain string) Finding {
	f := Finding{What: "DMARC"}
	for name := domain; strings.Contains(name, "."); _, name, _ = strings.Cut(name, ".") {
		f.Name = "_dmarc." + name
		found := lookUp(ctx, dns, &f, "v=dmarc1")
		if f.Verdict == Unknown {
			return f
		}
		if len(found) > 1 {
			f.Verdict, f.Sentence, f.Mend = Missing, fmt.Sprintf("There are %d DMARC records; receivers take none of them.", len(found)), "Keep one."
			return f
		}
		if len(found) == 0 {
			continue
		}
		tags := tagsOf(found[0])
		policy := tags["p"]
		if sub := tags["sp"]; sub != "" && name != domain {
			policy = sub
		}
		switch policy {
		case "reject", "quarantine":
			f.Verdict, f.Sentence = Good, fmt.Sprintf("Receivers are asked to %s what fails.", policy)
			if pct := tags["pct"]; pct != "" && pct != "100" {
				f.Verdict, f.Sentence, f.Mend = Weak, fmt.Sprintf("Receivers are asked to %s %s %% of what fails.", policy, pct), "Raise pct to 100 once the reports are clean."
			}
		case "none":
			f.Verdict, f.Sentence, f.Mend = Weak, "Failures are watched, and nothing is done about them.", "Once the reports are clean, ask for p=quarantine."
		default:
			f.Verdict, f.Sentence, f.Mend = Missing, fmt.Sprintf("Its policy %q is none that receivers know.", policy), "Use p=none, p=quarantine or p=reject."
		}
		return f
	}
	f.Name = "_dmarc." + domain
	f.Verdict, f.Sentence = Missing, "There is no policy; large receivers ask for one of whoever sends much."
	f.Mend = "Publish v=DMARC1; p=none; rua=mailto:… first, and read what comes."
	return f
}

// tagsOf reads the list of tags that DKIM and DMARC share (RFC 6376, section 3.2).
func tagsOf(record string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(record, ";") {
		key, value, ok := strings.Cut(part, "=")
		if ok {
			out[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	return out
}
