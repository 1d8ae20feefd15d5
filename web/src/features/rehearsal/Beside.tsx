import { useRef, useState } from 'react'

import type { Cast, Frame } from '@api/types'
import { formatDifference, formatUnits } from '@lib/formatMoney'
import { formatNumber } from '@lib/formatNumber'
import { useWidth } from '@lib/useWidth'
import { Figure } from '@ui/Figure'

import { Narrowing } from './Narrowing'
import { against } from './words'

const HEIGHT = 220

/** What the draft brings beside what is in force: the same people under both, with the same chance. */
export function Beside({ cast, frames, shown, currency }: { cast: Cast; frames: Frame[]; shown: Frame | undefined; currency: string }): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [goal, setGoal] = useState(0)
  const upTo = frames.slice(0, shown?.day ?? 0).filter((f) => f.measured)
  const points = upTo.flatMap((f) => {
    const c = f.compared?.[goal]
    return c ? [{ day: f.day, value: c.difference, low: c.low, high: c.high, of: c, sent: f.sent, others: f.beside?.sent ?? 0 }] : []
  })
  const format = (v: number): string => formatDifference(v, currency)
  const last = points.at(-1)
  const words = against(last?.of, currency)
  const names = last ? (upTo.at(-1)?.compared ?? []).map((c) => c.name) : []
  return (
    <Figure
      title="The draft beside what is in force"
      words={words}
      head={['Day', 'In force', 'Draft', 'Difference', 'From', 'To', 'Letters', 'Letters of the draft']}
      rows={points.map((p) => [p.day, formatUnits(p.of.these, currency), formatUnits(p.of.others, currency), format(p.value), format(p.low), format(p.high), p.sent, p.others])}
      legend={
        names.length > 1 ? (
          <label className="small">
            <span className="hidden">Goal whose KPI is compared</span>
            <select className="field" value={goal} onChange={(e) => setGoal(Number(e.target.value))}>
              {names.map((name, i) => (
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
        {points.length > 1 ? width > 0 && <Narrowing days={cast.days} points={points} width={width} height={HEIGHT} format={format} /> : <p className="quiet rehearsal-none">It is drawn once people have been counted twice.</p>}
      </div>
      {last && (
        <p className="small quiet">
          A person, {formatUnits(last.of.these, currency)} in force and {formatUnits(last.of.others, currency)} under the draft; {formatNumber(last.of.alike)} of {formatNumber(last.of.people)} people brought the same under both. Letters: {formatNumber(last.sent)} and{' '}
          {formatNumber(last.others)}.
        </p>
      )}
    </Figure>
  )
}
