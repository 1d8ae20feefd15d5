package web_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/web"
	"github.com/rapporthq/rapport/internal/fault"
)

// shelf is an inbox that obeys.
type shelf struct {
	channel *web.Channel

	mu     sync.Mutex
	behave delivertest.Behaviour
	got    []delivertest.Got
}

func (s *shelf) Channel() deliver.Channel { return s.channel }

func (*shelf) To() string { return "ada" }

func (s *shelf) Behave(b delivertest.Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behave = b
}

func (s *shelf) Got() []delivertest.Got {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]delivertest.Got(nil), s.got...)
}

// Put implements web.Shelf.
func (s *shelf) Put(ctx context.Context, l deliver.Letter) error {
	s.mu.Lock()
	b := s.behave
	s.mu.Unlock()
	switch b {
	case delivertest.Refuse:
		return fault.New(fault.Invalid, "it has no name")
	case delivertest.Defer:
		return fault.New(fault.Transient, "not now")
	case delivertest.Down:
		return fault.New(fault.Busy, "the server is stopping")
	case delivertest.Hang, delivertest.HangAfter:
		<-ctx.Done()
		return ctx.Err()
	case delivertest.BreakAfter:
		return errors.New("the disk went away")
	case delivertest.Accept:
	}
	card := l.Form().Card()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, delivertest.Got{Delivery: l.Delivery, To: l.To, Subject: card.Headline, Text: card.Text + "\n" + card.Next[0].URL})
	return nil
}

func TestTheChannelKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		s := &shelf{}
		var err error
		s.channel, err = web.Open(s)
		require.NoError(t, err)
		return s
	})
}

func TestAChannelNeedsAShelf(t *testing.T) {
	t.Parallel()
	_, err := web.Open(nil)
	require.Error(t, err)
}
