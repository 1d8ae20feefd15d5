package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/report"
)

// heldTraining is a process that trains once a pipe is opened, so that a test
// decides how long a training takes.
const heldTraining = "train-when-told"

func TestEventsAreFoldedWhileAModelIsTrained(t *testing.T) {
	t.Parallel()
	held := filepath.Join(t.TempDir(), "held")
	require.NoError(t, syscall.Mkfifo(held, 0o600))
	r := serveBy(t, app.Options{Config: config.Config{Data: t.TempDir(), TrainEvery: -1}, Trainer: []string{os.Args[0], heldTraining, held}})
	for i := range 60 {
		for j := range 4 {
			r.track(fmt.Sprintf(`{"userId":"u%d","event":"Order Completed","timestamp":"%s","properties":{"revenue":20}}`, i,
				time.Now().AddDate(0, 0, -40+j*(2+i%5)).Format(time.RFC3339)))
		}
	}
	r.person("user_id:u59")
	var list api.ModelList
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/models/train", api.ModelOrder{}, &list))
	require.True(t, list.Training.Running)
	require.Equal(t, http.StatusConflict, r.call(http.MethodPost, "/api/v1/models/train", api.ModelOrder{}, nil), "one at a time")

	r.track(`{"userId":"meanwhile","event":"Order Completed","properties":{"revenue":20}}`)
	r.person("user_id:meanwhile")
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/models", nil, &list))
	require.True(t, list.Training.Running, "folded before the training was over")
	require.Empty(t, list.Models)

	letGo, err := os.OpenFile(held, os.O_WRONLY, 0)
	require.NoError(t, err)
	require.NoError(t, letGo.Close())
	require.Eventually(t, func() bool {
		r.call(http.MethodGet, "/api/v1/models", nil, &list)
		return !list.Training.Running
	}, 2*time.Minute, 50*time.Millisecond)
	require.Empty(t, list.Training.Failed)
	require.Len(t, list.Models, 1)
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/models/1/promote", api.ModelOrder{}, &list))
	require.True(t, list.Models[0].Followed)
	var belief report.PersonBelief
	id := r.person("user_id:meanwhile")
	require.Eventually(t, func() bool {
		return r.call(http.MethodGet, "/api/v1/people/"+id+"/belief", nil, &belief) == http.StatusOK && belief.Belief != nil
	}, time.Minute, 20*time.Millisecond, "who came meanwhile is followed too")
}
