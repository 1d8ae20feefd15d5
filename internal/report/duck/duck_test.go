package duck_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/report/duck"
	"github.com/rapporthq/rapport/internal/report/question"
)

// TestMain is both sides: tests ask, and what they start answers.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == duck.Command {
		os.Exit(duck.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

type sale struct {
	RecordID string `parquet:"record_id"`
	Time     int64  `parquet:"time,timestamp(microsecond)"`
	Amount   *int64 `parquet:"amount,decimal(6:18)"`
	N        int64  `parquet:"n"`
}

type record struct {
	RecordID string `parquet:"record_id"`
	PersonID string `parquet:"person_id"`
}

// shop is an archive of two tables.
type shop struct {
	dir      string
	released int
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{dir: t.TempDir()}
	amount := func(m int64) *int64 { return &m }
	require.NoError(t, parquet.WriteFile(filepath.Join(s.dir, "sales.parquet"), []sale{
		{"a", 1_700_000_000_000_000, amount(12_500_000), 1},
		{"b", 1_700_000_000_000_001, amount(-1), 9_007_199_254_740_993},
		{"c", 1_700_000_001_000_000, nil, 3},
	}))
	require.NoError(t, parquet.WriteFile(filepath.Join(s.dir, "records.parquet"), []record{{"b", "a"}}))
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "other.csv"), []byte("secret\nyes\n"), 0o600))
	return s
}

func (s *shop) Archive(context.Context) (question.Archive, error) {
	return question.Archive{
		Tables: []question.Table{
			{Name: "sales", OfRecords: true, Files: []string{filepath.Join(s.dir, "sales.parquet")}, Columns: []question.Column{
				{Name: "record_id", Type: "VARCHAR"},
				{Name: "time", Type: "TIMESTAMP WITH TIME ZONE"},
				{Name: "amount", Type: "DECIMAL(18,6)"},
				{Name: "n", Type: "BIGINT"},
				{Name: "later", Type: "JSON"}, // the files were written before there was such a column
			}},
			{Name: "nothing", Columns: []question.Column{{Name: "x", Type: "INTEGER"}}},
			{Name: "records", Files: []string{filepath.Join(s.dir, "records.parquet")}, Columns: []question.Column{
				{Name: "record_id", Type: "VARCHAR"}, {Name: "person_id", Type: "VARCHAR"},
			}},
		},
		AsOf: 7, PeopleAsOf: 5, Release: func() { s.released++ },
	}, nil
}

func runner(s *shop, o question.Options) *question.Runner {
	o.Command, o.Source = []string{os.Args[0], duck.Command}, s
	return question.New(o)
}

func TestAQuestionIsAnsweredWithTypesAndExactNumbers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r := runner(s, question.Options{})
	a, err := r.Run(t.Context(), question.Ask{SQL: "SELECT person_id, time, amount, n FROM sales ORDER BY n"})
	require.NoError(t, err)
	require.Equal(t, []question.Column{
		{Name: "person_id", Type: "VARCHAR"},
		{Name: "time", Type: "TIMESTAMP WITH TIME ZONE"},
		{Name: "amount", Type: "DECIMAL(18,6)"},
		{Name: "n", Type: "BIGINT"},
	}, a.Columns)
	require.Equal(t, [][]any{
		{"a", "2023-11-14T22:13:20Z", json.Number("12.5"), json.Number("1")},
		{"c", "2023-11-14T22:13:21Z", nil, json.Number("3")},
		{"a", "2023-11-14T22:13:20.000001Z", json.Number("-0.000001"), json.Number("9007199254740993")},
	}, a.Rows)
	require.False(t, a.Truncated)
	require.Positive(t, a.ElapsedMS)
	require.Equal(t, event.Instant(7), a.AsOf)
	require.Equal(t, event.Instant(5), a.PeopleAsOf)
	require.Equal(t, 1, s.released)

	for sql, want := range map[string]string{
		"SELECT count(*) FROM nothing":                           `[[0]]`,
		"SELECT 1 WHERE false":                                   `[]`,
		"SELECT sum(n) FROM sales":                               `[[9007199254740997]]`,
		"SELECT [1, 2], {'a': 1}, map {'k': 'v'}":                `[[[1,2],{"a":1},{"k":"v"}]]`,
		"SELECT '{\"a\": [1, null]}'::JSON":                      `[[{"a":[1,null]}]]`,
		"SELECT DATE '2026-03-01', TIMESTAMP '2026-03-01 12:00'": `[["2026-03-01","2026-03-01T12:00:00"]]`,
		"SELECT 'nan'::DOUBLE, 0.1::DOUBLE, 1e300::DOUBLE":       `[["NaN",0.1,1e+300]]`,
		"SELECT 'a<b'::BLOB, true, NULL":                         `[["\\x613c62",true,null]]`,
		"SELECT interval 1 month":                                `[["1 months 0 days 0s"]]`,
		"SELECT time::DATE FROM sales LIMIT 1":                   `[["2023-11-14"]]`,
		"SHOW TABLES":                                            `[["nothing"],["records"],["sales"]]`,
		"FROM nothing":                                           `[]`,
		"WITH a AS (SELECT 1 x) SELECT x FROM a":                 `[[1]]`,
	} {
		a, err := r.Run(t.Context(), question.Ask{SQL: sql})
		require.NoError(t, err, sql)
		got, err := json.Marshal(a.Rows)
		require.NoError(t, err)
		require.Equal(t, want, strings.ReplaceAll(string(got), `\u003c`, "<"), sql)
	}
}

func TestAColumnThatAnArchiveOfBeforeDoesNotHaveIsUnknownThere(t *testing.T) {
	t.Parallel()
	answer, err := runner(newShop(t), question.Options{}).Run(t.Context(), question.Ask{SQL: "SELECT count(*), count(later), count(person_id) FROM sales"})
	require.NoError(t, err)
	require.Equal(t, [][]any{{json.Number("3"), json.Number("0"), json.Number("3")}}, answer.Rows)
}

func TestAnAnswerEndsAtItsLimits(t *testing.T) {
	t.Parallel()
	r := runner(newShop(t), question.Options{Bytes: 4096})
	a, err := r.Run(t.Context(), question.Ask{SQL: "SELECT * FROM range(10)", Limit: 3})
	require.NoError(t, err)
	require.Len(t, a.Rows, 3)
	require.True(t, a.Truncated)
	a, err = r.Run(t.Context(), question.Ask{SQL: "SELECT * FROM range(10)", Limit: 10})
	require.NoError(t, err)
	require.Len(t, a.Rows, 10)
	require.False(t, a.Truncated, "ten of ten are all")
	a, err = r.Run(t.Context(), question.Ask{SQL: "SELECT repeat('x', 1000) FROM range(10)"})
	require.NoError(t, err)
	require.Len(t, a.Rows, 4)
	require.True(t, a.Truncated)
}

func TestAQuestionCanOnlyAsk(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r := runner(s, question.Options{})
	before, err := os.ReadFile(filepath.Join(s.dir, "sales.parquet"))
	require.NoError(t, err)
	for _, sql := range []string{
		"SELECT * FROM read_text('/etc/passwd')",
		"SELECT * FROM '/etc/passwd'",
		"SELECT * FROM read_csv('" + s.dir + "/other.csv')",
		"SELECT * FROM glob('/*')",
		"SELECT * FROM read_parquet('https://example.com/x.parquet')",
		"COPY (SELECT 1) TO '" + s.dir + "/new.csv'",
		"COPY (SELECT 1) TO '" + s.dir + "/sales.parquet' (USE_TMP_FILE false)",
		"COPY (SELECT 1) TO '" + s.dir + "/sales.parquet' (USE_TMP_FILE false); SELECT 1",
		"EXPLAIN ANALYZE COPY (SELECT 1) TO '" + s.dir + "/sales.parquet' (USE_TMP_FILE false)",
		"SELECT 1; SELECT 2",
		"CREATE TABLE x (a INT)",
		"DROP VIEW sales",
		"ATTACH '" + s.dir + "/x.db'",
		"EXPORT DATABASE '" + s.dir + "/x'",
		"SET memory_limit = '100GB'",
		"SET enable_external_access = true",
		"INSTALL httpfs", "LOAD httpfs", "PRAGMA database_list", "CALL pragma_version()",
		"INSERT INTO nothing VALUES (1)",
		"SELECT getenv('PATH')",
	} {
		_, err := r.Run(t.Context(), question.Ask{SQL: sql})
		f := new(fault.Error)
		require.ErrorAs(t, err, &f, sql)
		require.Equal(t, fault.Invalid, f.Kind, "%s: %v", sql, err)
		require.NotEmpty(t, f.Message, sql)
		require.Equal(t, "sql", f.Field)
		t.Logf("%s\n\t%s", sql, f.Message)
	}
	after, err := os.ReadFile(filepath.Join(s.dir, "sales.parquet"))
	require.NoError(t, err)
	require.Equal(t, before, after)
	names, err := os.ReadDir(s.dir)
	require.NoError(t, err)
	require.Len(t, names, 3, "nothing was written")
}

func TestWhatIsWrongWithAQuestionIsSaid(t *testing.T) {
	t.Parallel()
	r := runner(newShop(t), question.Options{})
	for sql, say := range map[string]string{
		"SELEC 1":                   "SELEC",
		"SELECT nobody FROM sales":  "nobody",
		"SELECT * FROM sale":        "sales",
		"":                          "empty",
		"SELECT 'a'::INT":           "Could not convert",
		strings.Repeat("x", 70_000): "limit",
	} {
		_, err := r.Run(t.Context(), question.Ask{SQL: sql})
		require.ErrorContains(t, err, say)
	}
	_, err := r.Run(t.Context(), question.Ask{SQL: "SELECT 1", Limit: -1})
	require.ErrorContains(t, err, "limit -1")
}

func TestNoQuestionTakesMoreThanItsShare(t *testing.T) {
	t.Parallel()
	r := runner(newShop(t), question.Options{MemoryBytes: 128 << 20, Timeout: 3 * time.Second})
	for _, c := range []struct{ sql, say string }{
		{"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t", ""}, // for ever, or until memory ends

		// Which of its limits one of the others meets first depends on the machine.
		{"SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7", "longer than"},
		{"SELECT repeat('x', 4000000000)", "memory"},
		{"SELECT count(DISTINCT x) FROM (SELECT a.range * 1000000 + b.range AS x FROM range(1000000) a, range(1000000) b)", ""},
		{"SELECT string_agg(repeat('x', 1000), '') FROM range(100000000)", ""},
		{"SELECT list(range) FROM range(10000000000)", ""},
	} {
		started := time.Now()
		_, err := r.Run(t.Context(), question.Ask{SQL: c.sql})
		require.Less(t, time.Since(started), 20*time.Second, c.sql)
		f := new(fault.Error)
		require.ErrorAs(t, err, &f, c.sql)
		require.Equal(t, fault.Invalid, f.Kind)
		require.Contains(t, f.Message, c.say, c.sql)
		t.Logf("%s\n\t%.2fs %s", c.sql, time.Since(started).Seconds(), f.Message)
	}
	a, err := r.Run(t.Context(), question.Ask{SQL: "SELECT 1"})
	require.NoError(t, err)
	require.Len(t, a.Rows, 1)
}

func TestAQuestionEndsWithWhoeverAsked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	r := runner(s, question.Options{AtOnce: 1, Patience: 50 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for { // the small question below may have the turn at first
			_, err := r.Run(ctx, question.Ask{SQL: "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7"})
			if err == nil || !strings.Contains(err.Error(), "being answered already") {
				done <- err
				return
			}
		}
	}()
	require.Eventually(t, func() bool { // the other has the only turn
		_, err := r.Run(t.Context(), question.Ask{SQL: "SELECT 1"})
		f := new(fault.Error)
		return err != nil && fmt.Sprintf("%T", err) == fmt.Sprintf("%T", f) && strings.Contains(err.Error(), "being answered already")
	}, 30*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	_, err := r.Run(t.Context(), question.Ask{SQL: "SELECT 1"})
	require.NoError(t, err)
}

func TestAProcessThatDiesIsAnError(t *testing.T) {
	t.Parallel()
	r := question.New(question.Options{Command: []string{"/bin/sh", "-c", "read job; kill -9 $$"}, Source: newShop(t)})
	_, err := r.Run(t.Context(), question.Ask{SQL: "SELECT 1"})
	require.ErrorContains(t, err, "ended before it was done")
	_, err = question.New(question.Options{Source: newShop(t)}).Run(t.Context(), question.Ask{SQL: "SELECT 1"})
	require.ErrorContains(t, err, "without the part")
}
