import { useRef, useState } from 'react'

import type { Cast, Frame } from '@api/types'
import { formatDifference } from '@lib/formatMoney'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

import type { Point } from './Narrowing'
import { Narrowing } from './Narrowing'

const HEIGHT = 220

/** The lift as the engine measures it, closing on the truth that only the rehearsal knows. */
export function Lift({ cast, frames, shown, currency }: { cast: Cast; frames: Frame[]; shown: Frame | undefined; currency: string }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [goal, setGoal] = useState(0)
  const upTo = frames.slice(0, shown?.day ?? 0).filter((f) => f.measured)
  const points: (Point & { truth: number; people: number })[] = upTo.flatMap((f) => {
    const g = f.goals?.[goal]
    return g && !g.missing ? [{ day: f.day, value: g.lift, low: g.low, high: g.high, truth: g.truth.effect, people: g.measured_treated + g.measured_holdout }] : []
  })
  const format = (v: number): string => formatDifference(v, currency)
  const last = points.at(-1)
  const missing = upTo.at(-1)?.goals?.[goal]?.missing
  const words = last ? `On day ${last.day} the engine measures ${format(last.value)} a person, between ${format(last.low)} and ${format(last.high)}; the truth is ${format(last.truth)}.` : missing ? `Not enough evidence yet: ${missing}.` : 'It is drawn once enough people have a result.'
  return (
    <Figure
      title="What letters earn a person"
      words={words}
      head={['Day', 'Measured', 'From', 'To', 'Truth', 'People']}
      rows={points.map((p) => [p.day, format(p.value), format(p.low), format(p.high), format(p.truth), p.people])}
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
        {points.length > 1 ? width > 0 && <Narrowing days={cast.days} points={points} width={width} height={HEIGHT} format={format} /> : <p className="quiet rehearsal-none">{words}</p>}
      </div>
    </Figure>
  )
}
