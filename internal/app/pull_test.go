package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/testenv"
)

const pullYAML = `
pulls:
  - id: orders
    database: RAPPORT_TEST_SHOP
    query: select * from orders
    cursor: updated_at
    key: id
    every: 1h
    map:
      columns: [id, who, total, updated_at]
      identity: {user_id: who}
      event: Order Completed
      time: {column: updated_at, layout: rfc3339}
      amount: {column: total}
      currency: EUR
`

// Not parallel: it sets the environment, where the connection string is.
func TestAServerPullsWhatItsDefinitionsDeclareAndShowsHowThatStands(t *testing.T) {
	url := testenv.Postgres(t)
	t.Setenv("RAPPORT_TEST_SHOP", url)
	db, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close(t.Context())) }()
	_, err = db.Exec(t.Context(), `create table orders (id int, who text, total numeric, updated_at timestamptz);
		insert into orders select i, 'u' || i % 10, 10, now() - interval '1 day' from generate_series(1, 100) i`)
	require.NoError(t, err)
	folder := t.TempDir()
	retail, ok := definition.Template("retail")
	require.True(t, ok)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "rapport.yaml"), append(retail, pullYAML...), 0o600))

	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder})
	var list api.PullList
	require.Eventually(t, func() bool {
		r.ok(http.MethodGet, "/api/v1/pulls", nil, &list)
		return len(list.Pulls) == 1 && list.Pulls[0].Complete && !list.Pulls[0].Running
	}, time.Minute, 20*time.Millisecond)
	require.EqualValues(t, 100, list.Pulls[0].Total.Events)
	require.Empty(t, list.Pulls[0].Error)
	require.Len(t, r.timeline(r.person("user_id:u1")), 10)

	_, err = db.Exec(t.Context(), "insert into orders values (101, 'u1', 5, now())")
	require.NoError(t, err)
	r.ok(http.MethodPost, "/api/v1/pulls/orders/runs", struct{}{}, nil)
	require.Eventually(t, func() bool {
		r.ok(http.MethodGet, "/api/v1/pulls", nil, &list)
		return list.Pulls[0].Total.Events == 101
	}, time.Minute, 20*time.Millisecond)
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/pulls/nothing", nil, nil))
}
