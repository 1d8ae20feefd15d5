import { useQuery, useQueries } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { goalsQuery, mapQuery, segmentsQuery, totalQuery, workspaceQuery } from '@api/queries'
import type { Filter, FilterKey } from '@api/types'
import { formatNumber } from '@lib/formatNumber'
import { moveFocus } from '@lib/moveFocus'
import { Button } from '@ui/Button'

import { withFacet } from './facet'

const efforts: [string, string][] = [
  ['outreach', 'Outreach'],
  ['response', 'Response'],
  ['unprompted', 'Unprompted'],
]
const continuations: [string, string][] = [
  ['yes', 'Came back'],
  ['no', 'Did not come back'],
  ['open', 'Still within the window'],
]
const armNames: [string, string][] = [
  ['treated', 'Treated'],
  ['holdout', 'Held out, either way'],
  ['goal_holdout', 'Held out of this goal'],
  ['global_holdout', 'Held out of everything'],
]
const outcomes: [string, string][] = [
  ['reached', 'Reached it'],
  ['chosen', 'An action was chosen'],
  ['silent', 'Silence was chosen'],
  ['sent', 'Was sent something'],
  ['held', 'Something was held back'],
]

export function Facets({ filter }: { filter: Filter }): React.JSX.Element {
  const navigate = useNavigate({ from: '/people' })
  const [open, setOpen] = useState(false)
  const { data: map } = useQuery({ ...mapQuery, refetchInterval: false })
  const { data: goals } = useQuery({ ...goalsQuery, refetchInterval: false })
  const { data: segments } = useQuery({ ...segmentsQuery, refetchInterval: false })
  const set = (key: FilterKey, value: string): void => void navigate({ search: withFacet(filter, key, value), replace: key === 'query' })
  const choose = (key: FilterKey, label: string, any: string, options: [string, string][]): React.JSX.Element => <Choice key={key} label={label} any={any} value={filter[key] ?? ''} options={options} onChange={(v) => set(key, v)} />
  const touchpoints = map?.touchpoints.map((t): [string, string] => [t.id, t.name]) ?? []
  return (
    <form className="facets" data-open={open} role="search" onSubmit={(e) => e.preventDefault()}>
      <div className="facets-search">
        <Search value={filter.query ?? ''} onChange={(v) => set('query', v)} />
        <Button className="facets-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          Filter
        </Button>
      </div>
      <Chips filter={filter} onRemove={(key) => set(key, '')} />
      <Stages filter={filter} />
      {(filter.segment || (segments?.segments.length ?? 0) > 0) && (
        <div className="facet facet-more">
          <h3>Segment</h3>
          {choose('segment', 'Segment', 'Any segment or none', segments?.segments.map((s) => [s.id, s.name]) ?? [])}
        </div>
      )}
      <div className="facet facet-more">
        <h3>Met at</h3>
        {choose('touchpoint', 'Touchpoint', 'Any touchpoint', touchpoints)}
        {choose('effort', 'Effort', 'Whoever made the effort', efforts)}
        {(filter.touchpoint || filter.continued) && choose('continued', 'Afterwards', 'Came back or not', continuations)}
        {filter.touchpoint && choose('next', 'Next', 'Wherever they went next', [...touchpoints, ['none', 'Nowhere']])}
      </div>
      <div className="facet facet-more">
        <h3>Goal</h3>
        {choose('goal', 'Goal', 'Any goal or none', goals?.goals.map((g) => [g.id, g.name]) ?? [])}
        {filter.goal && choose('arm', 'Arm', 'Either arm', armNames)}
        {filter.goal && choose('outcome', 'Outcome', 'Whatever came of it', outcomes)}
      </div>
      {(map?.unmapped.length ?? 0) > 0 && (
        <div className="facet facet-more">
          <h3>Event not on the map</h3>
          {choose('event', 'Event', 'Any event', map?.unmapped.map((u) => [u.event, u.event]) ?? [])}
        </div>
      )}
    </form>
  )
}

function Search({ value, onChange }: { value: string; onChange: (value: string) => void }): React.JSX.Element {
  const [text, setText] = useState(value)
  const [from, setFrom] = useState(value)
  if (from !== value) {
    setFrom(value)
    setText(value)
  }
  useEffect(() => {
    if (text === value) return undefined
    const timer = setTimeout(() => onChange(text), 200)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  return <input id="people-search" className="field" type="search" aria-label="Search people by name, address or trait" placeholder="Name, address or trait   /" value={text} onChange={(e) => setText(e.target.value)} />
}

function Choice({ label, any, value, options, onChange }: { label: string; any: string; value: string; options: [string, string][]; onChange: (value: string) => void }): React.JSX.Element {
  const known = value === '' || options.some(([id]) => id === value)
  return (
    <select className="field" aria-label={label} value={value} onChange={(e) => onChange(e.target.value)}>
      <option value="">{any}</option>
      {!known && <option value={value}>{value}</option>}
      {options.map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  )
}

/** The facets that have no control of their own, so that each can be taken away. */
function Chips({ filter, onRemove }: { filter: Filter; onRemove: (key: FilterKey) => void }): React.JSX.Element | null {
  const hidden = (['identity', 'action', 'withheld', 'lately', 'expected', 'state', 'state_before', 'state_then', 'stage_then', 'days', 'from', 'to'] as const).filter((key) => filter[key])
  if (hidden.length === 0) return null
  return (
    <div className="chips">
      {hidden.map((key) => (
        <button key={key} type="button" onClick={() => onRemove(key)} aria-label={`Take away the filter ${key}`}>
          {key}: {filter[key]} ✕
        </button>
      ))}
    </div>
  )
}

/** Stages with how many of the people that the other facets leave are in each. */
function Stages({ filter }: { filter: Filter }): React.JSX.Element {
  const { data: workspace } = useQuery(workspaceQuery)
  const { data: map } = useQuery({ ...mapQuery, refetchInterval: false })
  const stages = workspace?.stages ?? []
  const others = withFacet(filter, 'stage', '')
  const alone = Object.keys(others).length === 0
  const totals = useQueries({ queries: stages.map((s) => ({ ...totalQuery({ ...others, stage: s.id }), enabled: !alone })) })
  return (
    <div className="facet facet-more">
      <h3 id="facet-stage">Stage</h3>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul className="facet-stages" aria-labelledby="facet-stage" onKeyDown={(e) => moveFocus(e, 'a')}>
        {stages.map((s, i) => {
          const here = filter.stage === s.id
          const count = alone ? map?.stages.find((m) => m.id === s.id)?.people : totals[i]?.data
          return (
            <li key={s.id}>
              <Link to="/people" search={withFacet(filter, 'stage', here ? '' : s.id)} aria-current={here ? 'true' : undefined}>
                <span>{s.name}</span>
                <span>{count === undefined ? '' : formatNumber(count)}</span>
              </Link>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
