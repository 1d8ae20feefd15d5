import { AxisBottom } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { useRef } from 'react'

import type { Week } from '@api/types'
import { formatDay, formatMonth } from '@lib/formatTime'
import { plural } from '@lib/formatNumber'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

import './Weeks.css'

const HEIGHT = 128
const margin = { top: 8, bottom: 26, left: 0, right: 0 }
const WEEK = 7 * 86_400_000

/** A life week by week: their own acts are up-ticks, our touches down-ticks, on one axis. */
export function Weeks({ weeks }: { weeks: Week[] }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const own = weeks.reduce((n, w) => n + w.response + w.unprompted, 0)
  const ours = weeks.reduce((n, w) => n + w.outreach, 0)
  const words = `${plural(own, 'act', 'acts')} of their own and ${plural(ours, 'touch', 'touches')} of ours in ${plural(weeks.length, 'week', 'weeks')}.`
  return (
    <Figure
      title="Who came to whom"
      words={words}
      head={['Week of', 'Unprompted', 'Responses', 'Our touches']}
      rows={weeks.map((w) => [formatDay(w.start), w.unprompted, w.response, w.outreach])}
      legend={
        <span className="small weeks-legend">
          <span>
            <i className="effort-unprompted" /> unprompted
          </span>
          <span>
            <i className="effort-response" /> responses
          </span>
          <span>
            <i className="effort-outreach" /> our touches
          </span>
        </span>
      }
    >
      <div ref={box} className="weeks">
        {width > 0 && weeks.length > 0 && <Bars weeks={weeks} width={width} />}
      </div>
    </Figure>
  )
}

function Bars({ weeks, width }: { weeks: Week[]; width: number }): React.JSX.Element {
  const start = (w: Week | undefined): number => new Date(w?.start ?? 0).getTime()
  const up = Math.max(2, ...weeks.map((w) => w.response + w.unprompted))
  const down = Math.max(2, ...weeks.map((w) => w.outreach))
  // At least half a year, so that a young life does not look like an old one.
  const end = start(weeks.at(-1)) + WEEK
  const x = scaleUtc({ domain: [Math.min(start(weeks[0]), end - 26 * WEEK), end], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [up, -down], range: [margin.top, HEIGHT - margin.bottom] })
  // A word at the very edge would be cut off.
  const ticks = x.ticks(Math.max(2, Math.floor(width / 84))).filter((t) => x(t) > 16 && x(t) < width - 16)
  const bar = Math.max(1, Math.min(14, (x(WEEK) - x(0)) * 0.62))
  return (
    <svg width={width} height={HEIGHT}>
      {weeks.map((w) => {
        const left = x(start(w) + WEEK / 2) - bar / 2
        return (
          <g key={w.start}>
            <title>{`Week of ${formatDay(w.start)}: ${w.unprompted} unprompted, ${w.response} responses, ${w.outreach} touches of ours`}</title>
            <rect x={left} width={bar} y={y(w.unprompted)} height={y(0) - y(w.unprompted)} fill="var(--unprompted)" />
            <rect x={left} width={bar} y={y(w.unprompted + w.response)} height={y(w.unprompted) - y(w.unprompted + w.response)} fill="var(--response)" />
            <rect x={left} width={bar} y={y(0)} height={y(-w.outreach) - y(0)} fill="var(--outreach)" />
          </g>
        )
      })}
      <line x1={0} x2={width} y1={y(0)} y2={y(0)} stroke="var(--line)" />
      <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={ticks} tickFormat={(v) => formatMonth(v as Date)} hideAxisLine hideTicks axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
    </svg>
  )
}
