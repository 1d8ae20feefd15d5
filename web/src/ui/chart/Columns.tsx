import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'

import { formatShort } from '@lib/formatNumber'
import { formatDay, formatMonth } from '@lib/formatTime'

import { inkOf } from './series'
import type { Series } from './series'
import './chart.css'

const margin = { left: 52, right: 8, top: 12, bottom: 26 }

/** Upright bars over time, one series on another; what is below zero hangs. */
export function Columns({ series, width, height = 264, format = formatShort }: { series: Series[]; width: number; height?: number; format?: (y: number) => string }): React.JSX.Element {
  const times = [...new Set(series.flatMap((s) => s.points.map((p) => p.x)))].sort((a, b) => a - b)
  const step = times.slice(1).reduce((least, t, i) => Math.min(least, t - (times[i] ?? 0)), Infinity)
  const wide = Number.isFinite(step) ? step : 86_400_000
  const stacks = times.map((t) => {
    let up = 0
    let down = 0
    return series.map((s) => {
      const v = s.points.find((p) => p.x === t)?.y ?? 0
      const from = v < 0 ? down : up
      if (v < 0) down += v
      else up += v
      return { t, v, from, to: from + v }
    })
  })
  const ends = stacks.flatMap((s) => s.map((b) => b.to))
  const x = scaleUtc({ domain: [times[0] ?? 0, (times.at(-1) ?? 0) + wide], range: [margin.left, Math.max(margin.left + 1, width - margin.right)] })
  const y = scaleLinear({ domain: [Math.min(0, ...ends), Math.max(0, ...ends) || 1], range: [height - margin.bottom, margin.top], nice: true })
  const bar = Math.max(1, (x(wide) - x(0)) * 0.8)
  return (
    <svg width={width} height={height} className="chart">
      {y.ticks(4).map((t) => (
        <line key={t} x1={margin.left} x2={width - margin.right} y1={y(t)} y2={y(t)} className="chart-grid" />
      ))}
      <AxisLeft scale={y} left={margin.left} numTicks={4} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => format(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      {stacks.flatMap((stack) =>
        stack.map((b, i) =>
          b.v === 0 ? null : (
            <rect key={`${b.t} ${i}`} x={x(b.t)} width={bar} y={Math.min(y(b.from), y(b.to))} height={Math.max(1, Math.abs(y(b.from) - y(b.to)))} fill={inkOf(i, series[i]?.name)} stroke="var(--paper)" strokeWidth={series.length > 1 ? 0.5 : 0}>
              <title>{`${series[i]?.name ? `${series[i].name}, ` : ''}${formatDay(new Date(b.t).toISOString())}: ${format(b.v)}`}</title>
            </rect>
          ),
        ),
      )}
      <line x1={margin.left} x2={width - margin.right} y1={y(0)} y2={y(0)} className="chart-zero" />
      <AxisBottom scale={x} top={height - margin.bottom} tickValues={x.ticks(Math.max(2, Math.floor(width / 110))).filter((t) => x(t) < width - 20)} tickFormat={(v) => formatMonth(v as Date)} hideAxisLine hideTicks axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'start' }} />
    </svg>
  )
}
