package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/fault"
)

func TestAFaultKeepsItsKindThroughWrapping(t *testing.T) {
	t.Parallel()
	err := error(fault.Wrap(fault.Busy, io.ErrUnexpectedEOF, "the journal is full; try again in %d s", 5))
	require.Equal(t, "the journal is full; try again in 5 s: unexpected EOF", err.Error())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	wrapped := fmt.Errorf("append: %w", err)
	require.True(t, fault.Is(wrapped, fault.Busy))
	require.False(t, fault.Is(wrapped, fault.Invalid))
	outer := fault.Wrap(fault.Invalid, wrapped, "no")
	require.Equal(t, fault.Invalid, fault.KindOf(outer), "the outermost word counts")
	require.Equal(t, fault.Invalid, fault.KindOf(errors.Join(outer, err)))
}

func TestWhatNobodyClassifiedIsOurs(t *testing.T) {
	t.Parallel()
	require.Equal(t, fault.Internal, fault.KindOf(io.EOF))
	require.True(t, fault.Is(io.EOF, fault.Internal))
	require.False(t, fault.Is(nil, fault.Internal), "no error is no fault")
}

func TestNamingAFieldLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	plain := fault.New(fault.Invalid, "100%% wrong")
	named := plain.At("cursor")
	require.Equal(t, "cursor", named.Field)
	require.Empty(t, plain.Field)
	require.Equal(t, "100% wrong", named.Error())
}
