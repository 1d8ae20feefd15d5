package train_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/train"
)

// company is a trainer with all that it works on: people who order, as many as
// there are by now, in a bubble of time in which days pass at once.
type company struct {
	trainer *train.Trainer
	stop    func() // ends the trainer, and returns when it has ended

	people   int
	kept     []event.TrainedBody
	bodies   map[string]*belief.Body // by hash
	inForce  *belief.Body
	promoted int
	heard    []train.Stage // while a model was kept
}

// EachPerson has everybody order three to six times in 120 days, on a day.
func (c *company) EachPerson(_ context.Context, use func(*profile.Person, func(func(event.Event) bool) error) error) error {
	for i := range c.people {
		var id person.ID
		binary.BigEndian.PutUint64(id[8:], rand.New(rand.NewPCG(1, uint64(i))).Uint64())
		r := rand.New(rand.NewPCG(2, uint64(i)))
		first := c.now() - event.Instant(120*24*time.Hour/time.Microsecond)
		gap := event.Instant(1 + r.IntN(12))
		err := use(&profile.Person{ID: id}, func(yield func(event.Event) bool) error {
			at := first
			for range 3 + r.IntN(4) {
				if !yield(event.Event{Kind: event.Track, Name: "Order Completed", Time: at, ReceivedAt: at}) {
					return nil
				}
				at += event.Instant(1+r.IntN(2*int(gap))) * event.Instant(24*time.Hour/time.Microsecond)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *company) now() event.Instant { return event.InstantOf(time.Now()) }

// open runs a trainer until the test ends. Each change of options is made before.
func open(t *testing.T, people int, changes ...func(*train.TrainerOptions)) *company {
	t.Helper()
	source, ok := definition.Template("retail")
	require.True(t, ok)
	ws, err := definition.Compile(source)
	require.NoError(t, err)
	c := &company{people: people, bodies: map[string]*belief.Body{}}
	o := train.TrainerOptions{
		Command: []string{os.Args[0], train.Command}, Source: c, Now: c.now, Every: 24 * time.Hour, First: time.Hour,
		Definitions: func(context.Context) (*definition.Workspace, error) { return ws, nil },
		Incumbent:   func(context.Context) (*belief.Body, error) { return c.inForce, nil },
		Keep: func(_ context.Context, raw []byte, about event.TrainedBody) (string, error) {
			body, err := belief.Parse(raw)
			c.kept, c.bodies[about.By] = append(c.kept, about), body
			c.heard = append(c.heard, c.trainer.Status().Stage)
			return about.By, err
		},
	}
	for _, change := range changes {
		change(&o)
	}
	c.trainer = train.NewTrainer(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.trainer.Run(ctx) }()
	c.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(c.stop)
	return c
}

// promoting follows what was trained by schedule.
func promoting(c **company) func(*train.TrainerOptions) {
	return func(o *train.TrainerOptions) {
		o.Promote = func(_ context.Context, hash string) error {
			(*c).inForce, (*c).promoted = (*c).bodies[hash], (*c).promoted+1
			return nil
		}
	}
}

// pass lets time pass, and whatever falls due be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestAModelIsTrainedOnScheduleAsSoonAsThereAreEnoughPeople(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c *company
		c = open(t, 120, promoting(&c))
		pass(59 * time.Minute)
		require.Zero(t, c.trainer.Status().Since, "nothing was begun yet")
		pass(2 * time.Minute)
		s := c.trainer.Status()
		require.Equal(t, "A model needs about 500 people with 3 events each; there are 120.", s.Message)
		require.False(t, s.Running)
		require.Empty(t, c.kept)

		c.people = 520
		pass(58 * time.Minute)
		require.Empty(t, c.kept)
		pass(time.Hour)
		require.Len(t, c.kept, 1, "looked for again after as long as at first, and not after a day")
		require.Equal(t, "schedule", c.kept[0].By)
		require.Equal(t, 520, c.kept[0].People)
		require.Equal(t, 1, c.promoted)
		require.NotEmpty(t, c.inForce.Trained.Candidates, "forms were compared")
		s = c.trainer.Status()
		require.False(t, s.Running)
		require.Empty(t, s.Failed)
		require.Contains(t, s.Message, "Trained: ")

		pass(22 * time.Hour)
		require.Len(t, c.kept, 1)
		pass(2 * time.Hour)
		require.Len(t, c.kept, 2, "a day after the last")
		var held []string
		for _, score := range c.bodies["schedule"].Examined.Scores {
			held = append(held, score.Name)
		}
		require.Contains(t, held, "the model in force", "which it is compared with")
		require.NotNil(t, c.trainer.Status().Drift, "whose drift was looked at")
	})
}

func TestAModelIsTrainedByHandWithFewPeopleAndPromotedByNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c *company
		c = open(t, 60, promoting(&c), func(o *train.TrainerOptions) { o.Every = -1 })
		pass(1000 * time.Hour)
		require.Zero(t, c.trainer.Status().Since, "no schedule")
		require.NoError(t, c.trainer.Begin(t.Context(), "ada"))
		require.True(t, c.trainer.Status().Running, "whoever looks is told at once")
		require.ErrorContains(t, c.trainer.Begin(t.Context(), "ben"), "being trained already")
		synctest.Wait()
		require.Len(t, c.kept, 1)
		require.Equal(t, "ada", c.kept[0].By)
		require.Equal(t, []train.Stage{train.Finish}, c.heard, "the process told how far it was to its end")
		require.Zero(t, c.promoted, "a model that somebody asked for is theirs to promote")
		require.NoError(t, c.trainer.Begin(t.Context(), "ben"), "and the next may be asked for")
	})
}

func TestATrainingThatComesToNothingSaysWhyAndTheNextIsTried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, 30)
		require.NoError(t, c.trainer.Begin(t.Context(), "ada"))
		synctest.Wait()
		s := c.trainer.Status()
		require.False(t, s.Running)
		require.Contains(t, s.Failed, "30 people have acted of their own accord: a model needs 50 at least")
		c.people = 60
		require.NoError(t, c.trainer.Begin(t.Context(), "ada"))
		synctest.Wait()
		require.Empty(t, c.trainer.Status().Failed)
		require.Len(t, c.kept, 1)
	})
	synctest.Test(t, func(t *testing.T) {
		c := open(t, 60, func(o *train.TrainerOptions) { o.Command = []string{os.Args[0], died} })
		require.NoError(t, c.trainer.Begin(t.Context(), "ada"))
		synctest.Wait()
		require.Contains(t, c.trainer.Status().Failed, "the process that trained was ended before it was done")
		require.Empty(t, c.kept)
	})
	synctest.Test(t, func(t *testing.T) {
		c := open(t, 60)
		require.NoError(t, c.trainer.Begin(t.Context(), "ada"))
		c.stop()
		require.Empty(t, c.kept, "a server that stops waits for no training")
	})
	require.ErrorContains(t, train.NewTrainer(train.TrainerOptions{}).Begin(t.Context(), "ada"), "without the part that trains models")
}

// Between trainings, and after a restart, the model in force is held to what came
// since it was trained.
func TestTheModelInForceIsWatchedBetweenTrainingsAndAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c *company
		c = open(t, 60, promoting(&c))
		require.NoError(t, c.trainer.Begin(t.Context(), "ada"))
		pass(time.Minute)
		require.Len(t, c.kept, 1)
		model := c.bodies["ada"]
		require.NotNil(t, model)
		c.stop()

		again := open(t, 60, func(o *train.TrainerOptions) { o.Every, o.Look = 0, 24*time.Hour })
		again.inForce = model
		pass(2 * time.Minute)
		first := again.trainer.Status().Drift
		require.NotNil(t, first, "soon after the start")
		require.False(t, again.trainer.Status().Running)
		pass(25 * time.Hour)
		require.Greater(t, again.trainer.Status().Drift.At, first.At, "and every day from then on")
		require.Empty(t, again.kept, "nothing is trained for it")
	})
}
