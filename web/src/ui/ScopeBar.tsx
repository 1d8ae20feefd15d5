import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { FormEvent } from 'react'

import { segmentsQuery } from '@api/queries'
import { statesQuery } from '@api/states'
import type { ScopeView } from '@api/types'
import { doorSearch } from '@lib/door'
import { formatNumber } from '@lib/formatNumber'
import type { Scope } from '@lib/scope'

import { Button } from './Button'
import './ScopeBar.css'

interface Props {
  scope: Scope
  /** What the server made of it. */
  of: ScopeView | undefined
  /** What the page speaks of by itself. */
  usual: string
  /** The periods that may be chosen, in days. */
  periods: number[]
}

const nothing = { days: undefined, from: undefined, to: undefined }

/** Chooses the period and the people that a page speaks of. The address says which. */
export function ScopeBar({ scope, of, usual, periods }: Props): React.JSX.Element {
  const [custom, setCustom] = useState(false)
  const chosen = scope.from || scope.to ? 'custom' : (scope.days ?? '')
  const own = custom || chosen === 'custom'
  return (
    <div className="scope" role="group" aria-label="What this page speaks of">
      <div className="scope-periods" role="group" aria-label="Period">
        {['', ...periods.map(String)].map((days) => (
          <Link key={days} to="." search={(old: Record<string, unknown>) => ({ ...old, ...doorSearch({}), ...nothing, days: days || undefined })} resetScroll={false} className="scope-choice" aria-current={!own && chosen === days ? 'true' : undefined} data-chosen={!own && chosen === days} onClick={() => setCustom(false)}>
            {days ? `${days} days` : usual}
          </Link>
        ))}
        <button type="button" className="scope-choice" aria-expanded={own} data-chosen={own} onClick={() => setCustom(!custom)}>
          from … to
        </button>
      </div>
      <People scope={scope} />
      {own && <Days key={`${scope.from ?? ''} ${scope.to ?? ''}`} scope={scope} of={of} onDone={() => setCustom(false)} />}
      {of && chosen + (scope.segment ?? '') + (scope.state ?? '') !== '' && (
        <p className="small quiet scope-words" role="status">
          {of.sentence}
        </p>
      )}
    </div>
  )
}

function Days({ scope, of, onDone }: { scope: Scope; of: ScopeView | undefined; onDone: () => void }): React.JSX.Element {
  const navigate = useNavigate()
  const [from, setFrom] = useState(scope.from ?? of?.from?.slice(0, 10) ?? '')
  const [to, setTo] = useState(scope.to ?? of?.to?.slice(0, 10) ?? '')
  const wrong = from !== '' && to !== '' && from > to
  const apply = (event: FormEvent): void => {
    event.preventDefault()
    if (wrong) return
    onDone()
    void navigate({ to: '.', search: (old: Record<string, unknown>) => ({ ...old, ...doorSearch({}), ...nothing, from: from || undefined, to: to || undefined }), resetScroll: false })
  }
  return (
    <form className="scope-days" onSubmit={apply}>
      <label>
        From <input type="date" className="field" value={from} onChange={(e) => setFrom(e.target.value)} />
      </label>
      <label>
        to <input type="date" className="field" value={to} onChange={(e) => setTo(e.target.value)} aria-invalid={wrong} />
      </label>
      <Button type="submit" disabled={wrong}>
        Show
      </Button>
      {wrong && <span className="small bad">The end comes before the begin.</span>}
    </form>
  )
}

/** Everybody, a segment or a state. */
function People({ scope }: { scope: Scope }): React.JSX.Element {
  const navigate = useNavigate()
  const { data: segments } = useQuery({ ...segmentsQuery, refetchInterval: false })
  const { data: states } = useQuery({ ...statesQuery(28), refetchInterval: false })
  const value = scope.segment ? `segment ${scope.segment}` : scope.state ? `state ${scope.state}` : ''
  const choose = (to: string): void => {
    const [kind, id] = to.split(' ')
    void navigate({ to: '.', search: (old: Record<string, unknown>) => ({ ...old, ...doorSearch({}), segment: kind === 'segment' ? id : undefined, state: kind === 'state' ? id : undefined }), resetScroll: false })
  }
  const live = states?.states ?? []
  return (
    <label className="scope-people">
      <span className="hidden">People</span>
      <select className="field" value={value} onChange={(e) => choose(e.target.value)}>
        <option value="">Everybody</option>
        {scope.segment && !segments?.segments.some((s) => s.id === scope.segment) && <option value={value}>{scope.segment}</option>}
        {scope.state && !live.some((s) => s.id === scope.state) && <option value={value}>{scope.state}</option>}
        {(segments?.segments.length ?? 0) > 0 && (
          <optgroup label="In the segment">
            {segments?.segments.map((s) => (
              <option key={s.id} value={`segment ${s.id}`}>
                {s.name}
              </option>
            ))}
          </optgroup>
        )}
        {live.length > 0 && (
          <optgroup label="In the state">
            {[...live].reverse().map((s) => (
              <option key={s.id} value={`state ${s.id}`}>
                {s.name} ({formatNumber(s.people)})
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  )
}
