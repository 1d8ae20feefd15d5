import { Link } from '@tanstack/react-router'
import { useRef } from 'react'

import type { States } from '@api/types'
import { doorSearch } from '@lib/door'
import { formatNumber, plural } from '@lib/formatNumber'
import { formatDay, formatDays } from '@lib/formatTime'
import { useWidth } from '@lib/useWidth'
import { spread } from '@ui/chart/series'
import { Figure } from '@ui/Figure'

import { alluvial, outline } from './alluvial'
import type { Pillar } from './alluvial'
import { NOBODY, stateInk, stateName } from '@lib/stateInk'
import { Period } from './Period'

const HEIGHT = 320
const FOOT = 24
const PILLAR = 12

/** Who went from which state to which, in a period: each ribbon opens its people. */
export function Flows({ of: s, days }: { of: States; days: number }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const name = (id: string): string => stateName(id, s.states)
  const moved = s.flows.filter((f) => f.from !== f.to && f.from !== NOBODY)
  const all = moved.reduce((n, f) => n + f.people, 0)
  const most = moved.reduce<(typeof moved)[number] | undefined>((m, f) => (f.people > (m?.people ?? 0) ? f : m), undefined)
  const words = most ? `In ${formatDays(days)} ${plural(all, 'person', 'people')} moved; most of them, ${formatNumber(most.people)}, from ${name(most.from)} to ${name(most.to)}.` : `In ${formatDays(days)} nobody moved.`
  return (
    <div className="section">
      <Figure
        title="Who moved"
        words={words}
        doors
        head={['From', 'To', 'People']}
        rows={s.flows.map((f) => [name(f.from), name(f.to), f.people])}
        legend={<Period days={days} />}
      >
        <p className="small quiet">{words}</p>
        <div ref={box} style={{ minHeight: HEIGHT }}>
          {width > 0 && s.flows.length > 0 && <Picture of={s} days={days} width={width} name={name} />}
        </div>
      </Figure>
    </div>
  )
}

interface PictureProps {
  of: States
  days: number
  width: number
  name: (id: string) => string
}

function Picture({ of: s, days, width, name }: PictureProps): React.JSX.Element {
  // The liveliest on top, and at the bottom who has left and who was not met yet.
  const order = [...s.states.map((row) => row.id).filter((id) => id !== 'gone').reverse(), 'gone', NOBODY]
  const { left, right, ribbons } = alluvial(s.flows, order, HEIGHT - FOOT, 10)
  const label = width > 560 ? 168 : 104
  const x0 = label + PILLAR
  const x1 = width - label - PILLAR
  return (
    <svg width={width} height={HEIGHT} className="flows">
      {ribbons.map((r) => {
        const words = r.from === r.to ? `${plural(r.people, 'person', 'people')} stayed in ${name(r.from)}` : `${plural(r.people, 'person', 'people')} went from ${name(r.from)} to ${name(r.to)}`
        return (
          <Link key={`${r.from} ${r.to}`} to="." search={(old: Record<string, unknown>) => ({ ...old, ...doorSearch({ state: r.to, state_before: r.from, state_days: String(days) }) })} resetScroll={false} aria-label={`${words}: open people`} className="flows-ribbon">
            <title>{words}</title>
            <path d={outline(r, x0, x1)} fill={stateInk(r.from, s.states)} data-stayed={r.from === r.to} />
          </Link>
        )
      })}
      <Side of={left} at={label} states={s.states} name={name} anchor="end" x={label - 8} />
      <Side of={right} at={x1} states={s.states} name={name} anchor="start" x={x1 + PILLAR + 8} />
      <text x={label + PILLAR} y={HEIGHT - 6} textAnchor="end" className="curve-word">
        {formatDay(s.from)}
      </text>
      <text x={x1} y={HEIGHT - 6} textAnchor="start" className="curve-word">
        now
      </text>
    </svg>
  )
}

interface SideProps {
  of: Pillar[]
  at: number
  states: States['states']
  name: (id: string) => string
  anchor: 'start' | 'end'
  x: number
}

function Side({ of, at, states, name, anchor, x }: SideProps): React.JSX.Element {
  const places = spread(of.map((p) => (p.top + p.bottom) / 2), 30, 15, HEIGHT - FOOT - 15)
  return (
    <g aria-hidden="true">
      {of.map((p, i) => (
        <g key={p.id}>
          <rect x={at} y={p.top} width={PILLAR} height={Math.max(1, p.bottom - p.top)} fill={stateInk(p.id, states)} className="flows-pillar" />
          <text x={x} y={(places[i] ?? 0) - 2} textAnchor={anchor} className="flows-name">
            {name(p.id)}
          </text>
          <text x={x} y={(places[i] ?? 0) + 13} textAnchor={anchor} className="curve-word">
            {formatNumber(p.people)}
          </text>
        </g>
      ))}
    </g>
  )
}
