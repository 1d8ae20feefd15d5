import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'

import { sourcesQuery } from '@api/sourceQueries'
import type { LiveEvent } from '@api/types'
import { curl } from '@lib/curl'
import { plural } from '@lib/formatNumber'
import { formatSecond } from '@lib/formatTime'
import { Button } from '@ui/Button'
import { Copy } from '@ui/Copy'
import { cx } from '@ui/cx'
import { Empty } from '@ui/States'

import { useArrivals } from './useArrivals'
import './Arrivals.css'

const route = getRouteApi('/live')
const outcomes = [
  ['', 'whatever becomes of it'],
  ['accepted', 'accepted'],
  ['rejected', 'rejected'],
  ['turned_away', 'turned away'],
] as const
const kinds = ['identify', 'track', 'page', 'screen', 'group', 'alias']

/** Events as they arrive, before anything is made of them. */
export function ArrivalsPage(): React.JSX.Element {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [paused, setPaused] = useState(false)
  const { data: sources } = useQuery(sourcesQuery)
  const { events, dropped, state } = useArrivals({ source: search.source, kind: search.kind, event: search.event, outcome: search.outcome }, paused)
  const set = (name: 'source' | 'kind' | 'event' | 'outcome', value: string): void => void navigate({ search: { ...search, [name]: value || undefined }, replace: true })
  return (
    <main id="main" className="page" tabIndex={-1}>
      <title>Live events · Rapport</title>
      <div className="heading">
        <h1>What is arriving now?</h1>
        <p className="answer" aria-live="polite">
          {paused ? 'Paused: nothing moves until you go on.' : { opening: 'Listening.', open: events.length === 0 ? 'Listening: nothing has arrived yet.' : 'Listening.', lost: 'The connection was lost; trying again.' }[state]}
        </p>
      </div>
      <form className="arrivals-filter" onSubmit={(e) => e.preventDefault()}>
        <label>
          <span className="small quiet">Source</span>
          <select value={search.source ?? ''} onChange={(e) => set('source', e.target.value)}>
            <option value="">every source</option>
            {sources?.sources.map((s) => (
              <option key={s.id} value={s.id}>
                {s.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span className="small quiet">Kind</span>
          <select value={search.kind ?? ''} onChange={(e) => set('kind', e.target.value)}>
            <option value="">every kind</option>
            {kinds.map((k) => (
              <option key={k}>{k}</option>
            ))}
          </select>
        </label>
        <label>
          <span className="small quiet">Event</span>
          <input defaultValue={search.event ?? ''} placeholder="Order Completed" onBlur={(e) => set('event', e.target.value.trim())} onKeyDown={(e) => e.key === 'Enter' && set('event', e.currentTarget.value.trim())} />
        </label>
        <label>
          <span className="small quiet">Outcome</span>
          <select value={search.outcome ?? ''} onChange={(e) => set('outcome', e.target.value)}>
            {outcomes.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Button onClick={() => setPaused(!paused)}>{paused ? 'Go on' : 'Pause'}</Button>
      </form>
      {dropped > 0 && <p className="small quiet">{plural(dropped, 'event', 'events')} went by that this page could not show.</p>}
      {events.length === 0 ? (
        <Empty title="Nothing has arrived yet">
          <p>Send an event with the write key of a source:</p>
          <Copy text={curl('WRITE_KEY')} what="the command" lines />
        </Empty>
      ) : (
        <ul className="arrivals">
          {events.map((e) => (
            <Arrival key={e.id} event={e} />
          ))}
        </ul>
      )}
    </main>
  )
}

function Arrival({ event: e }: { event: LiveEvent }): React.JSX.Element {
  const [open, setOpen] = useState(false)
  const details = [e.properties, e.traits, e.context].filter((part) => part !== undefined && part !== null)
  return (
    <li className={cx(e.outcome !== 'accepted' && 'arrival-refused')}>
      <div className="arrival">
        <span className="small quiet nowrap">{formatSecond(e.at)}</span>
        <button type="button" className="arrival-name" aria-expanded={open} onClick={() => setOpen(!open)}>
          {e.name && e.kind !== 'group' && e.kind !== 'alias' ? e.name : (e.kind ?? e.path)}
        </button>
        <span className="small quiet">{e.outcome === 'accepted' ? `${e.kind ?? ''}${e.bot ? ', of a robot' : ''}` : `${e.outcome === 'rejected' ? 'rejected' : 'turned away'}: ${e.field ? `${e.field}, ` : ''}${e.message ?? ''}`}</span>
        <span className="small nowrap">
          {e.person && !e.bot ? (
            <Link to="/people/$id" params={{ id: e.person }} className="door">
              {e.user_id || e.anonymous_id || 'person'}
            </Link>
          ) : (
            (e.user_id ?? e.anonymous_id ?? '')
          )}
        </span>
        <span className="small quiet nowrap">{e.source}</span>
      </div>
      {open && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className="mono arrival-detail" tabIndex={0} role="region" aria-label="What was sent">
          {e.body ?? (details.length > 0 ? details.map((part) => JSON.stringify(part, null, 2)).join('\n') : 'Nothing more was sent, or it is too long to be shown here.')}
        </pre>
      )}
    </li>
  )
}
