import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear } from '@visx/scale'
import { Area, LinePath } from '@visx/shape'
import { useRef, useState } from 'react'

import type { Cast, Frame } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

const HEIGHT = 220
const margin = { left: 72, right: 16, top: 12, bottom: 26 }

interface Point {
  day: number
  lift: number
  low: number
  high: number
  truth: number
  people: number
}

/** The lift as the engine measures it, closing on the truth that only the rehearsal knows. */
export function Lift({ cast, frames, shown, currency }: { cast: Cast; frames: Frame[]; shown: Frame | undefined; currency: string }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [goal, setGoal] = useState(0)
  const upTo = frames.slice(0, shown?.day ?? 0).filter((f) => f.measured)
  const points: Point[] = upTo.flatMap((f) => {
    const g = f.goals?.[goal]
    return g && !g.missing ? [{ day: f.day, lift: g.lift, low: g.low, high: g.high, truth: g.truth.effect, people: g.measured_treated + g.measured_holdout }] : []
  })
  const format = (v: number): string => formatDifference(v, currency)
  const last = points.at(-1)
  const missing = upTo.at(-1)?.goals?.[goal]?.missing
  const words = last ? `On day ${last.day} the engine measures ${format(last.lift)} a person, between ${format(last.low)} and ${format(last.high)}; the truth is ${format(last.truth)}.` : missing ? `Not enough evidence yet: ${missing}.` : 'It is drawn once enough people have a result.'
  return (
    <Figure
      title="What letters earn a person"
      words={words}
      head={['Day', 'Measured', 'From', 'To', 'Truth', 'People']}
      rows={points.map((p) => [p.day, format(p.lift), format(p.low), format(p.high), format(p.truth), p.people])}
      legend={
        cast.goals.length > 1 ? (
          <label className="small">
            <span className="hidden">Goal</span>
            <select className="field" value={goal} onChange={(e) => setGoal(Number(e.target.value))}>
              {cast.goals.map((name, i) => (
                <option key={i} value={i}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        ) : undefined
      }
    >
      <div ref={box} style={{ height: HEIGHT }}>
        {points.length > 1 ? width > 0 && <Picture cast={cast} points={points} width={width} format={format} /> : <p className="quiet rehearsal-none">{words}</p>}
      </div>
    </Figure>
  )
}

function Picture({ cast, points, width, format }: { cast: Cast; points: Point[]; width: number; format: (v: number) => string }): React.JSX.Element {
  const settled = points.slice(Math.floor(points.length / 4))
  const low = Math.min(0, ...settled.flatMap((p) => [p.low, p.truth]))
  const high = Math.max(0, ...settled.flatMap((p) => [p.high, p.truth]))
  const room = (high - low || 1) * 0.06
  const x = scaleLinear({ domain: [points[0]?.day ?? 0, cast.days], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [low - room, high + room], range: [HEIGHT - margin.bottom, margin.top] })
  const last = points.at(-1)
  return (
    <svg width={width} height={HEIGHT}>
      <clipPath id="rehearsal-clip">
        <rect x={margin.left} y={0} width={Math.max(0, width - margin.left)} height={HEIGHT - margin.bottom} />
      </clipPath>
      <AxisLeft scale={y} left={margin.left} numTicks={5} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => format(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <AxisBottom scale={x} top={HEIGHT - margin.bottom} numTicks={5} hideTicks axisClassName="axis" tickFormat={(d) => `day ${Number(d)}`} tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
      <g clipPath="url(#rehearsal-clip)">
        <Area data={points} x={(p) => x(p.day)} y0={(p) => y(p.low)} y1={(p) => y(p.high)} className="curve-band" />
        <LinePath data={points} x={(p) => x(p.day)} y={(p) => y(p.lift)} className="curve-line" />
        <LinePath data={points} x={(p) => x(p.day)} y={(p) => y(p.truth)} className="rehearsal-truth" />
      </g>
      <line x1={margin.left} x2={width - margin.right} y1={y(0)} y2={y(0)} className="narrowing-zero" />
      {last && (
        <text x={Math.min(x(last.day) + 6, width - margin.right - 30)} y={y(last.truth) - 6} className="curve-word">
          truth
        </text>
      )}
    </svg>
  )
}
