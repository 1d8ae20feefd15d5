import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'

import { accountsQuery } from '@api/accounts'
import { workspaceQuery } from '@api/queries'
import type { AccountList } from '@api/types'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatAgo, formatMoment } from '@lib/formatTime'
import { moveFocus } from '@lib/moveFocus'
import { typeset } from '@lib/typeset'
import { Empty, Failed, Skeleton } from '@ui/States'

import './AccountsPage.css'

export function AccountsPage(): React.JSX.Element {
  const { query = '' } = useSearch({ from: '/accounts' })
  const navigate = useNavigate({ from: '/accounts' })
  const { data, error, refetch, isPlaceholderData } = useQuery(accountsQuery(query))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Accounts · Rapport</title>
      <div className="heading">
        <h1>Which companies and households do people belong to?</h1>
        <p className="answer">{data ? typeset(answerOf(data, query)) : '\u00a0'}</p>
      </div>
      {(query !== '' || (data && data.total > 0)) && (
        <form role="search" onSubmit={(e) => e.preventDefault()}>
          <input className="field account-search" type="search" aria-label="Search accounts by name or group" placeholder="Name or group" value={query} onChange={(e) => void navigate({ search: e.target.value ? { query: e.target.value } : {}, replace: true })} />
        </form>
      )}
      {data && data.accounts.length > 0 && <List of={data} stale={isPlaceholderData} />}
      {data?.accounts.length === 0 &&
        (query ? (
          <Empty title="No account is called that">Search for less.</Empty>
        ) : (
          <Empty title="No account has been met yet">
            An account appears with the first group call that names it: send one to <code>/v1/group</code> with a <code>groupId</code>.
          </Empty>
        ))}
      {!data && (error ? <Failed error={error} what="The accounts" retry={() => void refetch()} /> : <Skeleton rows={10} height={41} what="accounts" />)}
    </main>
  )
}

function List({ of: { accounts, total }, stale }: { of: AccountList; stale: boolean }): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery)
  const most = accounts[0]?.members ?? 0
  return (
    <section aria-label="Accounts" aria-busy={stale}>
      <div className="list-head account-head" aria-hidden="true">
        <span>Account</span>
        <span>Members</span>
        <span>Last heard of</span>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="list account-list" onKeyDown={(e) => moveFocus(e, 'a')}>
        {accounts.map((a) => (
          <li key={a.id}>
            <span className="clip">
              <Link to="/accounts/$id" params={{ id: a.id }} className="account-name list-door" dir="auto">
                {a.name}
              </Link>
              {a.group !== a.name && <span className="small quiet mono"> {a.group}</span>}
            </span>
            <span className="account-members">
              <span className="measure measure-right" aria-hidden="true">
                {a.members > 0 && <i style={{ width: `${(a.members / most) * 100}%` }} />}
              </span>
              {formatNumber(a.members)}
            </span>
            <span className="quiet account-last" title={formatMoment(a.last_seen)}>
              {formatAgo(a.last_seen, workspace?.now)}
            </span>
          </li>
        ))}
      </ul>
      {total > accounts.length && <p className="quiet account-rest">The {formatNumber(accounts.length)} with the most members are listed; search for the others.</p>}
    </section>
  )
}

function answerOf({ accounts, total }: AccountList, query: string): string {
  const largest = accounts[0]
  if (!largest) return query ? 'None answers to this search.' : 'No account has been met yet.'
  const who = `${largest.name}, has ${plural(largest.members, 'member', 'members')}`
  return `${plural(total, 'account', 'accounts')}${query ? ` for “${query}”` : ''}; the largest, ${who}.`
}
