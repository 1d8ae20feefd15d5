import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { peopleQuery, workspaceQuery } from '@api/queries'
import type { Segment } from '@api/types'
import { moveFocus } from '@lib/moveFocus'
import { formatAgo, formatDay } from '@lib/formatTime'
import { Door } from '@ui/Door'
import { Empty, Failed, Skeleton } from '@ui/States'

const FIRST = 14

/** The first people of a segment; the door leads to all of them. */
export function Members({ segment: s }: { segment: Segment }): React.JSX.Element {
  const who = { segment: s.id }
  const { data, error, refetch } = useInfiniteQuery(peopleQuery(who))
  const { data: workspace } = useQuery(workspaceQuery)
  const people = data?.pages[0]?.people
  return (
    <section className="section" aria-labelledby="members">
      <h2 id="members">
        People <Door who={who} count={s.people} label={`people in ${s.name}`} className="segment-count" />
      </h2>
      {people && people.length > 0 && (
        <>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <ul className="list list-dense segment-members" onKeyDown={(e) => moveFocus(e, 'a')}>
            {people.slice(0, FIRST).map((p) => (
              <li key={p.id}>
                <Link to="/people/$id" params={{ id: p.id }} className="list-door clip" dir="auto">
                  {p.name}
                </Link>
                <span className="quiet">{workspace?.stages.find((stage) => stage.id === p.stage)?.name ?? p.stage}</span>
                <span className="quiet segment-last" title={p.last_own ? `Last act of their own: ${formatDay(p.last_own)}` : 'No act of their own yet'}>
                  {formatAgo(p.last_own, workspace?.now)}
                </span>
              </li>
            ))}
          </ul>
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
