package source_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/source"
)

// letterBox is a store of dead letters.
type letterBox []event.Letter

func (b letterBox) Letter(number uint64) (event.Letter, bool, error) { return b[number], true, nil }
func (b letterBox) LetterSum(string) (event.LetterSum, error)        { return event.LetterSum{}, nil }

func (b letterBox) NewestLetters(_ string, _ uint64, use func(event.Letter) bool) error {
	for i := len(b) - 1; i >= 0 && use(b[i]); i-- {
	}
	return nil
}

func TestADeadLetterNamesWhoeverIsInIt(t *testing.T) {
	t.Parallel()
	erased := map[person.ID]event.Instant{}
	for _, i := range []string{"user_id:ada", "user_id:17", "anonymous_id:phone-1", "email:ada@example.com", "phone:+493012345", "external:crm:K-9"} {
		who, err := person.ParseIdentity(i)
		require.NoError(t, err)
		erased[person.IDOf(0, who)] = noon
	}
	for body, named := range map[string]bool{
		`{"userId":"ada","event":""}`:                  true,
		`{"userId": 17}`:                               true,
		`{"user_id":17,"event"`:                        true,
		`{"anonymousId":"phone-1","event":`:            true,
		`{"traits":{"email":" ADA@example.com "}}`:     true,
		`{"traits":{"phone":"+49 30 12345"}}`:          true,
		`{"text":"say \"hello\" to ada@example.com."}`: true,
		`email=ada%40example.com&event=x`:              true,
		`ada,17,2026-01-01`:                            true,
		`{"context":{"externalIds":[{"id":"K-9","type":"crm","collection":"users"}]}}`: true,
		`{"userId":"\u0061da"}`: true,
		`{"userId":"adam","quantity":17,"email":"bada@example.com"}`:                            false,
		`{"userId":"bob","event":"Ask ada"}`:                                                    false,
		`{"context":{"externalIds":[{"id":"K-9","type":"erp","collection":"users"}]}}`:          false,
		`{"properties":{"ada":"a key is no name of anybody, but who would know: it goes too"}}`: true,
		``:  false,
		`"`: false,
	} {
		box := letterBox{{DeadLetter: event.DeadLetter{Raw: []byte(body)}, ReceivedAt: noon}}
		numbers, err := source.NewLetters(source.LettersOptions{Store: box}).Naming(erased)
		require.NoError(t, err)
		require.Equal(t, named, len(numbers) == 1, body)
	}
	box := letterBox{{DeadLetter: event.DeadLetter{Raw: []byte(`{"userId":"ada"}`)}, ReceivedAt: noon + 1}}
	numbers, err := source.NewLetters(source.LettersOptions{Store: box}).Naming(erased)
	require.NoError(t, err)
	require.Empty(t, numbers, "who comes back is a stranger")
}
