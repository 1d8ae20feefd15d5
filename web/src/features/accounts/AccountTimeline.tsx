import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { accountTimelineQuery } from '@api/accounts'
import type { Account, AccountEntry } from '@api/types'
import { formatAgo, formatDay } from '@lib/formatTime'
import { moveFocus } from '@lib/moveFocus'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Empty, Failed, Skeleton } from '@ui/States'

/** Who came to an account and left it, and what was said of it, newest first. */
export function AccountTimeline({ account: a, now }: { account: Account; now: string | null }): React.JSX.Element {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(accountTimelineQuery(a.id))
  const entries = data?.pages.flatMap((p) => p.entries)
  return (
    <section className="section" aria-labelledby="account-timeline">
      <h2 id="account-timeline">What happened</h2>
      {entries && entries.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <ul className="list list-dense account-happened" onKeyDown={(e) => moveFocus(e, 'a')}>
          {entries.map((e, n) => (
            <li key={n}>
              <span className="account-person" dir="auto">
                <Said entry={e} />
              </span>
              <span className="quiet account-last" title={formatDay(e.time)}>
                {e.time ? formatAgo(e.time, now) : ''}
              </span>
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <p>
          <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show what was before
          </Button>
        </p>
      )}
      {entries?.length === 0 && <Empty title="Nothing has happened yet">Who comes and who leaves is noted here.</Empty>}
      {!entries && (error ? <Failed error={error} what="What happened" retry={() => void refetch()} /> : <Skeleton rows={5} height={33} what="what happened" />)}
    </section>
  )
}

function Said({ entry: e }: { entry: AccountEntry }): React.JSX.Element {
  if (e.what === 'traits') return <>{typeset(`Its traits were set: ${Object.keys(e.traits ?? {}).join(', ')}.`)}</>
  const who = e.person ? (
    <Link to="/people/$id" params={{ id: e.person }} className="door">
      {e.name}
    </Link>
  ) : (
    'Somebody'
  )
  if (e.what === 'left') return <>{who} left.</>
  return (
    <>
      {who} belongs to it{e.role ? `, as ${e.role}` : ''}.
    </>
  )
}
