package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASuppressionListIsReadAsItComes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, column string
		emails       []string
		lines        []int
	}{
		"an address a line":    {"ada@example.com\n\nbob@example.com\r\n", "", []string{"ada@example.com", "bob@example.com"}, []int{1, 3}},
		"a column of a header": {"\ufeffstatus,Email Address,created\n5.1.1,ada@example.com,2026\n\"5.7, said\",bob@example.com,2025\n", "", []string{"ada@example.com", "bob@example.com"}, []int{2, 3}},
		"semicolons":           {"id;email\n1;ada@example.com\n", "", []string{"ada@example.com"}, []int{2}},
		"tabs, named":          {"who\tmail\nada\tada@example.com\n", "mail", []string{"ada@example.com"}, []int{2}},
		"no header":            {"1,ada@example.com\n2,bob@example.com\n", "", []string{"ada@example.com", "bob@example.com"}, []int{1, 2}},
		"nothing":              {"", "", nil, nil},
	} {
		got, err := readAddresses(strings.NewReader(c.text), c.column)
		require.NoError(t, err, name)
		require.Equal(t, c.emails, got.emails, name)
		require.Equal(t, c.lines, got.lines, name)
	}
	_, err := readAddresses(strings.NewReader("who,what\nada,bob\n"), "")
	require.ErrorContains(t, err, "there is no column of addresses among who, what: name it with --column")
}
