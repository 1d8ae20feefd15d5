package email_test

import (
	"context"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/email"
	"github.com/rapporthq/rapport/internal/fault"
)

// stuck has a letter to an address hang at the server until the returned function is
// called.
func stuck(t *testing.T, s *server, to string) (free func()) {
	t.Helper()
	s.Behave(delivertest.Hang)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.channel.Send(ctx, delivertest.Letter("stuck", to)) }()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.hung == 1
	}, time.Minute, time.Millisecond)
	s.Behave(delivertest.Accept)
	return func() {
		cancel()
		require.Error(t, <-done)
	}
}

// hurried sends with little patience.
func hurried(t *testing.T, c *email.Channel, l deliver.Letter) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	return c.Send(ctx, l)
}

func TestLettersToOneDomainWaitForEachOtherAndNoOthersDo(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(_ *smtp.Server, o *email.Options) { o.DomainConnections = 1 })
	free := stuck(t, s, "a@one.example")
	err := hurried(t, s.channel, delivertest.Letter("d1", "b@ONE.example"))
	require.True(t, fault.Is(err, fault.Transient), "%v", err)
	require.NoError(t, s.channel.Send(t.Context(), delivertest.Letter("d2", "a@two.example")))
	free()
	require.NoError(t, s.channel.Send(t.Context(), delivertest.Letter("d3", "b@one.example")))
	require.Len(t, s.Got(), 2)
}

func TestNoMoreConnectionsAreOpenedThanAllowed(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(_ *smtp.Server, o *email.Options) { o.Connections = 1 })
	free := stuck(t, s, "a@one.example")
	err := hurried(t, s.channel, delivertest.Letter("d1", "a@two.example"))
	require.True(t, fault.Is(err, fault.Transient), "%v", err)
	free()
	require.NoError(t, s.channel.Send(t.Context(), delivertest.Letter("d2", "a@two.example")))
	require.Len(t, s.Got(), 1)
}
