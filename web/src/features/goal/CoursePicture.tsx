import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear } from '@visx/scale'
import { Area, LinePath } from '@visx/shape'
import { useRef } from 'react'

import { typeset } from '@lib/typeset'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

const HEIGHT = 232
const margin = { left: 60, right: 28, top: 12, bottom: 26 }

interface Props<A> {
  title: string
  words: string
  note: string
  days: { day: number; treated: A; held_out: A }[]
  of: (arm: A) => { value: number; low: number; high: number }
  /** Whether enough people of an arm were watched for it to be drawn. */
  seen: (arm: A, index: number) => boolean
  format: (v: number) => string
  top?: number
}

interface Point {
  day: number
  value: number
  low: number
  high: number
}

const arms = ['treated', 'held_out'] as const
const names = { treated: 'treated', held_out: 'held out' }

/** Both arms by days since joining, each with its band. */
export function CoursePicture<A extends { people: number }>({ title, words, note, days, of, seen, format, top }: Props<A>): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const lines = arms.map((arm, i) => days.filter((d) => seen(d[arm], i)).map((d): Point => ({ day: d.day, ...of(d[arm]) })))
  const cell = (p: Point | undefined): string => (p ? `${format(p.value)} (${format(p.low)} to ${format(p.high)})` : 'nobody yet')
  return (
    <div>
    <Figure
      title={title}
      words={words}
      head={['Days', 'Treated', 'People', 'Held out', 'People']}
      rows={days.map((d) => [Math.round(d.day * 10) / 10, cell(lines[0]?.find((p) => p.day === d.day)), d.treated.people, cell(lines[1]?.find((p) => p.day === d.day)), d.held_out.people])}
    >
      <div ref={box} className="course-box">
        {lines.every((l) => l.length < 2) ? <p className="course-none quiet">It is drawn when people have been watched for longer.</p> : width > 0 && <Picture lines={lines} last={days.at(-1)?.day ?? 1} width={width} format={format} top={top} />}
      </div>
    </Figure>
      <p className="small quiet">
        <span className="course-key" aria-hidden="true" /> treated <span className="course-key course-key-held-out" aria-hidden="true" /> held out. {typeset(words)} {note}
      </p>
    </div>
  )
}

interface PictureProps {
  lines: Point[][]
  last: number
  width: number
  format: (v: number) => string
  top?: number | undefined
}

function Picture({ lines, last, width, format, top }: PictureProps): React.JSX.Element {
  const all = lines.flat()
  const x = scaleLinear({ domain: [0, last], range: [margin.left, width - margin.right] })
  const y = scaleLinear({ domain: [Math.min(0, ...all.map((p) => p.low)), top ?? (Math.max(...all.map((p) => p.high)) || 1)], range: [HEIGHT - margin.bottom, margin.top] })
  return (
    <svg width={width} height={HEIGHT}>
      <AxisLeft scale={y} left={margin.left} numTicks={4} hideTicks hideAxisLine axisClassName="axis" tickFormat={(v) => format(Number(v))} tickLabelProps={{ dx: -4, dy: 4, textAnchor: 'end' }} />
      <AxisBottom scale={x} top={HEIGHT - margin.bottom} numTicks={Math.max(2, Math.floor(width / 90))} tickFormat={(v) => `day ${Number(v)}`} hideTicks axisClassName="axis" tickLabelProps={{ dy: 0, textAnchor: 'middle' }} />
      {lines.map((line, i) => (
        <g key={arms[i]} className={`course-${arms[i] === 'treated' ? 'treated' : 'held-out'}`}>
          <Area data={line} x={(p) => x(p.day)} y0={(p) => y(p.low)} y1={(p) => y(p.high)} className="course-band" />
          <LinePath data={line} x={(p) => x(p.day)} y={(p) => y(p.value)} className="course-line" />
          {line.map((p) => (
            <circle key={p.day} cx={x(p.day)} cy={y(p.value)} r={5} fill="transparent">
              <title>{`${names[arms[i] ?? 'treated']}, by day ${Math.round(p.day * 10) / 10}: ${format(p.value)} (${format(p.low)} to ${format(p.high)})`}</title>
            </circle>
          ))}
        </g>
      ))}
    </svg>
  )
}
