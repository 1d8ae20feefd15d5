import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'

import { peopleQuery } from '@api/queries'
import type { Filter } from '@api/types'
import { doorOf, doorSearch } from '@lib/door'
import { typeset } from '@lib/typeset'
import { Panel } from '@ui/Panel'
import { Empty, Failed, Skeleton } from '@ui/States'

import { PeopleList } from './PeopleList'

/** The people behind a number, on whatever page it stands. The address says who. */
export function PeoplePanel(): React.JSX.Element | null {
  const who = doorOf(useSearch({ strict: false }))
  return who && <Open who={who} />
}

function Open({ who }: { who: Filter }): React.JSX.Element {
  const navigate = useNavigate()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({ ...peopleQuery(who), placeholderData: undefined })
  const close = (): void => void navigate({ to: '.', search: (old: Record<string, unknown>) => ({ ...old, ...doorSearch({}) }), resetScroll: false })
  const first = data?.pages[0]
  const people = data?.pages.flatMap((p) => p.people) ?? []
  return (
    <Panel
      title={first ? typeset(first.sentence) : 'People'}
      onClose={close}
      foot={
        <Link to="/people" search={who} className="button">
          Open in People
        </Link>
      }
    >
      {first && people.length === 0 && (
        <div className="panel-pad">
          <Empty title="Nobody">Nobody answers to this just now.</Empty>
        </div>
      )}
      {first && people.length > 0 && <PeopleList people={people} total={first.total} compact more={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined} place={`panel ${JSON.stringify(who)}`} />}
      {!first && (
        <div className="panel-pad">{error ? <Failed error={error} what="These people" retry={() => void refetch()} /> : <Skeleton rows={10} height={56} what="people" />}</div>
      )}
    </Panel>
  )
}
