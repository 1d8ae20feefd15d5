import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'

import { accountMembersQuery, accountQuery } from '@api/accounts'
import { workspaceQuery } from '@api/queries'
import type { Account } from '@api/types'
import { featureName, featureValue, traitValue } from '@lib/featureValue'
import { plural } from '@lib/formatNumber'
import { formatAgo, formatDay } from '@lib/formatTime'
import { moveFocus } from '@lib/moveFocus'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Facts } from '@ui/Facts'
import { Empty, Failed, Skeleton } from '@ui/States'

import { AccountTimeline } from './AccountTimeline'

import './AccountsPage.css'

export function AccountPage(): React.JSX.Element {
  const { id } = useParams({ from: '/accounts/$id' })
  const { data: account, error, refetch } = useQuery(accountQuery(id))
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>{`${account?.name ?? 'Account'} · Rapport`}</title>
      {account ? <Loaded account={account} /> : error ? <Failed error={error} what="This account" retry={() => void refetch()} /> : <Skeleton rows={10} height={56} what="the account" />}
    </main>
  )
}

function Loaded({ account: a }: { account: Account }): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery)
  const now = workspace?.now ?? null
  const heard = a.last_seen ? ` It was last heard of ${formatAgo(a.last_seen, now)} and first on ${formatDay(a.first_seen)}.` : ''
  return (
    <>
      <div className="heading">
        <h1>Who belongs to this account, and what do they come to together?</h1>
        <p className="account-title" dir="auto">
          {a.name}
        </p>
        <p className="answer">{typeset(`${a.members === 0 ? 'Nobody belongs to it now.' : `${plural(a.members, 'person belongs', 'people belong')} to it.`}${heard}`)}</p>
        <p className="quiet">
          Called <span className="mono">{a.group}</span> by the company’s own systems.
        </p>
      </div>
      <div className="columns">
        <div className="column">
          <Members account={a} now={now} />
          <AccountTimeline account={a} now={now} />
        </div>
        <div className="column">
          <Facts title="Features, added up over its members" none="No features are defined." rows={a.features.map((f) => [featureName(f), <span key={f.id} title={`from ${plural(f.members, 'member', 'members')}`}>{featureValue(f, now)}</span>])} />
          <Facts title="Traits" none="Nothing was declared." rows={a.traits.map((t) => [t.name, <span key={t.name} dir="auto">{traitValue(t.value)}</span>])} />
        </div>
      </div>
    </>
  )
}

function Members({ account: a, now }: { account: Account; now: string | null }): React.JSX.Element {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(accountMembersQuery(a.id))
  const members = data?.pages.flatMap((p) => p.members)
  return (
    <section className="section" aria-labelledby="members">
      <h2 id="members">Members</h2>
      {members && members.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <ul className="list list-dense account-people" onKeyDown={(e) => moveFocus(e, 'a')}>
          {members.map((m) => (
            <li key={m.person}>
              <Link to="/people/$id" params={{ id: m.person }} className="account-person list-door clip" dir="auto">
                {m.name}
              </Link>
              <span className="quiet">{m.role}</span>
              <span className="quiet account-last" title={formatDay(m.since)}>
                since {m.since ? formatAgo(m.since, now) : 'some time'}
              </span>
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <p>
          <Button look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more members
          </Button>
        </p>
      )}
      {members?.length === 0 && <Empty title="Nobody belongs to it now">People join with the group call that names it.</Empty>}
      {!members && (error ? <Failed error={error} what="The members" retry={() => void refetch()} /> : <Skeleton rows={8} height={33} what="members" />)}
    </section>
  )
}
