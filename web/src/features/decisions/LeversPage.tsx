import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { leverCostQuery, leversQuery, usePull, useRelease } from '@api/decisions'
import { goalQuery, goalsQuery, workspaceQuery } from '@api/queries'
import type { Lever, LeverCost, LeverRequest } from '@api/types'
import { formatUnits } from '@lib/formatMoney'
import { plural } from '@lib/formatNumber'
import { formatMoment } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { Estimate } from '@ui/Estimate'
import { Refused } from '@ui/Refused'
import { Empty, Failed, Skeleton } from '@ui/States'

import { ActionName } from '@ui/ActionName'
import { leverWords } from './words'
import './Decisions.css'

/** Where people hold what is decided in their hands. */
export function LeversPage(): React.JSX.Element {
  const { data, error, refetch } = useQuery(leversQuery)
  const release = useRelease()
  const pull = usePull()
  const [released, setReleased] = useState<Lever>()
  const undo = (l: Lever): void => pull.mutate(again(l), { onSuccess: () => setReleased(undefined) })
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Levers · Rapport</title>
      <div className="heading">
        <h1>What do we hold in our own hands?</h1>
        <p className="answer">{data ? (data.levers.length === 0 ? 'Nothing: everything is decided by what was learned.' : `${plural(data.levers.length, 'lever is', 'levers are')} on. What they cost is written beside every decision that they turn.`) : '\u00a0'}</p>
      </div>
      {data && (
        <ul className="rows levers">
          {data.levers.map((l) => (
            <li key={l.id}>
              <div>
                <p>
                  <strong>
                    {leverWords[l.kind]}
                    {l.kind === 'boost' && l.factor !== undefined && ` × ${l.factor}`}
                  </strong>{' '}
                  <What of={l} />
                </p>
                <p className="small quiet">
                  Since {formatMoment(l.since)}
                  {l.until && `, until ${formatMoment(l.until)}`}
                  {l.by && `, by ${l.by}`}
                  {l.why && `: ${l.why}`}
                </p>
                <CostOf lever={l.id} />
              </div>
              <Button onClick={() => release.mutate(l.id, { onSuccess: () => setReleased(l) })} disabled={release.isPending}>
                Release
              </Button>
            </li>
          ))}
        </ul>
      )}
      {released && (
        <p role="status">
          The lever was released. <Button onClick={() => undo(released)}>Undo</Button>
        </p>
      )}
      <Refused error={release.error ?? pull.error} />
      {data?.levers.length === 0 && <Empty title="No lever is on">A lever pins, boosts, blocks or pauses an action, a channel, a goal or everything, at once and until it is released.</Empty>}
      {!data && (error ? <Failed error={error} what="The levers" retry={() => void refetch()} /> : <Skeleton rows={3} height={56} what="levers" />)}
      <Cost />
      <Pull />
    </main>
  )
}

const free: LeverCost['total'] = { value: 0, low: 0, high: 0, people: 0, enough: true }

/** What one lever had a part in. */
function CostOf({ lever }: { lever: string }): React.JSX.Element | null {
  const { data } = useQuery(leverCostQuery)
  if (!data) return null
  const of = data.levers.find((l) => l.id === lever)
  if (!of) return <p className="small quiet">It has turned no decision yet.</p>
  return (
    <p className="small">
      <Link to="/decisions" search={{ lever }}>
        {plural(of.decisions, 'decision', 'decisions')}
      </Link>{' '}
      <span className="quiet">turned, at a cost of</span> <Estimate of={of.total} format={(v) => formatUnits(v, data.currency)} bare />
    </p>
  )
}

/** What all levers cost so far, those included that were released. */
function Cost(): React.JSX.Element {
  const { data, error, refetch } = useQuery(leverCostQuery)
  if (!data) return error ? <Failed error={error} what="What levers cost" retry={() => void refetch()} /> : <Skeleton rows={1} height={56} what="what levers cost" />
  const total = data.decisions === 0 ? free : data.total
  const money = (v: number): string => formatUnits(v, data.currency)
  const near = Math.min(0, total.low)
  return (
    <section className="section" aria-labelledby="cost">
      <h2 id="cost">What they cost</h2>
      <dl className="facts">
        <div>
          <dt>Since the beginning</dt>
          <dd>
            <Estimate of={total} format={money} domain={[near, Math.max(near + 0.01, total.high * 1.1)]} />
          </dd>
        </div>
        <div>
          <dt>Decisions turned</dt>
          <dd>
            {data.decisions === 0 ? (
              '0'
            ) : (
              <Link to="/decisions" search={{ outcome: 'levered' }}>
                {plural(data.decisions, 'decision', 'decisions')}
              </Link>
            )}
          </dd>
        </div>
      </dl>
      <p className="small quiet">
        {data.sentence} At each decision that a lever makes a difference to, what was expected without levers less what was expected with them, by what was learned by then. What a decision that several turn cost counts for each of them.
      </p>
    </section>
  )
}

/** The same lever, to be moved anew. */
function again(l: Lever): LeverRequest {
  const { kind, on, goal, action, message, channel, factor, until, by, why } = l
  return Object.fromEntries(Object.entries({ kind, on, goal, action, message, channel, factor, until, by, why }).filter(([, v]) => v)) as unknown as LeverRequest
}

/** What a lever is on. */
function What({ of: l }: { of: Lever }): React.JSX.Element {
  const { data: goals } = useQuery(goalsQuery)
  const goal = goals?.goals.find((g) => g.id === l.goal)?.name ?? l.goal
  switch (l.on) {
    case 'everything':
      return <>everything</>
    case 'channel':
      return <>whatever goes by {l.channel}</>
    case 'goal':
      return <>{goal}</>
    default:
      return (
        <>
          <ActionName goal={l.goal} action={l.action ?? ''} />
          {l.on === 'message' && ` (${l.message})`} <span className="quiet">of {goal}</span>
        </>
      )
  }
}

const kinds: [LeverRequest['kind'], string][] = [
  ['pause', 'Pause for some days'],
  ['block', 'Block until it is released'],
  ['boost', 'Boost: multiply its odds'],
  ['pin', 'Pin: who may have it gets it'],
]

function Pull(): React.JSX.Element {
  const { data: goals } = useQuery(goalsQuery)
  const { data: workspace } = useQuery(workspaceQuery)
  const pull = usePull()
  const [kind, setKind] = useState<LeverRequest['kind']>('pause')
  const [target, setTarget] = useState('everything')
  const [days, setDays] = useState(7)
  const [factor, setFactor] = useState(2)
  const [why, setWhy] = useState('')
  const [on = 'everything', first = '', second = ''] = target.split('\n')
  const { data: goal } = useQuery({ ...goalQuery(first), enabled: on === 'goal' || on === 'action' })
  const send = (e: React.FormEvent): void => {
    e.preventDefault()
    const now = new Date(workspace?.now ?? Date.now()).getTime()
    pull.mutate(
      {
        kind,
        on: on as LeverRequest['on'],
        ...(on === 'goal' || on === 'action' ? { goal: first } : {}),
        ...(on === 'action' ? { action: second } : {}),
        ...(on === 'channel' ? { channel: first } : {}),
        ...(kind === 'pause' ? { until: new Date(now + days * 86_400_000).toISOString() } : {}),
        ...(kind === 'boost' ? { factor } : {}),
        ...(why ? { why } : {}),
      },
      { onSuccess: () => setWhy('') },
    )
  }
  return (
    <section className="section" aria-labelledby="pull">
      <h2 id="pull">Move a lever</h2>
      <form className="decision-narrow" onSubmit={send}>
        <label className="decision-choice">
          <span className="small quiet">What to do</span>
          <select className="field" value={kind} onChange={(e) => setKind(e.target.value as LeverRequest['kind'])}>
            {kinds.map(([id, words]) => (
              <option key={id} value={id}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label className="decision-choice">
          <span className="small quiet">With what</span>
          <select className="field" value={on === 'action' ? `goal\n${first}` : target} onChange={(e) => setTarget(e.target.value)}>
            <option value="everything">everything</option>
            {(goals?.goals ?? []).map((g) => (
              <option key={g.id} value={`goal\n${g.id}`}>
                the goal {g.name}
              </option>
            ))}
            {(workspace?.channels ?? []).map((c) => (
              <option key={c} value={`channel\n${c}`}>
                whatever goes by {c}
              </option>
            ))}
          </select>
        </label>
        {(on === 'goal' || on === 'action') && (
          <label className="decision-choice">
            <span className="small quiet">Of it</span>
            <select className="field" value={second} onChange={(e) => setTarget(e.target.value ? `action\n${first}\n${e.target.value}` : `goal\n${first}`)}>
              <option value="">all of it</option>
              {(goal?.actions ?? []).map((a) => (
                <option key={a.id} value={a.id}>
                  {a.name}
                </option>
              ))}
            </select>
          </label>
        )}
        {kind === 'pause' && (
          <label className="decision-choice">
            <span className="small quiet">Days</span>
            <input className="field" type="number" min={1} max={365} value={days} onChange={(e) => setDays(Number(e.target.value))} />
          </label>
        )}
        {kind === 'boost' && (
          <label className="decision-choice">
            <span className="small quiet">Times</span>
            <input className="field" type="number" min={0.1} max={100} step={0.1} value={factor} onChange={(e) => setFactor(Number(e.target.value))} />
          </label>
        )}
        <label className="decision-choice decision-choice-wide">
          <span className="small quiet">Why, for whoever asks later</span>
          <input className="field" maxLength={2000} value={why} onChange={(e) => setWhy(e.target.value)} />
        </label>
        <Button type="submit" look="main" disabled={pull.isPending}>
          Move it
        </Button>
      </form>
      <Refused error={pull.error} />
    </section>
  )
}
