import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect } from 'react'

import { requestsQuery } from '@api/requests'
import type { RequestList, RequestRow } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { useHotkeys } from '@lib/useHotkeys'
import { Empty, Failed, Skeleton } from '@ui/States'

import { Request } from './Request'
import { RequestItems } from './RequestItems'
import './Inbox.css'

const route = getRouteApi('/inbox')

/** What people have to see to: the list, the conversation, and whose it is. */
export function InboxPage(): React.JSX.Element {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery(requestsQuery(search))
  const rows = data?.requests ?? []
  const at = rows.findIndex((r) => r.id === search.request && r.person === search.person)
  const open = (r: RequestRow | undefined, replace = false): void => {
    if (r) void navigate({ search: { ...search, person: r.person, request: r.id }, replace, resetScroll: false })
  }
  useHotkeys({ j: () => open(rows[Math.min(at + 1, rows.length - 1)]), k: () => open(rows[Math.max(at - 1, 0)]) })
  const wide = typeof window !== 'undefined' && window.matchMedia('(min-width: 900px)').matches
  const first = rows[0]
  useEffect(() => {
    if (wide && first && !search.request) void navigate({ search: { ...search, person: first.person, request: first.id }, replace: true, resetScroll: false })
  }, [wide, first, search, navigate])
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Inbox · Rapport</title>
      <div className="heading">
        <h1>Who waits for an answer?</h1>
        <p className="answer">{data ? answer(data, search.status) : '\u00a0'}</p>
      </div>
      <nav aria-label="Which requests" className="inbox-which">
        <Which name="Open" search={{ ...search, status: undefined, person: undefined, request: undefined }} current={search.status !== 'closed'} />
        <Which name="Closed" search={{ ...search, status: 'closed', person: undefined, request: undefined }} current={search.status === 'closed'} />
        <span className="inbox-of small quiet">of</span>
        <Which name="everybody" search={{ ...search, owner: undefined }} current={!search.owner} />
        <Which name="nobody yet" search={{ ...search, owner: 'nobody' }} current={search.owner === 'nobody'} />
        {data?.owners.map((o) => (
          <Which key={o} name={o} search={{ ...search, owner: o }} current={search.owner === o} />
        ))}
      </nav>
      {!data && (error ? <Failed error={error} what="The requests" retry={() => void refetch()} /> : <Skeleton rows={6} height={64} what="requests" />)}
      {data && rows.length === 0 && (
        <Empty title="Nobody waits">What people say that no conversation knows, complaints and failed payments come here by the rules under requests in the definitions.</Empty>
      )}
      {rows.length > 0 && (
        <div className="inbox" data-open={search.request !== undefined}>
          <RequestItems rows={rows} more={data?.more ?? false} current={search.request} onOpen={(r) => open(r)} />
          {search.person && search.request && <Request key={search.request} person={search.person} id={search.request} canned={data?.canned ?? []} />}
        </div>
      )}
    </main>
  )
}

function Which({ name, search, current }: { name: string; search: Record<string, string | undefined>; current: boolean }): React.JSX.Element {
  return (
    <Link to="/inbox" search={search} aria-current={current ? 'page' : undefined}>
      {name}
    </Link>
  )
}

function answer({ total, overdue }: RequestList, status: string | undefined): string {
  if (status === 'closed') return `${plural(total, 'request was', 'requests were')} closed lately.`
  if (total === 0) return 'Nobody: everything that people asked for has been seen to.'
  const late = overdue === 0 ? 'none of them too long.' : overdue === total ? 'all of them too long.' : `${formatNumber(overdue)} of them too long.`
  return `${plural(total, 'request waits', 'requests wait')}, ${late}`
}
