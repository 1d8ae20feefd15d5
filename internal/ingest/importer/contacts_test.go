package importer_test

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/ingest/importer"
)

// contacts imports a file of invented people, and writes what became of it a line
// an event: person, kind, time, and what is said.
func contacts(t *testing.T, ready, path string) (importer.Summary, []string) {
	t.Helper()
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{
		Path: path, Map: readyMap(t, ready), Appender: j, Now: now, Rejects: filepath.Join(t.TempDir(), "r"),
	})
	require.NoError(t, err)
	require.Zero(t, sum.Rejected)
	require.Zero(t, sum.Events, "contacts do nothing")
	var out []string
	for _, e := range j.events {
		require.True(t, e.Imported)
		out = append(out, fmt.Sprintf("%s %s %s %s%s", e.Primary(), e.Kind, e.Time, e.Traits, e.Body))
	}
	slices.Sort(out)
	return sum, out
}

func TestContactsOfMailchimpBringTheirConsentWithProof(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	z := zip.NewWriter(&b)
	for _, status := range []string{"subscribed", "unsubscribed", "cleaned", "nonsubscribed"} {
		text, err := os.ReadFile(filepath.Join("testdata", "mailchimp", status+".csv"))
		require.NoError(t, err)
		w, err := z.Create(status + "_email_audience_export_4f1c0ffee.csv")
		require.NoError(t, err)
		_, err = w.Write(text)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	sum, got := contacts(t, "mailchimp", write(t, "audience_export.zip", b.String()))
	require.Equal(t, []int{6, 6, 7, 6}, []int{sum.Rows, sum.People, sum.Said, sum.Traits})
	require.Equal(t, strings.TrimSpace(`
anonymous_id:mailchimp-aa11 consented 2021-03-04T09:12:31Z {"channel":"email","given":true,"proof":"Mailchimp: opted in 2021-03-04 09:12:31 192.0.2.7"}
anonymous_id:mailchimp-aa11 consented 2021-03-04T09:12:40Z {"channel":"email","given":true,"proof":"Mailchimp: confirmed 2021-03-04 09:12:40 192.0.2.8"}
anonymous_id:mailchimp-aa11 identify 2021-03-04T09:12:31Z {"email":"ada@mail.example","first_name":"Ada","last_name":"King","phone":"+44 20 7946 0000","country_code":"GB","time_zone":"Europe/London","mailchimp_tags":"\"vip\",\"sale, spring\""}
anonymous_id:mailchimp-aa12 consented 2022-01-01T00:00:00Z {"channel":"email","given":true,"proof":"Mailchimp: confirmed 2022-01-01 00:00:00"}
anonymous_id:mailchimp-aa12 identify 2022-01-01T00:00:00Z {"email":"bo@mail.example"}
anonymous_id:mailchimp-bb11 consented 2020-05-05T05:05:05Z {"channel":"email","given":true,"proof":"Mailchimp: confirmed 2020-05-05 05:05:05 192.0.2.9"}
anonymous_id:mailchimp-bb11 consented 2020-05-05T05:05:05Z {"channel":"email","given":true,"proof":"Mailchimp: opted in 2020-05-05 05:05:05 192.0.2.9"}
anonymous_id:mailchimp-bb11 consented 2023-06-07T08:09:10Z {"channel":"email","given":false,"proof":"Mailchimp: unsubscribed 2023-06-07 08:09:10 NORMAL Summer sale"}
anonymous_id:mailchimp-bb11 identify 2020-05-05T05:05:05Z {"email":"cy@mail.example","first_name":"Cy","last_name":"Jones"}
anonymous_id:mailchimp-cc11 identify 2019-02-03T04:05:06Z {"email":"gone@mail.example"}
anonymous_id:mailchimp-cc11 receipt 2019-02-03T04:05:06Z {"delivery":"","channel":"email","outcome":"bounced","detail":"Mailchimp: cleaned 2019-02-03 04:05:06 Welcome"}
anonymous_id:mailchimp-dd11 identify 2024-01-01T00:00:00Z {"email":"buyer@mail.example"}
anonymous_id:mailchimp-fay@mail.example identify 2026-11-22T12:00:00Z {"email":"fay@mail.example"}
`), strings.Join(got, "\n"))
}

func TestContactsOfBrazeBringWhatTheySaidThemselves(t *testing.T) {
	t.Parallel()
	sum, got := contacts(t, "braze", filepath.Join("testdata", "braze.jsonl"))
	require.Equal(t, []int{4, 4, 3}, []int{sum.Rows, sum.People, sum.Said})
	require.Equal(t, strings.TrimSpace(`
anonymous_id:braze-5fbd99bac125ca40511f2cc2 consented 2026-11-22T12:00:00Z {"channel":"email","given":false,"proof":"Braze: unsubscribed"}
anonymous_id:braze-5fbd99bac125ca40511f2cc2 identify 2026-11-22T12:00:00Z {"email":"nobody@mail.example"}
user_id:u-1 consented 2021-02-03T04:05:06.789Z {"channel":"email","given":true,"proof":"Braze: opted in 2021-02-03T04:05:06.789Z"}
user_id:u-1 identify 2020-07-10T15:00:00Z {"first_name":"Ada","last_name":"King","email":"ada@mail.example","phone":"+442079460000","birthday":"1980-12-21","gender":"F","city":"London","country":"GB","language":"en","time_zone":"Europe/London","braze_total_revenue":65.5,"braze":{"loyaltyPoints":321,"favourites":["tea","cake"]}}
user_id:u-2 consented 2022-03-04T05:06:07Z {"channel":"email","given":false,"proof":"Braze: unsubscribed 2022-03-04T05:06:07Z"}
user_id:u-2 identify 2019-01-02T03:04:05Z {"email":"bo@mail.example"}
user_id:u-3 identify 2020-07-11T00:00:00.123Z {"email":"cy@mail.example"}
`), strings.Join(got, "\n"))
}

func TestContactsOfCustomerioSayNoMoreThanTheExportProves(t *testing.T) {
	t.Parallel()
	sum, got := contacts(t, "customerio", filepath.Join("testdata", "customerio.csv"))
	require.Equal(t, []int{3, 3, 1}, []int{sum.Rows, sum.People, sum.Said})
	require.Equal(t, strings.TrimSpace(`
anonymous_id:customerio-a3000002 consented 2026-11-22T12:00:00Z {"channel":"*","given":false,"proof":"Customer.io: unsubscribed, exported without its time"}
anonymous_id:customerio-a3000002 identify 2021-01-01T00:00:00Z {"email":"bo@mail.example"}
anonymous_id:customerio-cy@mail.example identify 2026-11-22T12:00:00Z {"email":"cy@mail.example"}
user_id:7 identify 2020-09-13T12:26:40Z {"email":"ada@mail.example","phone":"+442079460000","first_name":"Ada","time_zone":"Europe/London","subscription_preferences":{"topics":{"topic_1":true,"topic_2":false}}}
`), strings.Join(got, "\n"))
}
