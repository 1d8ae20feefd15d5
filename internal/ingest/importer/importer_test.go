package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest/importer"
	"github.com/rapporthq/rapport/internal/person"
)

const shopMap = `
name: shop
format: delimited
header: true
columns: [order, customer, day, amount, country]
skip:
  - {when: 'row.customer == ""', reason: no customer}
identity: {user_id: customer}
event: Order Completed
time: {column: day, layout: YYYY-MM-DD, zone: UTC, at: "12:00"}
amount: {column: amount}
currency: EUR
properties: {order_id: order}
traits: {country: country}
`

func compile(t testing.TB, source string) *definition.ImportMap {
	t.Helper()
	m, err := definition.CompileImportMap([]byte(source))
	require.NoError(t, err)
	return m
}

// journal is an Appender that de-duplicates as the fold does, by source and
// message id, and remembers the order of arrival.
type journal struct {
	fail func(events []event.Event) error // nil: never

	mu      sync.Mutex
	seen    map[string]int // place in events
	events  []event.Event
	again   int
	largest int
}

func (j *journal) Append(_ context.Context, events []event.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fail != nil {
		if err := j.fail(events); err != nil {
			return err
		}
	}
	if j.seen == nil {
		j.seen = map[string]int{}
	}
	j.largest = max(j.largest, len(events))
	for _, e := range events {
		key := e.Source + " " + e.MessageID
		if at, ok := j.seen[key]; ok {
			j.again++
			e.ReceivedAt = j.events[at].ReceivedAt
			if !bytes.Equal(j.events[at].AppendTo(nil), e.AppendTo(nil)) {
				return fmt.Errorf("one id, two events: %+v and %+v", j.events[at], e)
			}
			continue
		}
		j.seen[key] = len(j.events)
		j.events = append(j.events, e)
	}
	return nil
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// now is after every row of these tests.
func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func TestRowsBecomeHistoryAndBadOnesAreListedWithLineAndReason(t *testing.T) {
	t.Parallel()
	path := write(t, "shop.csv", strings.Join([]string{
		"order,customer,day,amount,country",
		"1,ada,2020-01-01,10.50,GB",
		"2,,2020-01-02,5,GB",
		"3,bob,2020-01-03,abc,DE",
		`4,bob,2020-01-04,7,"D""E"`,
		`5,bob,2020-01-05,7,bad"quote`,
		"6,ada,2020-13-01,1,GB",
		"",
		"7,ada,2020-02-01,-0.50,GB",
		"8,ada,2099-01-01,1,GB",
		"9,null,2020-01-01,1,GB",
		"10,ada,2020-03-01",
		"11,ada,2020-03-01,1,FR",
	}, "\r\n")+"\r\n")
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{Path: path, Map: compile(t, shopMap), Appender: j, Now: now})
	require.NoError(t, err)

	require.Equal(t, 11, sum.Rows)
	require.Equal(t, 4, sum.Events)
	require.Equal(t, 3, sum.Traits, "ada's country is said when it is new: GB, then FR; bob's once")
	require.Equal(t, 2, sum.People)
	require.Equal(t, map[string]int{"no customer": 1}, sum.Skipped)
	require.Equal(t, 6, sum.Rejected)
	require.Equal(t, []importer.Money{{Event: "Order Completed", Currency: "EUR", Amount: "18.00"}}, sum.Money)
	require.Equal(t, "2020-01-01T12:00:00Z 2020-03-01T12:00:00Z", sum.From.String()+" "+sum.To.String())
	require.Equal(t, path+".rejects.csv", sum.Rejects)

	rejects, err := os.ReadFile(sum.Rejects)
	require.NoError(t, err)
	require.Equal(t, strings.TrimLeft(`
line,reason,text
4,"column amount: amount ""abc"": want a decimal number such as 12.50","3,bob,2020-01-03,abc,DE"
6,"not readable: bare "" in non-quoted-field","5,bob,2020-01-05,7,bad""quote"
7,"column day: ""2020-13-01"" is not a time written as YYYY-MM-DD","6,ada,2020-13-01,1,GB"
10,time 2099-01-01T12:00:00Z is in the future,"8,ada,2099-01-01,1,GB"
11,"identity ""null"" is a placeholder and names nobody","9,null,2020-01-01,1,GB"
12,"3 fields, and not the 5 of the map","10,ada,2020-03-01"
`, "\n"), string(rejects))

	ada := person.IDOf(0, person.NewIdentity(person.UserID, "ada"))
	require.Equal(t, event.Event{
		Kind: event.Identify, To: ada, Source: sum.Source, MessageID: "row:2:traits", UserID: "ada", Imported: true,
		Time: event.InstantOf(time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)), ReceivedAt: event.InstantOf(now()),
		Traits: []byte(`{"country":"GB"}`),
	}, byID(t, j, "row:2:traits"))
	require.Equal(t, event.Event{
		Kind: event.Track, To: ada, Source: sum.Source, MessageID: "row:9", Name: "Order Completed", UserID: "ada", Imported: true,
		Time: event.InstantOf(time.Date(2020, 2, 1, 12, 0, 0, 0, time.UTC)), ReceivedAt: event.InstantOf(now()),
		Properties: []byte(`{"order_id":"7","revenue":-0.50,"currency":"EUR"}`),
	}, byID(t, j, "row:9"))
	var text bytes.Buffer
	require.NoError(t, sum.WriteText(&text))
	require.Contains(t, text.String(), "not readable: 6 rows, listed with reasons in "+path)
}

func byID(t *testing.T, j *journal, id string) event.Event {
	t.Helper()
	for _, e := range j.events {
		if e.MessageID == id {
			return e
		}
	}
	t.Fatalf("no event %s", id)
	return event.Event{}
}

func TestGoodFileLeavesNoRejectFile(t *testing.T) {
	t.Parallel()
	path := write(t, "shop.csv", "order,customer,day,amount,country\n1,ada,2020-01-01,10.50,GB\n")
	_, err := importer.Run(t.Context(), importer.Options{Path: path, Map: compile(t, shopMap), Appender: &journal{}, Now: now})
	require.NoError(t, err)
	require.NoFileExists(t, path+".rejects.csv")
}

// orders writes n orders of a few people in random order.
func orders(n int, seed uint64) string {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	b.WriteString("order,customer,day,amount,country\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,p%d,2020-01-%02d,%d.25,C%d\n", i, rnd.IntN(40), 1+rnd.IntN(28), rnd.IntN(100), rnd.IntN(3))
	}
	return b.String()
}

func TestEachPersonsEventsArriveInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	const seed = 7
	t.Logf("seed %d", seed)
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{
		Path: write(t, "shop.csv", orders(5000, seed)), Map: compile(t, shopMap), Appender: j, Now: now, Batch: 13, Lanes: 5,
	})
	require.NoError(t, err)
	require.Len(t, j.events, sum.Events+sum.Traits)
	require.Equal(t, 5000, sum.Events)
	require.LessOrEqual(t, j.largest, 13)
	last := map[person.ID]int{}
	for _, e := range j.events {
		number, _, _ := strings.Cut(strings.TrimPrefix(e.MessageID, "row:"), ":")
		line, err := strconv.Atoi(number)
		require.NoError(t, err)
		require.GreaterOrEqual(t, line, last[e.To])
		last[e.To] = line
	}
}

func TestAnImportThatWasStoppedOrRunTwiceAddsNothingTwice(t *testing.T) {
	t.Parallel()
	const seed = 11
	t.Logf("seed %d", seed)
	text := orders(3000, seed)
	path := write(t, "shop.csv", text)
	whole := &journal{}
	opts := importer.Options{Path: path, Map: compile(t, shopMap), Appender: whole, Now: now, Batch: 50}
	want, err := importer.Run(t.Context(), opts)
	require.NoError(t, err)

	rnd := rand.New(rand.NewPCG(seed, 2))
	j := &journal{}
	opts.Appender = j
	for range 10 {
		left := rnd.IntN(60) // appends until the power goes
		ctx, kill := context.WithCancel(t.Context())
		j.fail = func([]event.Event) error {
			if left--; left < 0 {
				kill()
				return context.Canceled
			}
			return nil
		}
		_, err := importer.Run(ctx, opts)
		kill()
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
	}
	j.fail = nil
	// The same text under another name, and gzipped, is the same import.
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err = z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	opts.Path = write(t, "again.txt", zipped.String())
	got, err := importer.Run(t.Context(), opts)
	require.NoError(t, err)
	require.Positive(t, j.again)
	require.Len(t, j.events, len(whole.events))
	for _, e := range whole.events {
		if _, ok := j.seen[e.Source+" "+e.MessageID]; !ok {
			t.Fatalf("event %s of %s is missing", e.MessageID, e.Source)
		}
	}
	require.NoError(t, whole.Append(t.Context(), j.events), "the same ids must be the same events")
	want.File, got.File, want.Seconds, got.Seconds = "", "", 0, 0
	require.Equal(t, want, got)

	// Another text is another import.
	before := len(j.events)
	opts.Path = write(t, "shop.csv", text+"9,p1,2020-01-01,1,C1\n")
	_, err = importer.Run(t.Context(), opts)
	require.NoError(t, err)
	require.Greater(t, len(j.events), before+3000)
}

func TestABusyServerIsWaitedForAndABrokenOneIsNot(t *testing.T) {
	t.Parallel()
	path := write(t, "shop.csv", orders(100, 1))
	m := compile(t, shopMap)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		j := &journal{fail: func([]event.Event) error {
			if time.Since(start) < time.Hour {
				return fault.New(fault.Busy, "later")
			}
			return nil
		}}
		sum, err := importer.Run(t.Context(), importer.Options{Path: path, Map: m, Appender: j, Now: now})
		require.NoError(t, err)
		require.Equal(t, 100, sum.Events)
	})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		down := &journal{fail: func([]event.Event) error { return fault.New(fault.Transient, "no answer") }}
		_, err := importer.Run(t.Context(), importer.Options{Path: path, Map: m, Appender: down, Now: now, Patience: 10 * time.Second})
		require.True(t, fault.Is(err, fault.Transient), "%v", err)
		require.GreaterOrEqual(t, time.Since(start), 10*time.Second)
		require.Less(t, time.Since(start), time.Minute)
	})
	calls := 0
	broken := &journal{fail: func([]event.Event) error {
		calls++
		return fault.New(fault.Unauthorized, "wrong token")
	}}
	_, err := importer.Run(t.Context(), importer.Options{Path: path, Map: m, Appender: broken, Now: now, Lanes: 1})
	require.True(t, fault.Is(err, fault.Unauthorized))
	require.Equal(t, 1, calls)
}

func TestAnEventTooLargeToBeHandedOverIsRejected(t *testing.T) {
	t.Parallel()
	source := strings.Replace(shopMap, "properties: {order_id: order}", "group_by: [customer]\nproducts: {sku: order}", 1)
	var b strings.Builder
	b.WriteString("order,customer,day,amount,country\n1,bob,2020-01-01,2,GB\n")
	for range 300 {
		fmt.Fprintf(&b, "%s,ada,2020-01-01,1,GB\n", strings.Repeat("x", 1000))
	}
	j := &journal{}
	sum, err := importer.Run(t.Context(), importer.Options{Path: write(t, "shop.csv", b.String()), Map: compile(t, source), Appender: j, Now: now})
	require.NoError(t, err)
	require.Equal(t, 300, sum.Rejected)
	require.Equal(t, 1, sum.Events)
	require.Equal(t, "2.00", sum.Money[0].Amount)
	rejects, err := os.ReadFile(sum.Rejects)
	require.NoError(t, err)
	require.Contains(t, string(rejects), "the event made of this row and 299 more is")
}

func TestProgressIsABarOnATerminalAndLinesElsewhere(t *testing.T) {
	t.Parallel()
	clock := now()
	tick := func() time.Time { clock = clock.Add(2 * time.Second); return clock }
	opts := importer.Options{Path: write(t, "shop.csv", orders(5000, 1)), Map: compile(t, shopMap), Appender: &journal{}, Now: tick}

	var lines bytes.Buffer
	opts.Progress = &lines
	_, err := importer.Run(t.Context(), opts)
	require.NoError(t, err)
	require.Regexp(t, `^ *\d+ %  768 rows, 128 rows/s, about \d+s left\n`, lines.String())
	require.Regexp(t, `\n100 %  5000 rows, \d+ rows/s\n$`, lines.String())

	var bar bytes.Buffer
	opts.Progress, opts.Terminal = &bar, true
	_, err = importer.Run(t.Context(), opts)
	require.NoError(t, err)
	require.Contains(t, bar.String(), "5000 rows")
	require.Contains(t, bar.String(), "100%")
}

func TestWhatCannotBeOpenedIsSaidPlainly(t *testing.T) {
	t.Parallel()
	m := compile(t, shopMap)
	_, err := importer.Run(t.Context(), importer.Options{Path: filepath.Join(t.TempDir(), "none.csv"), Map: m, Appender: &journal{}})
	require.True(t, fault.Is(err, fault.NotFound))
	require.ErrorContains(t, err, "there is no file")
	_, err = importer.Run(t.Context(), importer.Options{Path: write(t, "x.gz", "\x1f\x8bnot gzip"), Map: m, Appender: &journal{}})
	require.True(t, fault.Is(err, fault.Invalid))
	_, err = importer.Run(t.Context(), importer.Options{Path: write(t, "x.csv", "a,b\n1,2\n"), Map: m, Appender: &journal{}})
	require.ErrorContains(t, err, `the file has no column "order"`)
}

type discard struct{}

func (discard) Append(context.Context, []event.Event) error { return nil }
