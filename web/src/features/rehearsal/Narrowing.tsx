import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear } from '@visx/scale'
import { Area, LinePath } from '@visx/shape'
import { useId } from 'react'

const margin = { left: 72, right: 26, top: 12, bottom: 26 }

export interface Point {
  day: number
  value: number
  low: number
  high: number
  truth?: number
}

/** An estimate over the days, with its interval; and the truth that it closes on, where that is known. */
export function Narrowing({ days, points, width, height, format }: { days: number; points: Point[]; width: number; height: number; format: (v: number) => string }): React.JSX.Element {
  const clip = useId()
  const settled = points.slice(Math.floor(points.length / 4))
  const low = Math.min(0, ...settled.flatMap((p) => [p.low, p.truth ?? 0]))
  const high = Math.max(0, ...settled.flatMap((p) => [p.high, p.truth ?? 0]))
  const room = (high - low || 1) * 0.06
  const x = scaleLinear({ domain: [points[0]?.day ?? 0, days], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [low - room, high + room], range: [height - margin.bottom, margin.top] })
  const last = points.at(-1)
  const known = points.filter((p) => p.truth !== undefined)
  return (
    <svg width={width} height={height}>
      <clipPath id={clip}>
        <rect x={margin.left} y={0} width={Math.max(0, width - margin.left)} height={height - margin.bottom} />
      </clipPath>
      <AxisLeft scale={y} left={margin.left} numTicks={5} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => format(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <AxisBottom scale={x} top={height - margin.bottom} numTicks={width < 480 ? 3 : 5} hideTicks axisClassName="axis" tickFormat={(d) => `day ${Number(d)}`} tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
      <g clipPath={`url(#${clip})`}>
        <Area data={points} x={(p) => x(p.day)} y0={(p) => y(p.low)} y1={(p) => y(p.high)} className="curve-band" />
        <LinePath data={points} x={(p) => x(p.day)} y={(p) => y(p.value)} className="curve-line" />
        <LinePath data={known} x={(p) => x(p.day)} y={(p) => y(p.truth ?? 0)} className="rehearsal-truth" />
      </g>
      <line x1={margin.left} x2={width - margin.right} y1={y(0)} y2={y(0)} className="narrowing-zero" />
      {last?.truth !== undefined && (
        <text x={Math.min(x(last.day) + 6, width - margin.right - 30)} y={y(last.truth) - 6} className="curve-word">
          truth
        </text>
      )}
    </svg>
  )
}
