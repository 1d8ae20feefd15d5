package pull_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/pull"
	"github.com/rapporthq/rapport/internal/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const head = `
workspace: {name: Shop, currency: EUR}
map:
  stages: [{id: new}]
pulls:
`

const orders = `
  - id: orders
    database: SHOP_DATABASE_URL
    query: select * from orders
    cursor: updated_at
    key: id
    every: 1h
    map:
      columns: [id, who, total, status, updated_at, {name: sku, path: lines.0.sku}, lines]
      skip: [{when: row.status == "draft", reason: a draft}]
      identity: {user_id: who}
      event: Order Updated
      time: {column: updated_at, layout: rfc3339}
      amount: {column: total}
      currency: EUR
      properties: {order_id: id, status: status, sku: sku, lines: lines}
`

const schema = `create table orders (id bigint primary key, who text, total numeric(12,2), status text,
	updated_at timestamptz not null, lines jsonb)`

// journal is an Appender that knows events again as the fold does.
type journal struct {
	mu      sync.Mutex
	events  []event.Event
	seen    map[string]bool
	again   int
	appends int
	fail    func(appends int) error // after the append; nil: never
}

func (j *journal) Append(ctx context.Context, events []event.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if j.seen == nil {
		j.seen = map[string]bool{}
	}
	j.appends++
	for _, e := range events {
		key := e.Source + " " + e.MessageID
		if j.seen[key] {
			j.again++
			continue
		}
		j.seen[key] = true
		j.events = append(j.events, e)
	}
	if j.fail != nil {
		return j.fail(j.appends)
	}
	return nil
}

func (j *journal) all() []event.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]event.Event(nil), j.events...)
}

// shop is a database, and a puller of it that can be stopped and started again.
type shop struct {
	t       *testing.T
	url     string
	db      *pgx.Conn
	dir     string
	defs    string
	journal *journal
	batch   int
	env     map[string]string
	puller  *pull.Puller
	stop    func()
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, url: testenv.Postgres(t), dir: t.TempDir(), defs: head + orders, journal: &journal{}, batch: 100}
	s.env = map[string]string{"SHOP_DATABASE_URL": s.url}
	var err error
	s.db, err = pgx.Connect(t.Context(), s.url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.db.Close(context.WithoutCancel(t.Context()))) })
	s.exec(schema)
	return s
}

func (s *shop) exec(sql string, args ...any) {
	s.t.Helper()
	_, err := s.db.Exec(s.t.Context(), sql, args...)
	require.NoError(s.t, err)
}

// start starts a puller, and returns when it knows its pulls.
func (s *shop) start() {
	s.t.Helper()
	p := pull.New(pull.Options{
		Appender: s.journal, Dir: s.dir, Batch: s.batch, Tick: 10 * time.Millisecond,
		Getenv: func(name string) string { return s.env[name] },
		Definitions: func(context.Context) (*definition.Workspace, error) {
			return definition.Compile([]byte(s.defs))
		},
	})
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	s.puller = p
	s.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(s.t, <-done)
	})
	s.t.Cleanup(s.stop)
}

// ended waits for the end of a run that began after the given instant.
func (s *shop) ended(after event.Instant) pull.Standing {
	s.t.Helper()
	var st pull.Standing
	require.Eventually(s.t, func() bool {
		var err error
		st, err = s.puller.State("orders")
		return err == nil && !st.Running && st.Started > after
	}, 60*time.Second, 5*time.Millisecond)
	return st
}

// again has the pull run now, and waits.
func (s *shop) again() pull.Standing {
	s.t.Helper()
	before, err := s.puller.State("orders")
	require.NoError(s.t, err)
	_, err = s.puller.RunNow("orders")
	require.NoError(s.t, err)
	return s.ended(before.Started)
}

func (s *shop) insert(from, to int, at string) {
	s.t.Helper()
	s.exec(`insert into orders (id, who, total, status, updated_at, lines) select i, 'u' || i % 7, i * 1.10, 'paid', `+at+`, jsonb_build_array(jsonb_build_object('sku', 'S' || i, 'qty', i))
		from generate_series($1::int, $2::int) i`, from, to)
}

func (s *shop) rows(sql string) int {
	s.t.Helper()
	var n int
	require.NoError(s.t, s.db.QueryRow(s.t.Context(), sql).Scan(&n))
	return n
}

// each counts events by an expression of theirs.
func each(events []event.Event, of func(event.Event) string) map[string]int {
	out := map[string]int{}
	for _, e := range events {
		out[of(e)]++
	}
	return out
}

func imported(e event.Event) string { return fmt.Sprint(e.Imported) }

func TestTheFirstRunIsHistoryAndWhatComesLaterIsLive(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.insert(1, 250, "'2020-01-01T10:00:00.123456+02:00'") // all of one cursor value: ties across batches
	s.insert(251, 300, "'2020-01-02'::timestamptz + i * interval '1 second'")
	s.exec("insert into orders values (900, 'u1', 1, 'draft', '2020-01-03'), (901, null, 1, 'paid', '2020-01-04')")
	s.start()
	st := s.ended(0)
	require.Empty(t, st.Error)
	require.True(t, st.Complete)
	require.Equal(t, "2020-01-04 00:00:00+00", st.Cursor)
	require.Equal(t, []int64{302, 300, 1, 0, 1}, []int64{st.Run.Rows, st.Run.Events, st.Run.Rejected, st.Run.Repeated, st.Run.Skipped["a draft"]})
	require.Positive(t, st.Run.Expected)
	require.Len(t, st.Rejected, 1)
	require.Contains(t, st.Rejected[0].Reason, "no identity")
	rejects, err := os.ReadFile(st.RejectFile)
	require.NoError(t, err)
	require.Contains(t, string(rejects), `""id"":901`)
	require.Equal(t, map[string]int{"true": 300}, each(s.journal.all(), imported))
	first := s.journal.all()[0]
	require.Equal(t, `pull:orders "1"/"2020-01-01 08:00:00.123456+00" 2020-01-01T08:00:00.123456Z u1 `+
		`{"order_id":1,"status":"paid","sku":"S1","lines":[{"qty": 1, "sku": "S1"}],"revenue":1.10,"currency":"EUR"}`,
		strings.Join([]string{first.Source, first.MessageID, first.Time.String(), first.UserID, string(first.Properties)}, " "))

	// A new row, a changed one, one committed late with an older time, and one
	// before the overlap, which nothing can find.
	s.exec("insert into orders values (1000, 'u1', 5, 'paid', now())")
	s.exec("update orders set status = 'refunded', updated_at = now() where id = 7")
	s.exec("insert into orders values (1001, 'u1', 5, 'paid', '2020-01-03T23:59:30Z'), (1002, 'u1', 5, 'paid', '2020-01-03T23:58:00Z')")
	st = s.again()
	require.Empty(t, st.Error)
	require.Equal(t, []int64{4, 1, 3}, []int64{st.Run.Rows, st.Run.Repeated, st.Run.Events})
	require.EqualValues(t, 303, st.Total.Events)
	require.Equal(t, map[string]int{"true": 300, "false": 3}, each(s.journal.all(), imported))
	require.Zero(t, s.journal.again)

	// Nothing new: nothing is sent.
	appends := s.journal.appends
	st = s.again()
	require.Zero(t, st.Run.Events)
	require.Equal(t, appends, s.journal.appends)

	// After a restart the position is known; what is met again the fold knows.
	s.stop()
	s.start()
	st, err = s.puller.State("orders")
	for err != nil { // until it has read the definitions
		st, err = s.puller.State("orders")
	}
	require.True(t, st.Complete)
	require.EqualValues(t, 303, st.Total.Events)
	st = s.again()
	require.LessOrEqual(t, st.Run.Rows, int64(2), "only what the overlap holds")
	require.Len(t, s.journal.all(), 303)
}

func TestAPullThatIsKilledOnTheWayLosesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.insert(1, 3000, "'2020-01-01'::timestamptz + (i / 40) * interval '1 minute'") // forty ties each
	for kill := range 5 {
		// The events are durable and then the process dies: the position is not
		// written.
		die := s.journal.appends + 1 + kill*2
		s.journal.fail = func(appends int) error {
			if appends >= die {
				return errors.New("killed")
			}
			return nil
		}
		s.start()
		st := s.ended(0)
		require.Contains(t, st.Error, "killed")
		require.Equal(t, 1, st.Failures)
		require.Greater(t, st.NextRun, st.Started, "it is tried again by itself")
		s.stop()
		if kill == 2 {
			require.NoError(t, os.RemoveAll(s.dir)) // and its files are lost
			s.dir = t.TempDir()
		}
		if st, err := os.Stat(filepath.Join(s.dir, "orders.json")); err == nil {
			// Back to what a slower disk would have kept: nothing is lost then either.
			require.Positive(t, st.Size())
		}
	}
	s.journal.fail = nil
	s.start()
	st := s.ended(0)
	require.Empty(t, st.Error)
	require.Positive(t, s.journal.again)
	got := each(s.journal.all(), func(e event.Event) string { return e.MessageID })
	require.Len(t, got, 3000)
	require.Equal(t, map[string]int{"true": 3000}, each(s.journal.all(), imported), "the first run goes on being the first")
}

func TestRowsThatChangeDuringAPullComeAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.batch = 20
	s.insert(1, 2000, "'2020-01-01'::timestamptz + i * interval '1 second'")
	changes := 0
	writer, err := pgx.Connect(t.Context(), s.url)
	require.NoError(t, err)
	defer func() { require.NoError(t, writer.Close(context.WithoutCancel(t.Context()))) }()
	s.journal.fail = func(appends int) error { // between batches, a row already read and one still to come
		if changes >= 100 {
			return nil
		}
		changes++
		_, err := writer.Exec(t.Context(), "update orders set status = $1, updated_at = clock_timestamp() where id in ($2, $3)", fmt.Sprint("change ", changes), changes, 2001-changes)
		return err
	}
	s.start()
	st := s.ended(0)
	require.Empty(t, st.Error)
	require.Equal(t, 100, changes)
	s.journal.fail = nil
	st = s.again()
	require.Empty(t, st.Error)

	last := map[string]event.Event{}
	for _, e := range s.journal.all() {
		id, _, _ := strings.Cut(e.MessageID, "/")
		if e.Time >= last[id].Time {
			last[id] = e
		}
	}
	require.Len(t, last, 2000)
	rows, err := s.db.Query(t.Context(), "select id, status from orders")
	require.NoError(t, err)
	for rows.Next() {
		var id int
		var status string
		require.NoError(t, rows.Scan(&id, &status))
		require.Contains(t, string(last[fmt.Sprintf("%q", fmt.Sprint(id))].Properties), fmt.Sprintf(`"status":%q`, status), "row %d", id)
	}
	require.NoError(t, rows.Err())
	require.Equal(t, s.rows("select count(*) from orders where status like 'change%'"), each(s.journal.all(), imported)["false"])
}

func TestALostConnectionIsSeenAndGoneOnFrom(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("alter table orders add note text not null default repeat('far more than buffers hold ', 300)")
	s.insert(1, 5_000, "'2020-01-01'::timestamptz + i * interval '1 second'")
	s.journal.fail = func(appends int) error {
		if appends == 3 {
			_, err := s.db.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rapport pull orders'")
			return err
		}
		return nil
	}
	s.start()
	st := s.ended(0)
	require.NotEmpty(t, st.Error)
	require.Less(t, len(s.journal.all()), 5_000)
	st = s.again()
	require.Empty(t, st.Error)
	require.Zero(t, st.Failures)
	require.Len(t, s.journal.all(), 5_000)
}

func TestWhatIsWrongWithAPullIsSaidWithoutItsSecret(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, c := range []struct{ name, url, from, to, says string }{
		{"no variable", "", "", "", "the environment variable SHOP_DATABASE_URL, which names the database of pull orders, is not set"},
		{"no connection string", "postgres://u:hunter2@:x:/", "", "", "SHOP_DATABASE_URL does not hold a connection string"},
		{"nobody there", "postgres://u:hunter2@127.0.0.1:1/x", "", "", "no connection to the database in SHOP_DATABASE_URL"},
		{"no such column", s.url, "cursor: updated_at", "cursor: changed", `gives no column "changed"; it gives id, who, total, status, updated_at, lines`},
		{"no such table", s.url, "from orders", "from order_lines", `the query of pull orders failed: relation "order_lines" does not exist`},
		{"a write", s.url, "select * from orders", "with x as (delete from orders returning *) select * from x", "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &shop{t: t, dir: t.TempDir(), journal: &journal{}, env: map[string]string{"SHOP_DATABASE_URL": c.url}}
			s.defs = head + strings.Replace(orders, c.from, c.to, 1)
			s.start()
			st := s.ended(0)
			require.Contains(t, st.Error, c.says)
			require.NotContains(t, st.Error, "hunter2")
			s.stop()
		})
	}
}

func TestAPullNeverRunsTwiceAtATimeAndIsGoneWithItsDefinition(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.insert(1, 10, "now()")
	in, out := make(chan bool), make(chan bool)
	var once sync.Once
	s.journal.fail = func(int) error { once.Do(func() { in <- true; <-out }); return nil }
	s.start()
	<-in
	_, err := s.puller.RunNow("orders")
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	_, err = s.puller.RunNow("nothing")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	require.Len(t, s.puller.States(), 1)
	require.True(t, s.puller.States()[0].Running)
	out <- true
	require.Empty(t, s.ended(0).Error)
	require.Len(t, s.journal.all(), 10)
}

func TestACursorMayBeANumberAndARowMayCountOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.defs = head + strings.NewReplacer("cursor: updated_at", "cursor: id", "every: 1h", "every: 1h\n    once: true\n    live: always\n    overlap: 100").Replace(orders)
	s.insert(1, 500, "now()")
	s.exec("delete from orders where id in (450, 300)") // their transactions are not committed yet
	s.start()
	st := s.ended(0)
	require.Equal(t, []any{"500", int64(498)}, []any{st.Cursor, st.Run.Events})
	require.Equal(t, map[string]int{"false": 498}, each(s.journal.all(), imported))
	s.insert(450, 450, "now()")
	s.exec("update orders set status = 'other' where id = 499")
	st = s.again()
	require.Equal(t, []int64{101, 100, 1}, []int64{st.Run.Rows, st.Run.Repeated, st.Run.Events})
	require.Equal(t, `"450"`, s.journal.all()[498].MessageID)
}
