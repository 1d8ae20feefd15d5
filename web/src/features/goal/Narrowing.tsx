import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { Area, LinePath } from '@visx/shape'
import { useRef } from 'react'

import type { LiftPoint } from '@api/types'
import { formatDay, formatMonth } from '@lib/formatTime'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

const HEIGHT = 232
const margin = { left: 64, right: 16, top: 12, bottom: 26 }

interface Props {
  points: LiftPoint[]
  format: (value: number) => string
}

/** The lift's interval as it was known at the end of each week. */
export function Narrowing({ points, format }: Props): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const known = points.filter((p) => p.difference.enough)
  const last = known.at(-1)
  const words = last ? `On ${formatDay(last.at)} the difference was ${format(last.difference.value)}, between ${format(last.difference.low)} and ${format(last.difference.high)}.` : 'There is not enough evidence for an interval yet.'
  return (
    <Figure
      title="How sure we became, week by week"
      words={words}
      head={['At the end of', 'Difference', 'From', 'To', 'People']}
      rows={points.map((p) => (p.difference.enough ? [formatDay(p.at), format(p.difference.value), format(p.difference.low), format(p.difference.high), p.difference.people] : [formatDay(p.at), 'not enough evidence', '', '', p.difference.people]))}
    >
      <div ref={box} className="narrowing">
        {known.length > 1 ? width > 0 && <Picture points={points} known={known} width={width} format={format} /> : <p className="narrowing-none quiet">{known.length === 0 ? 'The interval is drawn from the first week in which there is enough evidence for one.' : words}</p>}
      </div>
    </Figure>
  )
}

function Picture({ points, known, width, format }: Props & { known: LiftPoint[]; width: number }): React.JSX.Element {
  const at = (p: LiftPoint | undefined): number => new Date(p?.at ?? 0).getTime()
  // The first intervals are so wide that they would flatten all that follows; they run out of the picture instead.
  const settled = known.slice(Math.floor(known.length / 4))
  const low = Math.min(0, ...settled.map((p) => p.difference.low))
  const high = Math.max(0, ...settled.map((p) => p.difference.high))
  const room = (high - low || 1) * 0.06
  const x = scaleUtc({ domain: [at(points[0]), at(points.at(-1))], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [low - room, high + room], range: [HEIGHT - margin.bottom, margin.top] })
  const last = known.at(-1)
  // A word at the very edge would be cut off.
  const ticks = x.ticks(Math.max(2, Math.floor(width / 120))).filter((t) => x(t) > margin.left + 16 && x(t) < width - margin.right - 16)
  const above = (known[0]?.difference.value ?? 0) >= 0
  return (
    <svg width={width} height={HEIGHT}>
      <clipPath id="narrowing-clip">
        <rect x={margin.left} y={0} width={Math.max(0, width - margin.left)} height={HEIGHT - margin.bottom} />
      </clipPath>
      <AxisLeft scale={y} left={margin.left} numTicks={5} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => format(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={ticks} tickFormat={(v) => formatMonth(v as Date)} hideTicks axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
      <g clipPath="url(#narrowing-clip)">
        <Area data={known} x={(p) => x(at(p))} y0={(p) => y(p.difference.low)} y1={(p) => y(p.difference.high)} className="curve-band" />
        <LinePath data={known} x={(p) => x(at(p))} y={(p) => y(p.difference.value)} className="curve-line" />
        {known.map((p) => (
          <rect key={p.at} x={x(at(p)) - 6} width={12} y={0} height={HEIGHT} fill="transparent">
            <title>{`${formatDay(p.at)}: ${format(p.difference.value)} (${format(p.difference.low)} to ${format(p.difference.high)}), ${p.difference.people} people`}</title>
          </rect>
        ))}
      </g>
      <line x1={margin.left} x2={width - margin.right} y1={y(0)} y2={y(0)} className="narrowing-zero" />
      <text x={margin.left + 4} y={y(0) + (above ? 14 : -5)} className="curve-word">
        no difference
      </text>
      {last && <circle cx={x(at(last))} cy={y(last.difference.value)} r={3.5} fill="var(--ink)" />}
    </svg>
  )
}
