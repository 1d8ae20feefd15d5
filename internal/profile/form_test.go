package profile_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// fill gives v and everything in it a value other than zero, and a different one
// to each place.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.String:
		v.SetString(fmt.Sprintf("text-%06d", *n)) // in order, as keys are
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, n)
			fill(value, n)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), n)
			}
		}
	default:
		panic("a person holds a " + v.Kind().String() + ": teach this test, and see that the stored form can hold it")
	}
}

// A field that is new to a struct inside of Person needs a bit in form.go and
// unform.go, and one that is new to Person a word in hasRest: this is the test that
// says so.
func TestEveryFieldOfAPersonIsStored(t *testing.T) {
	t.Parallel()
	c := profile.NewCodec()
	same := func(p *profile.Person, what string) {
		b, err := c.Encode(p)
		require.NoError(t, err, what)
		got, err := c.Decode(b)
		require.NoError(t, err, what)
		require.Empty(t, cmp.Diff(p, got), what)
		again, err := c.Encode(got)
		require.NoError(t, err, what)
		require.Equal(t, b, again, what)
		for n := range b {
			_, err := c.Decode(b[:n])
			if err == nil {
				require.NotContains(t, what, "whole", "cut short at %d of %d", n, len(b))
			}
		}
	}
	whole := &profile.Person{}
	n := 0
	fill(reflect.ValueOf(whole).Elem(), &n)
	same(whole, "a whole person")
	for i := range reflect.TypeFor[profile.Person]().NumField() {
		alone := &profile.Person{}
		fill(reflect.ValueOf(alone).Elem().Field(i), &n)
		same(alone, reflect.TypeFor[profile.Person]().Field(i).Name)
	}
	// Each field of the structs inside alone, so that none hides behind another.
	for i := range reflect.TypeFor[profile.Feature]().NumField() {
		f := profile.Feature{}
		fill(reflect.ValueOf(&f).Elem().Field(i), &n)
		same(&profile.Person{FirstSeen: -5, Features: profile.Sorted[profile.Feature]{{Key: "f", Value: f}}}, "feature "+reflect.TypeFor[profile.Feature]().Field(i).Name)
	}
	for i := range reflect.TypeFor[profile.Goal]().NumField() {
		g := profile.Goal{}
		fill(reflect.ValueOf(&g).Elem().Field(i), &n)
		same(&profile.Person{FirstSeen: 1 << 62, Goals: map[string]profile.Goal{"g": g}}, "goal "+reflect.TypeFor[profile.Goal]().Field(i).Name)
	}
}

func TestHashesAndOddTextsAreStoredAsTheyAre(t *testing.T) {
	t.Parallel()
	c := profile.NewCodec()
	const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, text := range []string{sum, "E3" + sum[2:], sum[1:], sum + "0", "", "d0", "\x00\xff"} {
		p := &profile.Person{Definition: text, Basis: text, Stage: text}
		b, err := c.Encode(p)
		require.NoError(t, err)
		got, err := c.Decode(b)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(p, got))
	}
}

// Whether what is gone was ever there depends on when a person was last read
// back, which is not to be seen in what is stored.
func TestAnEmptyFieldIsStoredAsNone(t *testing.T) {
	t.Parallel()
	c := profile.NewCodec()
	none, empty := &profile.Person{}, &profile.Person{}
	for _, f := range reflect.ValueOf(empty).Elem().Fields() {
		switch f.Kind() {
		case reflect.Map:
			f.Set(reflect.MakeMap(f.Type()))
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 0, 1))
		default: // has no empty form
		}
	}
	empty.Features.Put("f", profile.Feature{Money: profile.Sums{}, Value: []byte{}})
	none.Features.Put("f", profile.Feature{})
	a, err := c.Encode(none)
	require.NoError(t, err)
	b, err := c.Encode(empty)
	require.NoError(t, err)
	require.Equal(t, a, b)
}

func FuzzStoredPerson(f *testing.F) {
	c := profile.NewCodec()
	for _, p := range []*profile.Person{{}, full()} {
		b, err := c.Encode(p)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := c.Decode(b)
		if err != nil {
			require.ErrorIs(t, err, profile.ErrFormat)
			return
		}
		again, err := c.Encode(p)
		require.NoError(t, err)
		got, err := c.Decode(again)
		require.NoError(t, err)
		once, err := c.Encode(got)
		require.NoError(t, err)
		require.Equal(t, again, once)
	})
}

// typical is somebody of a shop: five traits, a handful of features.
func typical() *profile.Person {
	const at = event.Instant(1_764_216_000_000_000)
	p := &profile.Person{
		ID: person.IDOf(0, person.NewIdentity(person.UserID, "user-12345")), FirstSeen: at, LastSeen: at + 1, Events: 12,
		Identities: []person.Identity{{Kind: person.Email, Value: "user-12345@example.com"}, {Kind: person.UserID, Value: "user-12345"}},
		Features: profile.SortedOf(map[string]profile.Feature{
			"product-views": {Count: 11}, "last-visit": {At: at}, "orders": {Count: 1}, "revenue": {Money: profile.Sums{{Key: "EUR", Value: 12_500_000}}},
			"first-order": {At: at}, "last-order": {At: at},
		}),
		Declared: profile.SortedOf(map[string]profile.Consent{"email": {Given: true, Time: at, Proof: "identify from bench"}}),
		Stage:    "try", StageSince: at, Definition: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		Basis:  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		Timers: []profile.Timer{{Due: at + 1<<40, Kind: profile.StageTimer}},
		Walk:   profile.Walk{Visits: 2, VisitStart: at, LastOwn: at, Effort: profile.Effort{Unprompted: 12}, Touchpoint: "product-page"},
	}
	for name, v := range map[string]string{"email": `"user-12345@example.com"`, "first_name": `"Ada"`, "last_name": `"Lovelace"`, "plan": `"pro"`, "city": `"London"`} {
		p.Traits.Put(name, profile.Trait{Value: []byte(v), Time: at})
	}
	return p
}

func BenchmarkStorePerson(b *testing.B) {
	c, p := profile.NewCodec(), typical()
	var buf []byte
	for b.Loop() {
		buf, _ = c.AppendTo(buf[:0], p)
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}

func BenchmarkReadPerson(b *testing.B) {
	c := profile.NewCodec()
	stored, err := c.Encode(typical())
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Decode(stored); err != nil {
			b.Fatal(err)
		}
	}
}
