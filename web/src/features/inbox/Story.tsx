import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { personQuery, timelineQuery } from '@api/queries'
import { formatMoment } from '@lib/formatTime'
import { Failed, Skeleton } from '@ui/States'

const most = 40

/** Whose request it is: who they are, and what happened lately. */
export function Story({ person }: { person: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery(personQuery(person))
  const { data: past } = useInfiniteQuery(timelineQuery(person))
  const events = past?.pages.flatMap((p) => p.events).slice(0, most) ?? []
  return (
    <aside className="inbox-story" aria-labelledby="story">
      <h2 id="story">
        {data ? (
          <Link to="/people/$id" params={{ id: data.id }} className="door">
            {data.name}
          </Link>
        ) : (
          'Their story'
        )}
      </h2>
      {!data && (error ? <Failed error={error} what="The person" retry={() => void refetch()} /> : <Skeleton rows={5} height={32} what="the person" />)}
      {data && <p>{data.sentence}</p>}
      <ol className="story">
        {events.map((e, i) => (
          <li key={i}>
            <span className="small quiet">{formatMoment(e.time)}</span> {e.sentence}
          </li>
        ))}
      </ol>
    </aside>
  )
}
