package person_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/person"
)

func TestTwoSpellingsOfOneAddressAreOneIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        person.Kind
		value, want string
	}{
		{person.Email, " Ada@Example.COM\n", "ada@example.com"},
		{person.Phone, "+49 (30) 123-45", "+493012345"},
		{person.Phone, " 030/123", "030123"},
		{person.Phone, "1+2", "12"},
		{person.Phone, "call me", ""},
		{person.Phone, "+", ""},
		{person.UserID, " Ada ", "Ada"},
		{person.AnonymousID, "\tX", "X"},
	} {
		i := person.NewIdentity(c.kind, c.value)
		require.Equal(t, c.want, i.Value, "%s %q", c.kind, c.value)
		require.Equal(t, i, person.NewIdentity(i.Kind, i.Value), "normal is normal")
		require.Equal(t, c.want == "", i.IsZero())
	}
}

func TestPlaceholdersNameNobody(t *testing.T) {
	t.Parallel()
	for _, v := range []string{
		"", "-1", "null", "NULL", "undefined", "None", "nil", "NaN", "anonymous", "Guest", "unknown", "true", "false",
		"[object Object]", "0", "000", "0-0", "-", "00000000-0000-0000-0000-000000000000",
	} {
		require.True(t, person.NewIdentity(person.UserID, v).Blocked(), "%q", v)
	}
	for _, v := range []string{"1", "10", "nullable", "guest-1", "0a", "a"} {
		require.False(t, person.NewIdentity(person.UserID, v).Blocked(), "%q", v)
	}
}

func TestIdentitiesAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"user_id:42", "anonymous_id:a:b", "email:ada@example.com", "phone:+4930"} {
		i, err := person.ParseIdentity(s)
		require.NoError(t, err)
		require.Equal(t, s, i.String())
	}
	for _, s := range []string{"", "42", "user_id:", "user_id: ", "name:ada", "phone:nobody", ":x"} {
		_, err := person.ParseIdentity(s)
		require.Error(t, err, "%q", s)
	}
}

// These are on disk, in addresses and in other people's systems. They never
// change.
func TestIDsNeverChange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0 user_id:42":            "prs_w7ewe80pztpn6wsdrz8cdtn2xr",
		"0 anonymous_id:42":       "prs_ct9k6q4fsrfb11a88rktkrjyhg",
		"7 user_id:42":            "prs_abbja57evzzcaczkxjfpz1g8dm",
		"0 email:ada@example.com": "prs_hr650tjagxmrr7ea8csa2tm7tm",
	} {
		var w person.Workspace
		var identity string
		_, err := fmt.Sscan(text, &w, &identity)
		require.NoError(t, err)
		i, err := person.ParseIdentity(identity)
		require.NoError(t, err)
		require.Equal(t, want, person.IDOf(w, i).String(), text)
	}
}

func TestAnIDIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for n := range 500 {
		id := person.IDOf(0, person.NewIdentity(person.UserID, fmt.Sprint(n)))
		got, err := person.ParseID(id.String())
		require.NoError(t, err)
		require.Equal(t, id, got)
		b, err := json.Marshal(map[person.ID]person.ID{id: id})
		require.NoError(t, err)
		var back map[person.ID]person.ID
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, id, back[id])
	}
	b, err := json.Marshal(person.ID{})
	require.NoError(t, err)
	require.JSONEq(t, `""`, string(b))
	good := person.IDOf(0, person.NewIdentity(person.UserID, "1")).String()
	last := good[len(good)-1:]
	for _, bad := range []string{
		"", "prs_", good[:29], good + "0", "PRS_" + good[4:], strings.ToUpper(good), good[:10] + "\n" + good[11:], good[:10] + "i" + good[11:],
		good[:29] + map[bool]string{true: "1", false: "z"}[last == "z"], // bits that belong to no byte
	} {
		_, err := person.ParseID(bad)
		require.Error(t, err, "%q", bad)
	}
}

func TestPeopleAreSpreadEvenlyOverThePartitions(t *testing.T) {
	t.Parallel()
	const people = 256 * 400
	var count [person.Partitions]float64
	for n := range people {
		count[person.IDOf(0, person.NewIdentity(person.UserID, fmt.Sprint(n))).Home()]++
	}
	chi := 0.0
	for _, c := range count {
		chi += (c - people/256) * (c - people/256) / (people / 256)
	}
	// 255 degrees of freedom: 330.5 is exceeded once in a thousand.
	require.Less(t, chi, 330.5)
}
