package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/testenv"
)

// documented is a row of the table of metrics in docs/operations.md.
type documented struct {
	kind   string
	labels []string
	alert  string
}

func documentedMetrics(t *testing.T) map[string]documented {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "operations.md"))
	require.NoError(t, err)
	rows := map[string]documented{}
	row := regexp.MustCompile("(?m)^\\| `(rapport_\\w+)` \\| (\\w+)(?:: ([^|]*))? \\| [^|]+ \\| `([^`]+)` \\|$")
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		d := documented{kind: m[2], alert: m[4]}
		for label := range strings.SplitSeq(m[3], ",") {
			if label = strings.Trim(label, " `"); label != "" {
				d.labels = append(d.labels, label)
			}
		}
		slices.Sort(d.labels)
		rows[m[1]] = d
	}
	require.Greater(t, len(rows), 20, "the table is not where this test looks for it")
	return rows
}

func TestEveryMetricIsDocumentedAndEveryDocumentedMetricIsThere(t *testing.T) {
	t.Parallel()
	_, address := newMailbox(t)
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, everyday), SMTP: config.SMTP{Address: address, TLS: "none"}})
	r.track(`{"userId":"ada","event":"Order Completed"}`)
	r.person("user_id:ada")
	rows := documentedMetrics(t)

	var text string
	require.Eventually(t, func() bool { // the archive and the reports follow the fold
		_, text = r.metrics()
		return strings.Contains(text, "rapport_archive_lag_seconds") && strings.Contains(text, "rapport_report_age_seconds") &&
			strings.Contains(text, "rapport_processor_lag_seconds_count")
	}, time.Minute, 20*time.Millisecond)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	require.NoError(t, err)

	for name, family := range families {
		if !strings.HasPrefix(name, "rapport_") {
			continue
		}
		row, ok := rows[name]
		require.True(t, ok, "docs/operations.md does not list %s", name)
		require.Equal(t, row.kind, strings.ToLower(family.GetType().String()), "docs/operations.md gives the type of %s", name)
		require.Equal(t, row.kind == "counter", strings.HasSuffix(name, "_total"), "%s: counters, and only they, end in _total", name)
		for _, m := range family.GetMetric() {
			labels := []string{}
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName())
			}
			slices.Sort(labels)
			require.Equal(t, append([]string{}, row.labels...), labels, "docs/operations.md gives the labels of %s", name)
		}
	}
	for name, row := range rows {
		require.Contains(t, families, name, "docs/operations.md lists it")
		require.Contains(t, row.alert, name, "its alert is about something else")
		for _, used := range regexp.MustCompile(`rapport_\w+`).FindAllString(row.alert, -1) {
			base := used
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				if short := strings.TrimSuffix(used, suffix); short != used && rows[short].kind == "histogram" {
					base = short
				}
			}
			require.Contains(t, rows, base, "the alert of %s uses it", name)
		}
	}
}

func TestRequestsAreMeasuredByRouteAndNotByAddress(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	r.track(`{"userId":"ada-secret","event":"Order Completed"}`)
	id := r.person("user_id:ada-secret")
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id, nil, nil))
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/secret", nil, nil))
	require.Equal(t, http.StatusNotFound, r.call(http.MethodPost, "/v1/secret", nil, nil))
	_, text := r.metrics()
	for _, want := range []string{
		`rapport_http_request_duration_seconds_count{code="200",route="/v1/track"} 1`,
		`rapport_http_request_duration_seconds_count{code="200",route="/api/v1/people/{id}"} 1`,
		`rapport_http_request_duration_seconds_count{code="404",route="/api/"} 1`,
		`rapport_http_request_duration_seconds_count{code="404",route="/v1/"} 1`,
		`rapport_journal_append_duration_seconds_count `, `rapport_journal_fsync_duration_seconds_count `,
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "secret")
	require.NotContains(t, text, id)
}

func TestDeliveriesAreCountedByChannelAndOutcome(t *testing.T) {
	t.Parallel()
	_, address := newMailbox(t)
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, everyday), SMTP: config.SMTP{Address: address, TLS: "none"}})
	_, text := r.metrics()
	require.Contains(t, text, `rapport_deliver_deliveries_total{channel="email",outcome="failed"} 0`, "before anything failed")
	require.Contains(t, text, `rapport_deliver_outbox_rows{channel="email"} 0`)
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	for _, user := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} { // some of whom get nothing, by the draw
		r.track(`{"userId":"` + user + `","event":"Order Completed","context":{"traits":{"email":"` + user + `@example.com","consent":{"email":true}}}}`)
	}
	require.Eventually(t, func() bool {
		_, text := r.metrics()
		return regexp.MustCompile(`rapport_deliver_deliveries_total\{channel="email",outcome="sent"\} [1-9]`).MatchString(text)
	}, time.Minute, 50*time.Millisecond)
}
