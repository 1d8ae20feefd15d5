import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { useRef, useState } from 'react'

import type { Hour } from '@api/types'
import { formatNumber, formatShort, plural } from '@lib/formatNumber'
import { formatClock, formatDay, formatMonth, formatMoment } from '@lib/formatTime'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

const HEIGHT = 184
const margin = { top: 8, bottom: 26, left: 48, right: 0 }
const HOUR = 3_600_000

const spans = [
  { name: '2 days', hours: 48, step: 1 },
  { name: '7 days', hours: 168, step: 3 },
  { name: '30 days', hours: 720, step: 12 },
]

interface Bin {
  start: number
  accepted: number
  rejected: number
  duplicates: number
}

/** The hours, which leave out those in which nothing came, as bins that leave out none. */
export function bins(hours: Hour[], end: number, count: number, step: number): Bin[] {
  const width = step * HOUR
  const last = Math.floor(end / width) * width
  const all = Array.from({ length: count / step }, (_, i): Bin => ({ start: last - (count / step - 1 - i) * width, accepted: 0, rejected: 0, duplicates: 0 }))
  const first = all[0]?.start ?? 0
  for (const h of hours) {
    const bin = all[Math.floor((new Date(h.start ?? 0).getTime() - first) / width)]
    if (!bin) continue
    bin.accepted += h.accepted
    bin.rejected += h.rejected
    bin.duplicates += h.duplicates
  }
  return all
}

/** What came and what was refused, hour by hour. */
export function Hours({ hours, now }: { hours: Hour[]; now: string | undefined }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [span, setSpan] = useState(0)
  const { name, hours: count, step } = spans[span] ?? { name: '', hours: 48, step: 1 }
  const end = new Date(now ?? hours.at(-1)?.start ?? 0).getTime()
  const shown = bins(hours, end, count, step)
  const sum = (key: 'accepted' | 'rejected'): number => shown.reduce((n, b) => n + b[key], 0)
  const words = `${plural(sum('accepted'), 'event was', 'events were')} accepted and ${formatNumber(sum('rejected'))} rejected in ${name}.`
  return (
    <Figure
      title="What came, and what was rejected"
      words={words}
      head={['From', 'Accepted', 'Rejected', 'Duplicates']}
      rows={shown.filter((b) => b.accepted + b.rejected > 0).map((b) => [formatMoment(new Date(b.start).toISOString()), b.accepted, b.rejected, b.duplicates])}
      legend={
        <span className="small hours-legend">
          <span>
            <i className="hours-accepted" /> accepted
          </span>
          <span>
            <i className="hours-rejected" /> rejected
          </span>
          <select className="hours-span" aria-label="How far back" value={span} onChange={(e) => setSpan(Number(e.target.value))}>
            {spans.map((s, i) => (
              <option key={s.name} value={i}>
                {s.name}
              </option>
            ))}
          </select>
        </span>
      }
    >
      <div ref={box} className="hours">
        {width > 0 && (sum('accepted') + sum('rejected') > 0 ? <Bars shown={shown} step={step} width={width} /> : <p className="hours-none quiet">Nothing came in {name}.</p>)}
      </div>
    </Figure>
  )
}

function Bars({ shown, step, width }: { shown: Bin[]; step: number; width: number }): React.JSX.Element {
  const first = shown[0]?.start ?? 0
  const end = (shown.at(-1)?.start ?? 0) + step * HOUR
  const most = Math.max(4, ...shown.map((b) => b.accepted + b.rejected))
  const x = scaleUtc({ domain: [first, end], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [0, most], range: [HEIGHT - margin.bottom, margin.top] })
  const ticks = x.ticks(Math.max(2, Math.floor(width / 110))).filter((t) => x(t) > margin.left + 16 && x(t) < width - 24)
  const bar = Math.max(1, x(step * HOUR) - x(0) - 2)
  const word = (at: Date): string => (at.getUTCHours() === 0 ? formatMonth(at) : formatClock(at.toISOString()))
  return (
    <svg width={width} height={HEIGHT}>
      <AxisLeft scale={y} left={margin.left} numTicks={3} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => (Number.isInteger(Number(v)) ? formatShort(Number(v)) : '')} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      {shown.map((b) => {
        // However few were rejected, they are seen.
        const bad = b.rejected === 0 ? 0 : Math.max(3, y(0) - y(b.rejected))
        const good = y(0) - y(b.accepted)
        return (
          <g key={b.start}>
            <title>{`${formatDay(new Date(b.start).toISOString())}, ${formatClock(new Date(b.start).toISOString())}: ${b.accepted} accepted, ${b.rejected} rejected, ${b.duplicates} duplicates`}</title>
            <rect x={x(b.start)} width={bar} y={y(0) - good} height={good} className="hours-accepted" />
            <rect x={x(b.start)} width={bar} y={Math.max(0, y(0) - good - bad)} height={bad} className="hours-rejected" />
          </g>
        )
      })}
      <line x1={margin.left} x2={width} y1={y(0)} y2={y(0)} stroke="var(--line)" />
      <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={ticks} tickFormat={(v) => word(v as Date)} hideAxisLine hideTicks axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
    </svg>
  )
}
