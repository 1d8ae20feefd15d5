import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'

import { decisionPath, decisionsQuery } from '@api/decisions'
import type { DecisionFilter, DecisionKey } from '@api/decisions'
import { goalsQuery, workspaceQuery } from '@api/queries'
import type { DecisionRow } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { formatPercent } from '@lib/formatPercent'
import { formatMoment } from '@lib/formatTime'
import { moveFocus } from '@lib/moveFocus'
import { Silence } from '@lib/silence'
import { typeset } from '@lib/typeset'
import { Button } from '@ui/Button'
import { Empty, Failed, Skeleton } from '@ui/States'

import { ActionName } from '@ui/ActionName'
import { outcomeNames, stepWords } from './words'
import './Decisions.css'

/** What was decided, about whom, and what came of it: the newest first. */
export function DecisionsPage(): React.JSX.Element {
  const filter = useSearch({ from: '/decisions' })
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(decisionsQuery(filter))
  const { data: workspace } = useQuery(workspaceQuery)
  const rows = data?.pages.flatMap((p) => p.decisions)
  const asked = Object.keys(filter).length > 0
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Decisions · Rapport</title>
      <div className="heading">
        <h1>What was decided, and why?</h1>
        <p className="answer">One decision at a time, each with everything that competed, silence too.</p>
      </div>
      <Narrow filter={filter} />
      {rows && rows.length > 0 && <List rows={rows} currency={workspace?.currency ?? ''} />}
      {rows?.length === 0 && (
        <Empty title={asked ? 'No decision is like that' : 'Nothing was decided yet'}>
          {asked ? (
            <Link to="/decisions" className="door">
              Show all decisions
            </Link>
          ) : (
            'A decision is made when something happens to a person whom a goal concerns, or when time has passed. It takes some seconds until it is here.'
          )}
        </Empty>
      )}
      {!rows && (error ? <Failed error={error} what="The decisions" retry={() => void refetch()} /> : <Skeleton rows={10} height={64} what="decisions" />)}
      {hasNextPage && (
        <p>
          <Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
            {isFetchingNextPage ? 'Loading older ones' : 'Show older ones'}
          </Button>
        </p>
      )}
    </main>
  )
}

function List({ rows, currency }: { rows: DecisionRow[]; currency: string }): React.JSX.Element {
  return (
    <div>
      <div className="list-head decision-columns" aria-hidden="true">
        <span>When, and who</span>
        <span>What was chosen, and why</span>
        <span>What came of it</span>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="list" onKeyDown={(e) => moveFocus(e, '.list-door')}>
        {rows.map((d) => (
          <li key={d.id} className="decision-columns">
            <span>
              <span className="decision-when">{formatMoment(d.at)}</span>
              <span className="small quiet decision-who" dir="auto">
                {d.name ?? 'not known by name'}
              </span>
            </span>
            <span>
              <Link to="/decisions/$id" params={{ id: decisionPath(d.id) }} className="list-door decision-what">
                <ActionName goal={d.goal} action={d.action} />
              </Link>
              <span className="quiet">
                {d.channel && ` by ${d.channel}`}, with a probability of {formatPercent(d.probability)}
              </span>
              <span className="small quiet decision-why">{typeset(d.reason)}</span>
            </span>
            <span className="small">
              {d.action === Silence ? '' : stepWords(d.step)}
              {d.outcomes.map((o) => (
                <span key={o.window} className="decision-came quiet">
                  {formatUnits(o.margin, currency)} in {o.window} days
                </span>
              ))}
              {d.forgone !== undefined && d.forgone > 0 && <span className="decision-came bad">a lever cost {formatUnits(d.forgone, currency)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Narrows the list: the address says by what. */
function Narrow({ filter }: { filter: DecisionFilter }): React.JSX.Element {
  const navigate = useNavigate()
  const { data: goals } = useQuery(goalsQuery)
  const { data: workspace } = useQuery(workspaceQuery)
  const set = (key: DecisionKey, value: string): void => void navigate({ to: '/decisions', search: { ...filter, ...(key === 'goal' ? { action: undefined } : {}), [key]: value || undefined }, replace: true })
  return (
    <form className="decision-narrow" role="search" onSubmit={(e) => e.preventDefault()}>
      <Choice name="Goal" value={filter.goal ?? ''} of={(goals?.goals ?? []).map((g) => [g.id, g.name])} onChoose={(v) => set('goal', v)} />
      <Choice name="Came to" value={filter.outcome ?? ''} of={Object.entries(outcomeNames)} onChoose={(v) => set('outcome', v)} />
      <Choice name="Channel" value={filter.channel ?? ''} of={(workspace?.channels ?? []).map((c) => [c, c])} onChoose={(v) => set('channel', v)} />
      <Choice
        name="How"
        value={filter.policy ?? ''}
        of={[
          ['thompson/1', 'by what was learned'],
          ['fair/1', 'by a fair draw'],
        ]}
        onChoose={(v) => set('policy', v)}
      />
      {filter.lever && <Button onClick={() => set('lever', '')}>Only those that a lever turned ×</Button>}
      {filter.action && (
        <Button onClick={() => set('action', '')}>
          Only <ActionName goal={filter.goal} action={filter.action} /> ×
        </Button>
      )}
      {filter.person && <Button onClick={() => set('person', '')}>Of one person ×</Button>}
    </form>
  )
}

interface ChoiceProps {
  name: string
  value: string
  of: [string, string][]
  onChoose: (value: string) => void
}

function Choice({ name, value, of, onChoose }: ChoiceProps): React.JSX.Element {
  return (
    <label className="decision-choice">
      <span className="small quiet">{name}</span>
      <select className="field" value={value} onChange={(e) => onChoose(e.target.value)}>
        <option value="">any</option>
        {of.map(([id, words]) => (
          <option key={id} value={id}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
