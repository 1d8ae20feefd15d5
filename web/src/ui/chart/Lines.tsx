import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { LinePath } from '@visx/shape'

import { formatShort } from '@lib/formatNumber'
import { formatDay, formatMonth } from '@lib/formatTime'

import { dashOf, inkOf, spread } from './series'
import type { Series } from './series'
import './chart.css'

const margin = { left: 52, top: 12, bottom: 26 }

interface Props {
  series: Series[]
  width: number
  height?: number
  /** The axis is time, in milliseconds; else plain numbers. */
  time: boolean
  format?: (y: number) => string
}

/** Lines over time or over a number, each named at its end. */
export function Lines({ series, width, height = 264, time, format = formatShort }: Props): React.JSX.Element {
  const named = series.length > 1
  const right = named ? Math.min(160, width * 0.3) : 12
  const points = series.flatMap((s) => s.points)
  const xs = points.map((p) => p.x)
  const ys = points.map((p) => p.y)
  const domain = [Math.min(...xs), Math.max(...xs)]
  const range = [margin.left, Math.max(margin.left + 1, width - right)]
  const x = time ? scaleUtc({ domain, range }) : scaleLinear({ domain, range })
  const y = scaleLinear({ domain: [Math.min(0, ...ys), Math.max(0, ...ys) || 1], range: [height - margin.bottom, margin.top], nice: true })
  const ticks = x.ticks(Math.max(2, Math.floor(width / 120)))
  const ends = series.map((s) => s.points.at(-1) ?? { x: 0, y: 0 })
  const words = spread(
    ends.map((p) => y(p.y)),
    14,
    margin.top,
    height - margin.bottom,
  )
  const at = (v: number): string => (time ? formatDay(new Date(v).toISOString()) : String(v))
  return (
    <svg width={width} height={height} className="chart">
      {y.ticks(4).map((t) => (
        <line key={t} x1={margin.left} x2={range[1]} y1={y(t)} y2={y(t)} className={t === 0 ? 'chart-zero' : 'chart-grid'} />
      ))}
      <AxisLeft scale={y} left={margin.left} numTicks={4} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => format(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <AxisBottom scale={x} top={height - margin.bottom} tickValues={ticks} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => (v instanceof Date ? formatMonth(v) : String(v))} tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
      {series.map((s, i) => (
        <g key={s.name}>
          <LinePath data={s.points} x={(p) => x(p.x)} y={(p) => y(p.y)} stroke={inkOf(i, s.name)} strokeDasharray={dashOf(i)} className="chart-line" />
          {s.points.length < 60 &&
            s.points.map((p) => (
              <circle key={p.x} cx={x(p.x)} cy={y(p.y)} r={s.points.length < 32 ? 2.5 : 1.5} fill={inkOf(i, s.name)}>
                <title>{`${s.name ? `${s.name}, ` : ''}${at(p.x)}: ${format(p.y)}`}</title>
              </circle>
            ))}
          {named && (
            <text x={(range[1] ?? 0) + 8} y={words[i]} dy="4" className="chart-word">
              {s.name.length > right / 6.5 ? `${s.name.slice(0, Math.floor(right / 6.5) - 1)}…` : s.name}
              <title>{s.name}</title>
            </text>
          )}
        </g>
      ))}
    </svg>
  )
}
