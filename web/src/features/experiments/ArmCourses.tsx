import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { Area, LinePath } from '@visx/shape'
import { useRef } from 'react'

import type { Estimate, Trial, TrialArm } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { plural } from '@lib/formatNumber'
import { formatDay, formatMonth } from '@lib/formatTime'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

const HEIGHT = 188
const margin = { left: 64, right: 16, top: 12, bottom: 26 }

interface Point {
  at: number
  difference: Estimate
}

interface Course {
  arm: TrialArm
  points: Point[]
}

/** How sure we became of each arm against the first, week by week: one picture an arm, all to one scale. */
export function ArmCourses({ trial: t, currency }: { trial: Trial; currency: string }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const format = (v: number): string => formatDifference(v, currency)
  const courses: Course[] = t.sides.slice(1).map((arm) => ({
    arm,
    points: t.course.flatMap((p) => p.arms.filter((a) => a.arm === arm.id).map((a) => ({ at: new Date(p.at ?? 0).getTime(), difference: a.difference }))),
  }))
  const drawn = courses.some((c) => c.points.length > 1)
  const words = courses.map((c) => (c.points.length > 0 ? lastWords(c, format) : `there is not enough evidence about ${c.arm.name} yet`)).join('; ')
  const columns = width > 900 && courses.length > 1 ? 2 : 1
  return (
    <Figure
      title={`How sure we became, week by week, against ${t.sides[0]?.name ?? 'the first arm'}`}
      words={words}
      head={['At the end of', 'Arm', 'Difference', 'From', 'To', t.unit === 'person' ? 'People' : 'Decisions']}
      rows={t.course.flatMap((p) => p.arms.map((a) => [formatDay(p.at), t.sides.find((s) => s.id === a.arm)?.name ?? a.arm, format(a.difference.value), format(a.difference.low), format(a.difference.high), a.difference.people]))}
    >
      <div ref={box} className="trial-courses" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {drawn
          ? width > 0 && courses.map((c, i) => <Picture key={c.arm.id} of={c} all={courses} effect={t.effect} index={i} width={Math.floor((width - (columns - 1) * 48) / columns)} format={format} unit={t.unit} />)
          : <p className="trial-none quiet">The intervals are drawn from the second week on in which there is enough evidence for them.</p>}
      </div>
    </Figure>
  )
}

function lastWords(c: Course, format: (v: number) => string): string {
  const last = c.points.at(-1)
  if (!last) return ''
  return `${c.arm.name} on ${formatDay(new Date(last.at).toISOString())}: ${format(last.difference.value)}, between ${format(last.difference.low)} and ${format(last.difference.high)}`
}

interface PictureProps {
  of: Course
  all: Course[]
  effect: number
  index: number
  width: number
  format: (v: number) => string
  unit: string
}

function Picture({ of: c, all, effect, index, width, format, unit }: PictureProps): React.JSX.Element {
  // The first intervals are so wide that they would flatten all that follows; they run out of the picture instead.
  const settled = all.flatMap((o) => o.points.slice(Math.floor(o.points.length / 4)))
  const low = Math.min(-effect, ...settled.map((p) => p.difference.low))
  const high = Math.max(effect, ...settled.map((p) => p.difference.high))
  const room = (high - low) * 0.06
  const times = all.flatMap((o) => o.points.map((p) => p.at))
  const x = scaleUtc({ domain: [Math.min(...times), Math.max(...times)], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [low - room, high + room], range: [HEIGHT - margin.bottom, margin.top] })
  const last = c.points.at(-1)
  const ticks = x.ticks(Math.max(2, Math.floor(width / 120))).filter((t) => x(t) > margin.left + 16 && x(t) < width - margin.right - 16)
  const clip = `trial-clip-${index}`
  return (
    <div className="trial-course">
      <p>
        <strong>{c.arm.name}</strong>{' '}
        <span className="quiet">{last ? (
            <>
              {format(last.difference.value)} (<span className="nowrap">{format(last.difference.low)}</span> to <span className="nowrap">{format(last.difference.high)}</span>)
            </>
          ) : (
            'not enough evidence yet'
          )}</span>
      </p>
      <svg width={width} height={HEIGHT}>
        <clipPath id={clip}>
          <rect x={margin.left} y={0} width={Math.max(0, width - margin.left)} height={HEIGHT - margin.bottom} />
        </clipPath>
        <rect x={margin.left} width={Math.max(0, width - margin.left - margin.right)} y={y(effect)} height={Math.max(0, y(-effect) - y(effect))} className="trial-effect">
          <title>{`Differences that are not worth knowing: less than ${format(effect).replace('+', '')}`}</title>
        </rect>
        <AxisLeft scale={y} left={margin.left} numTicks={5} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => format(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
        <AxisBottom scale={x} top={HEIGHT - margin.bottom} tickValues={ticks} tickFormat={(v) => formatMonth(v as Date)} hideTicks axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
        <g clipPath={`url(#${clip})`}>
          <Area data={c.points} x={(p) => x(p.at)} y0={(p) => y(p.difference.low)} y1={(p) => y(p.difference.high)} className="curve-band" />
          <LinePath data={c.points} x={(p) => x(p.at)} y={(p) => y(p.difference.value)} className="curve-line" />
          {c.points.map((p) => (
            <rect key={p.at} x={x(p.at) - 6} width={12} y={0} height={HEIGHT} fill="transparent">
              <title>{`${formatDay(new Date(p.at).toISOString())}: ${format(p.difference.value)} (${format(p.difference.low)} to ${format(p.difference.high)}), ${plural(p.difference.people, unit, unit === 'person' ? 'people' : 'decisions')}`}</title>
            </rect>
          ))}
        </g>
        <line x1={margin.left} x2={width - margin.right} y1={y(0)} y2={y(0)} className="trial-zero" />
        {last && <circle cx={x(last.at)} cy={y(last.difference.value)} r={3.5} fill="var(--ink)" />}
      </svg>
    </div>
  )
}
