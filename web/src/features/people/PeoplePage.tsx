import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'

import { peopleQuery, workspaceQuery } from '@api/queries'
import { filterOf } from '@lib/door'
import { formatNumber } from '@lib/formatNumber'
import { typeset } from '@lib/typeset'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Facets } from './Facets'
import { PeopleList } from './PeopleList'
import './PeoplePage.css'

export function PeoplePage(): React.JSX.Element {
  const filter = filterOf(useSearch({ from: '/people' }))
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage, isPlaceholderData } = useInfiniteQuery(peopleQuery(filter))
  const { data: workspace } = useQuery(workspaceQuery)
  const first = data?.pages[0]
  const people = data?.pages.flatMap((p) => p.people) ?? []
  const narrowed = Object.keys(filter).length > 0
  return (
    <main id="main" className="page people-page" tabIndex={-1}>
      <title>People · Rapport</title>
      <div className="heading">
        <h1>Who are they, and who moves first?</h1>
        <p className="answer">
          {first ? typeset(first.sentence) : '\u00a0'}
          {first && narrowed && workspace && <span className="quiet"> Of {formatNumber(workspace.people)} in all.</span>}
        </p>
      </div>
      <div className="people-columns">
        <Facets filter={filter} />
        <section className="people-main" aria-label="People" aria-busy={isPlaceholderData}>
          <div className="people-head" aria-hidden="true">
            <span>Name</span>
            <span>Stage</span>
            <span>Effort: us, them</span>
            <span>Last own act</span>
            <span>Value</span>
          </div>
          {first && people.length > 0 && <PeopleList people={people} total={first.total} more={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined} place={JSON.stringify(filter)} key={JSON.stringify(filter)} />}
          {first && people.length === 0 && (narrowed ? <Empty title="Nobody answers to this">Take away a filter at the left, or search for less.</Empty> : <NobodyYet />)}
          {!first && (error ? <Failed error={error} what="People" retry={() => void refetch()} /> : <Skeleton rows={14} height={48} what="people" />)}
        </section>
      </div>
    </main>
  )
}

const NobodyYet = (): React.JSX.Element => (
  <Empty title="Nobody has been met yet">
    People appear with their first event: send one to <code>/v1/identify</code> or <code>/v1/track</code>, or import history with <code>rapport import FILE --map MAP.yaml</code>.
  </Empty>
)
