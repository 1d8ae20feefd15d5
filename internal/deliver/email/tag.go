package email

// Tag is a provider by whose header a letter's ref comes back in its reports.
type Tag string

// The providers.
const (
	SES      Tag = "ses"
	SendGrid Tag = "sendgrid"
	Postmark Tag = "postmark"
)

// header is what the provider asks for. A ref is of letters and digits, and needs
// no escape.
func (t Tag) header(ref string) (name, value string) {
	switch t {
	case SES:
		return "X-SES-MESSAGE-TAGS", "ref=" + ref
	case SendGrid:
		return "X-SMTPAPI", `{"unique_args":{"ref":"` + ref + `"}}`
	default:
		return "X-PM-Metadata-ref", ref
	}
}
