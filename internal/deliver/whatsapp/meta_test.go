//go:build vendor

package whatsapp_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/testenv"
)

// Meta's description is in no package that could be installed: who has it runs
// WHATSAPP_OPENAPI=FILE go test -tags vendor ./internal/deliver/whatsapp
func TestWhatWeSendIsAllowedByMetasOwnDescription(t *testing.T) {
	t.Parallel()
	description := os.Getenv("WHATSAPP_OPENAPI")
	require.NotEmpty(t, description, "set WHATSAPP_OPENAPI to business-messaging-api_v23.0.yaml of github.com/facebook/openapi")
	mock := testenv.VendorMock(t, description)
	c := open(t, mock, &delivertest.Inbox{})
	for options := range 12 {
		// Without a ref: the description knows biz_opaque_callback_data for templates
		// only, and allows nothing that it does not know.
		l := delivertest.Letter("d", "+15550199")
		for n := range options {
			l.Content.Options = append(l.Content.Options, event.Option{ID: fmt.Sprintf("o%d", n), Label: strings.Repeat("label ", n+1)})
		}
		_, err := c.SendNamed(t.Context(), l)
		require.NoError(t, err, "%d options", options)
	}
	l := delivertest.Letter("d", "+15550199")
	l.Ref, l.Content.Template = "abc", event.Template{Name: "order_sent", Language: "en_GB", Parameters: []string{"Ada", "12"}}
	_, err := c.SendNamed(t.Context(), l)
	require.NoError(t, err, "an approved template")
	l.Content.Template.Buttons, l.Content.More = true, []event.Step{{Label: "Change my plan", Conversation: "change-plan"}}
	_, err = c.SendNamed(t.Context(), l)
	require.NoError(t, err, "with a button")
}
