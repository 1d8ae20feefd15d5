import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { peopleQuery } from '@api/queries'
import type { Segment } from '@api/types'
import { Door } from '@ui/Door'
import { Empty, Failed, Skeleton } from '@ui/States'

import { MemberList } from './MemberList'

const FIRST = 14

/** The first people of a segment; the door leads to all of them. */
export function Members({ segment: s }: { segment: Segment }): React.JSX.Element {
  const who = { segment: s.id }
  const { data, error, refetch } = useInfiniteQuery(peopleQuery(who))
  const people = data?.pages[0]?.people
  return (
    <section className="section" aria-labelledby="members">
      <h2 id="members">
        People <Door who={who} count={s.people} label={`people in ${s.name}`} className="segment-count" />
      </h2>
      {people && people.length > 0 && (
        <>
          <MemberList people={people.slice(0, FIRST)} />
          <p>
            <Link to="/people" search={who} className="button">
              Open in People
            </Link>
          </p>
        </>
      )}
      {people?.length === 0 && <Empty title="Nobody belongs to it now">Whoever the rule comes to apply to will stand here.</Empty>}
      {!people && (error ? <Failed error={error} what="The people" retry={() => void refetch()} /> : <Skeleton rows={FIRST} height={33} what="people" />)}
    </section>
  )
}
